"""Tables to take along, as programs for tables read them."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from ...domain.spreadsheet import defused


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]], headers: dict[str, str]) -> Response:
    """A file of comma-separated values (RFC 4180) in UTF-8, with the mark by which programs know that."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([[defused(cell) for cell in row] for row in rows])
    given = {**headers, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + written.getvalue(), headers=given, media_type="text/csv; charset=utf-8")
