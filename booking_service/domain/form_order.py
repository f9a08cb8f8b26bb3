"""The order of a booking form: questions and consent blocks in one row.

A block stores only how many questions stand before it.
"""

from collections.abc import Sequence
from dataclasses import replace

from .meeting import ConsentBlock, MeetingType
from .questions import Question

Item = Question | ConsentBlock


def items(meeting: MeetingType) -> tuple[Item, ...]:
    """Questions and blocks as shown. Blocks at the same place keep their own order."""
    count = len(meeting.questions)
    places = [count if each.position is None else min(each.position, count) for each in meeting.purposes]
    row: list[Item] = []
    for at in range(count + 1):
        row += [block for block, place in zip(meeting.purposes, places, strict=True) if place == at]
        row += meeting.questions[at : at + 1]
    return tuple(row)


def arranged(meeting: MeetingType, row: Sequence[Item]) -> MeetingType:
    """The meeting type with these items in this order. A block behind all questions stays last when more are added.

    Raises ValueError: a question depends on one that is gone.
    """
    questions = tuple(each for each in row if isinstance(each, Question))
    blocks = []
    for at, each in enumerate(row):
        if isinstance(each, ConsentBlock):
            before = sum(isinstance(earlier, Question) for earlier in row[:at])
            blocks.append(replace(each, position=None if before == len(questions) else before))
    return replace(meeting, questions=questions, purposes=tuple(blocks))


def moved(meeting: MeetingType, at: int, by: int) -> MeetingType:
    """The item at this place moved one up (-1) or down (1); unchanged where that is impossible."""
    row = list(items(meeting))
    if not (0 <= at < len(row) and 0 <= at + by < len(row)):
        return meeting
    row[at], row[at + by] = row[at + by], row[at]
    return arranged(meeting, row)
