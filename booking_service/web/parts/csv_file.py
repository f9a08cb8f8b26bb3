"""CSV downloads."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from starlette.responses import Response, StreamingResponse

from ...domain.text import defused

_ROWS_AT_ONCE = 100


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]], headers: dict[str, str]) -> Response:
    """A CSV file (RFC 4180) in UTF-8 with a byte order mark, for spreadsheets.

    Sent while `rows` are still being read, so that the browser shows progress.
    """
    given = {**headers, "Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_parts(head, rows), headers=given, media_type="text/csv; charset=utf-8")


def _parts(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "\ufeff" + _written([head])
    left = iter(rows)
    while part := list(islice(left, _ROWS_AT_ONCE)):
        yield _written([[defused(cell) for cell in row] for row in part])


def _written(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
