"""axe-core on a page."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_READY = "() => window.axe !== undefined"


def found_by_axe(page: Page) -> list[str]:
    """What is wrong with the page as it is shown now, one line each."""
    if not page.evaluate(_READY):
        page.evaluate(AXE_SCRIPT)
    response = page.evaluate("() => axe.run({resultTypes: ['violations']})")
    return [_line(each) for each in response["violations"]]


def _line(violation: dict[str, Any]) -> str:
    nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} — {nodes}"
