"""Whether what people said no to is kept outside the database as well."""

from collections.abc import Iterator, Mapping

from ...domain.sentences import Sentence
from ...runtime import Runtime
from ...storage import operations
from ...storage.operations import Noted
from ..consent import noes_file
from .findings import Check, Level

_ADVICE = Sentence(
    "Make sure that the disk can be written to: it is written together with the next answer. Until then, a restored backup does not know of it."
)


def unwritten_noes(rt: Runtime, noted: Mapping[str, Noted]) -> Iterator[Check]:
    unwritten = noted.get(operations.NOES_UNWRITTEN)
    if unwritten is not None:
        found = Sentence(
            "Since {time} UTC, what people said no to could not be written to {file}.",
            time=f"{unwritten.at:%Y-%m-%d %H:%M}",
            file=str(noes_file.file(rt.settings)),
        )
        yield Check("noes", Level.PROBLEM, found, _ADVICE)
