"""Downloads: the list of a purpose, and the proof about one contact."""

from uuid import UUID

from starlette.responses import Response

from ....actions.consent import export, proof
from ....actions.consent.proof import NothingToProve
from ....domain.errors import NotFound, UnknownPurpose
from ...http.security import PRIVATE
from ...http.signed_in_pages import SignedInRequest
from ...parts.csv_file import csv_file


def take_list(request: SignedInRequest) -> Response:
    """POST /admin/consents/export: the list of `purpose`: who may be mailed or called now; with `all` everybody.

    Raises NotFound.
    """
    purpose = request.form.get("purpose", "")
    try:
        found = export.lines(
            request.rt, purpose, everybody="all" in request.form, by=request.person.id.hex, now=request.now
        )
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return csv_file(f"{purpose}.csv", export.HEADINGS, (each.cells for each in found), dict(PRIVATE))


def take_proof(request: SignedInRequest) -> Response:
    """POST /admin/consents/contacts/{id}/proof: the archive. Raises NotFound."""
    try:
        made = proof.make(
            request.rt,
            UUID(request.params["id"]),
            by=request.person.id.hex,
            now=request.now,
        )
    except (ValueError, NothingToProve) as error:
        raise NotFound("there is nothing to prove") from error
    return _file(made.content, f"{made.folder}.zip", "application/zip")


def _file(content: bytes, name: str, kind: str) -> Response:
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=kind)
