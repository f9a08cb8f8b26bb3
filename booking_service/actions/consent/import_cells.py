"""Imported cells for sensitive fields: sealed while their line waits, opened only to check and apply it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from time import sleep
from uuid import UUID

from sqlmodel import Session

from ...clock import monotonic
from ...crypto import keys
from ...crypto.keys import KeyTrouble
from ...domain.text import exposed, one_line
from ...runtime import Runtime
from ...storage import fields, imports
from ...storage.engine import transaction
from ...storage.imports import Import, ImportLine

MASKED = "••••"
_AT_ONCE = 250  # lines sealed in one transaction
_BATCH = 1000
_SEALED = "sealed"  # in an import's mapping: the columns sealed in all lines; None: in some
_SAMPLE_LENGTH = 60


def places_of(session: Session, filled: Mapping[int, str]) -> dict[int, int]:
    """The columns that fill a sensitive field, with the number of readable characters. `filled`: slugs by column."""
    if not filled:
        return {}
    sensitive = {each.slug: each.shown for each in fields.every(session) if each.sensitive}
    return {at: sensitive[slug] for at, slug in filled.items() if slug in sensitive}


def filled_by(made: Import) -> dict[int, str]:
    """The slugs of the fields that its columns fill, by column."""
    return {int(at): str(slug) for at, slug in made.mapping.get("fields", {}).items()}


def opened(rt: Runtime, id: UUID, line: ImportLine) -> ImportLine:
    """The line as it was uploaded. Raises KeyTrouble."""
    if not line.sealed:
        return line
    texts = {at: _unsealed(rt, id, line.number, at, sealed) for at, sealed in line.sealed.items()}
    return replace(line, cells=tuple(texts.get(at, cell) for at, cell in enumerate(line.cells)), sealed={})


def closed(rt: Runtime, id: UUID, line: ImportLine, places: Collection[int]) -> ImportLine:
    """The line with exactly the cells in these columns sealed. Raises KeyTrouble."""
    cells, sealed = [*line.cells], dict[int, str]()
    for at, text in line.sealed.items():
        if at in places:
            sealed[at] = text
        else:
            cells[at] = _unsealed(rt, id, line.number, at, text)
    for at in places:
        if at < len(cells) and cells[at]:
            sealed[at] = keys.seal(rt.ring, cells[at].encode(), context=_context(id, line.number, at))
            cells[at] = ""
    return line if sealed == line.sealed else replace(line, cells=tuple(cells), sealed=sealed)


def marked(made: Import, places: Collection[int]) -> Import:
    """The import, marked as having sealed cells once a column fills a sensitive field."""
    return _sealed_at(made, None) if places and _SEALED not in made.mapping else made


def _sealed_at(made: Import, places: Collection[int] | None) -> Import:
    return replace(made, mapping={**made.mapping, _SEALED: None if places is None else sorted(places)})


def seal_lines(rt: Runtime, id: UUID, filled: Mapping[int, str], *, states: Collection[str]) -> None:
    """Seal exactly the cells of an import's lines that fill sensitive fields, in pieces with rests between them.

    The rest is as long as the piece blocked writers (never on PostgreSQL). Completion is noted. Ends where the columns'
    meaning was changed meanwhile: whoever did that seals them. Raises KeyTrouble.
    """
    behind, more = 0, True
    while more:
        with transaction(rt.engine) as session:
            made = imports.get(session, id, lock=True)
            began = monotonic()
            if made is None or made.state not in states or filled_by(made) != filled:
                return
            places = places_of(session, filled)
            if made.mapping.get(_SEALED, []) == sorted(places):
                return
            lines = imports.lines(session, id, behind=behind, limit=_AT_ONCE)
            _seal(rt, session, id, lines, places)
            more = len(lines) == _AT_ONCE
            if not behind or not more:
                imports.save(session, _sealed_at(made, None if more else places))
        if more:
            behind = lines[-1].number
            sleep(monotonic() - began if rt.engine.name == "sqlite" else 0)


def samples(rt: Runtime, session: Session, made: Import, places: Mapping[int, int]) -> Import:
    """The import with the sample cells of its columns as its lines now have them; of sensitive ones only the ends."""
    first = [opened(rt, made.id, each) for each in imports.lines(session, made.id, limit=2)]
    shown = [
        sample([each.cells for each in first], at, most=places.get(at)) for at in range(len(made.mapping["headings"]))
    ]
    return replace(made, mapping={**made.mapping, "samples": shown})


def sample(lines: Collection[tuple[str, ...]], at: int, *, most: int | None = None) -> str:
    """The sample cells of a column; of a sensitive one at most this many characters at the end."""
    cells = filter(None, (line[at].strip() for line in lines if at < len(line)))
    if most is not None:
        return ", ".join(f"{MASKED}{exposed(one_line(cell), most=most)}" for cell in cells)
    return ", ".join(cell[:_SAMPLE_LENGTH] for cell in cells)


def seal_field(rt: Runtime, session: Session, slug: str) -> None:
    """For a field that became sensitive: delete its cells in finished lines, seal them in waiting ones, mask samples.

    Imports are locked before contacts, in the order in which applying locks them.
    """
    for found, of_field in _filling(session, slug):
        places, behind = places_of(session, filled_by(found)), 0
        made = marked(found, places)
        imports.save(session, samples(rt, session, made, places) if any(made.mapping["samples"]) else made)
        while some := imports.lines(session, made.id, behind=behind, limit=_BATCH):
            over = [each for each in some if each.cells and imports.is_over(each)]
            imports.rewrite(session, made.id, [imports.without_cells(each, of_field) for each in over])
            _seal(rt, session, made.id, [each for each in some if not imports.is_over(each)], places)
            behind = some[-1].number


def waiting_for(session: Session, slug: str, *, states: Collection[str]) -> int:
    """The number of imports in one of these states with a column for this field."""
    found = (imports.get(session, id) for id in imports.every_id(session))
    return sum(1 for each in found if each and each.state in states and slug in filled_by(each).values())


def empty_field(session: Session, slug: str) -> None:
    """Delete a field's cells in finished lines."""
    for made, places in _filling(session, slug):
        _drop(session, made.id, places, waiting=False)


def drop_field(session: Session, slug: str) -> None:
    """For a deleted field: delete its cells in all lines and samples, and its column's meaning."""
    for made, places in _filling(session, slug):
        rest = {str(at): each for at, each in filled_by(made).items() if at not in places}
        shown = ["" if at in places else text for at, text in enumerate(made.mapping["samples"])]
        imports.save(session, replace(made, mapping={**made.mapping, "fields": rest, "samples": shown}))
        _drop(session, made.id, places, waiting=True)


def _filling(session: Session, slug: str) -> Iterator[tuple[Import, list[int]]]:
    """The imports with columns for a field, locked one after the other, with these columns."""
    for id in imports.every_id(session):
        made = imports.get(session, id, lock=True)
        places = [at for at, each in filled_by(made).items() if each == slug] if made else []
        if made is not None and places:
            yield made, places


def _drop(session: Session, id: UUID, places: Collection[int], *, waiting: bool) -> None:
    """`waiting`: in lines that are still to be applied as well."""
    behind = 0
    while some := imports.lines(session, id, behind=behind, limit=_BATCH):
        those = (each for each in some if each.cells and (waiting or imports.is_over(each)))
        imports.rewrite(session, id, [imports.without_cells(each, places) for each in those])
        behind = some[-1].number


def seal_anew(rt: Runtime) -> tuple[int, int]:
    """Seal every cell with the newest key. Returns how many, and how many no key here can decrypt."""
    done = lost = 0
    with transaction(rt.engine) as session:
        for id in imports.every_id(session):
            made = imports.get(session, id, lock=True)
            if made is None or _SEALED not in made.mapping:
                continue
            behind = 0
            while some := imports.lines(session, id, behind=behind, limit=_BATCH):
                behind, changed = some[-1].number, list[ImportLine]()
                for line in some:
                    again, gone = _anew(rt, id, line)
                    lost += gone
                    done += sum(again.sealed[at] != text for at, text in line.sealed.items())
                    changed += [again] if again != line else []
                imports.rewrite(session, id, changed)
    return done, lost


def _anew(rt: Runtime, id: UUID, line: ImportLine) -> tuple[ImportLine, int]:
    again, lost = dict(line.sealed), 0
    for at, sealed in line.sealed.items():
        try:
            again[at] = keys.reseal(rt.ring, sealed, context=_context(id, line.number, at))
        except KeyTrouble:
            lost += 1
    return replace(line, sealed=again), lost


def _seal(rt: Runtime, session: Session, id: UUID, lines: Collection[ImportLine], places: Collection[int]) -> None:
    after = [(each, closed(rt, id, each, places)) for each in lines if each.cells]
    imports.rewrite(session, id, [new for old, new in after if new != old])


def _unsealed(rt: Runtime, id: UUID, number: int, at: int, sealed: str) -> str:
    return keys.unseal(rt.ring, sealed, context=_context(id, number, at)).decode()


def _context(id: UUID, number: int, at: int) -> str:
    return f"import.line:{id}:{number}:{at}"
