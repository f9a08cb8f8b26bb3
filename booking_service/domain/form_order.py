"""In which order a booking form asks: questions and consent blocks in one row, though blocks only know how many questions
stand before them."""

from collections.abc import Sequence
from dataclasses import replace

from .meeting import ConsentBlock, MeetingType
from .questions import Question

Item = Question | ConsentBlock


def items(meeting: MeetingType) -> tuple[Item, ...]:
    """As they are shown; a block behind as many questions as it says, those of one place in the order of the blocks."""
    count = len(meeting.questions)
    places = [count if each.position is None else min(each.position, count) for each in meeting.purposes]
    row: list[Item] = []
    for at in range(count + 1):
        row += [block for block, place in zip(meeting.purposes, places, strict=True) if place == at]
        row += meeting.questions[at : at + 1]
    return tuple(row)


def arranged(meeting: MeetingType, row: Sequence[Item]) -> MeetingType:
    """The meeting type with these items, in this order. A block behind all questions stays there when more are added.

    Raises ValueError: a question follows one that is gone.
    """
    questions = tuple(each for each in row if isinstance(each, Question))
    blocks = []
    for at, each in enumerate(row):
        if isinstance(each, ConsentBlock):
            before = sum(isinstance(earlier, Question) for earlier in row[:at])
            blocks.append(replace(each, position=None if before == len(questions) else before))
    return replace(meeting, questions=questions, purposes=tuple(blocks))


def moved(meeting: MeetingType, at: int, by: int) -> MeetingType:
    """The item at this place one further up (-1) or down (1); where it can't go there, nothing happens."""
    row = list(items(meeting))
    if not (0 <= at < len(row) and 0 <= at + by < len(row)):
        return meeting
    row[at], row[at + by] = row[at + by], row[at]
    return arranged(meeting, row)
