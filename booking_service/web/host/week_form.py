"""The week as seven rows of text, read by the setup file's parser, with problems explained per row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from ...domain.availability import (
    HoursRefused,
    HoursTrouble,
    Span,
    WorkingHours,
    hours_length,
    parse_spans,
    spans_written,
)
from ...language import Language
from ..http.forms import Problem

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TYPED = 250  # characters of a row that are shown again


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day. `seen`: when the form was opened. `wrong`: what to correct. `reading`: how it is understood."""

    name: str
    label: str
    typed: str
    seen: str
    wrong: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True)
class WeekRead:
    """A submitted form. `week`, `seen`: None where unreadable, with `problems`."""

    rows: tuple[DayRow, ...]
    week: WorkingHours | None
    seen: WorkingHours | None
    problems: tuple[Problem, ...]


def rows_of(week: WorkingHours, language: Language) -> tuple[DayRow, ...]:
    written = [spans_written(spans) for spans in week.weekly]
    return tuple(
        DayRow(name=name, label=label, typed=text, seen=text)
        for name, label, text in zip(DAYS, _labels(language), written, strict=True)
    )


def read_week(form: Mapping[str, str], language: Language) -> WeekRead:
    rows, problems, days = [], [], []
    for name, label in zip(DAYS, _labels(language), strict=True):
        row = DayRow(name=name, label=label, typed=form.get(name, "")[:_TYPED], seen=form.get(f"seen-{name}", ""))
        try:
            spans = parse_spans(form.get(name, ""))
        except HoursRefused as refused:
            text = hours_refused(refused, language)
            rows.append(replace(row, wrong=text))
            problems.append(Problem(name, f"{label}: {text}"))
            continue
        days.append(spans)
        rows.append(replace(row, reading=spans_shown(spans, language)))
    week = WorkingHours(tuple(days)) if not problems else None
    return WeekRead(tuple(rows), week, _seen(rows) if len(rows) == len(DAYS) else None, tuple(problems))


def copied(form: Mapping[str, str]) -> Mapping[str, str]:
    """Monday's hours on every day to Friday."""
    return {**form, **dict.fromkeys(DAYS[1:5], form.get("monday", ""))}


def rebased(read: WeekRead, present: WorkingHours) -> tuple[DayRow, ...]:
    """The rows over what is stored now: untouched days follow it, typed ones stay."""
    rows = []
    for row, spans in zip(read.rows, present.weekly, strict=True):
        now = spans_written(spans)
        untouched = row.typed.strip() == row.seen
        rows.append(replace(row, typed=now if untouched else row.typed, seen=now, reading=""))
    return tuple(rows)


def changed_days(read: WeekRead, present: WorkingHours, language: Language) -> tuple[str, ...]:
    """What somebody else saved since the form was opened, one sentence per day."""
    return tuple(
        language.text(
            "{day} is now “{now}”; it was “{before}”",
            day=row.label,
            now=spans_written(spans) or language.text("closed"),
            before=row.seen or language.text("closed"),
        )
        for row, spans in zip(read.rows, present.weekly, strict=True)
        if row.seen != spans_written(spans)
    )


def spans_shown(spans: Sequence[Span], language: Language) -> str:
    """ "09:00–12:00, 13:00–17:00": how a day was understood."""
    return ", ".join(str(span).replace("-", "–") for span in spans) or language.text("closed")


def week_length(week: WorkingHours, language: Language) -> str:
    """ "35.5 hours a week"."""
    length = sum((hours_length(spans) for spans in week.weekly), timedelta())
    return language.text("{hours} hours a week", hours=language.hours(length))


def hours_refused(refused: HoursRefused, language: Language) -> str:
    """What is wrong with hours, how they were understood, and how to write them."""
    match refused.trouble:
        case HoursTrouble.TOO_LONG:
            return language.text("That is too many hours for one day. Write them like 9-12, 13-17.")
        case HoursTrouble.NO_SPAN:
            return language.text(
                "We cannot read “{part}”. Write times as 9-12 or 9:30-17, with a comma between parts.",
                part=refused.part,
            )
        case HoursTrouble.OFF_THE_CLOCK:
            return language.text(
                "“{part}” is not a time of day. Hours go up to 24, minutes up to 59.", part=refused.part
            )
        case HoursTrouble.ENDS_AT_START:
            return language.text(
                "“{part}” ends at the start of the day. For midnight at the end of the day, write 24.",
                part=refused.part,
            )
        case HoursTrouble.BACKWARDS:
            return language.text(
                "“{part}” ends before it begins. Enter hours past midnight in the next day’s row, starting at 0.",
                part=refused.part,
            )
        case HoursTrouble.OVERLAP:
            return _overlap(*refused.spans, language=language)
        case _:
            assert_never(refused.trouble)


def _overlap(earlier: Span, later: Span, *, language: Language) -> str:
    """Both hours joined, or the first cut where the second begins."""
    ends, shared = max(earlier, later, key=_end).end, min(earlier, later, key=_end).end
    joined = spans_written([Span(earlier.start, ends)])
    both = spans_written([Span(later.start, shared)]).replace("-", "–")
    if earlier.start == later.start:
        return language.text("{time} is in both parts. Did you mean {joined}?", time=both, joined=joined)
    cut = spans_written([Span(earlier.start, later.start), Span(later.start, ends)])
    return language.text("{time} is in both parts. Did you mean {joined}, or {cut}?", time=both, joined=joined, cut=cut)


def _end(span: Span) -> int:
    """The minute of the day at which it ends; 1440 for midnight."""
    return span.end.hour * 60 + span.end.minute or 24 * 60


def _seen(rows: Sequence[DayRow]) -> WorkingHours | None:
    """None where the form's old values are unreadable: then everything counts as changed."""
    try:
        return WorkingHours(tuple(parse_spans(row.seen) for row in rows))
    except HoursRefused:
        return None


def _labels(language: Language) -> list[str]:
    return [full[:1].upper() + full[1:] for _, full in language.days_of_the_week()]
