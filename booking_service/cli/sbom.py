"""The software bill of materials of this installation (CycloneDX 1.6, ECMA-424), for vulnerability scanners."""

import re
from importlib import metadata
from typing import Any

from ..versions import NAME, installed, libraries


def document() -> dict[str, Any]:
    """Reproducible: without time stamp and serial number."""
    found = libraries()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _component(NAME, installed() or "0", kind="application")},
        "components": [_component(name, version, kind="library") for name, version in found.items()],
        "dependencies": [
            {"ref": _purl(NAME, installed() or "0"), "dependsOn": sorted(_purl(*each) for each in found.items())}
        ],
    }


def _component(name: str, version: str, *, kind: str) -> dict[str, Any]:
    purl = _purl(name, version)
    made = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
    licence = _licence(name)
    return made | ({"licenses": [licence]} if licence else {})


def _licence(name: str) -> dict[str, Any] | None:
    """The licence as the package states it: an SPDX expression (PEP 639), else its own words if they are a name."""
    try:
        fields = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if "License-Expression" in fields:
        return {"expression": fields["License-Expression"]}
    words = fields["License"].strip() if "License" in fields else ""
    return {"license": {"name": words}} if re.fullmatch(r"[^\n]{1,60}", words) else None


def _purl(name: str, version: str) -> str:
    """A package URL of type pypi: https://github.com/package-url/purl-spec."""
    return f"pkg:pypi/{name}@{version}"
