"""The checks of domain/why.py in the host's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...domain.why import RuleCheck
from ...language import Language
from .week_form import spans_shown


@dataclass(frozen=True, slots=True)
class Speaker:
    """Language, zone and time of a sentence."""

    language: Language
    zone: ZoneInfo
    now: datetime

    def instant(self, instant: datetime) -> str:
        return self.language.instant(instant, self.zone, today=self.now.astimezone(self.zone).date())

    def span(self, start: datetime, end: datetime) -> str:
        if start.astimezone(self.zone).date() == end.astimezone(self.zone).date():
            return self.language.span(start, end, self.zone)
        return f"{self.instant(start)} – {self.instant(end)}"


def verdict_text(check: RuleCheck, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    """A check in words; "" where it tells a host nothing."""
    word = _WORDS.get(check.rule)
    return word(check, Speaker(language, zone, now)) if word else ""


def _now(check: RuleCheck, say: Speaker) -> str:
    return "" if check.passes else say.language.text("This time has already passed")


def _notice(check: RuleCheck, say: Speaker) -> str:
    if check.about.instant is None:
        return ""
    earliest = say.instant(check.about.instant)
    if check.passes:
        return say.language.text("Late enough: notice and time to confirm end at {time}", time=earliest)
    return say.language.text("Too soon: with notice and time to confirm, not before {time}", time=earliest)


def _horizon(check: RuleCheck, say: Speaker) -> str:
    if check.about.on is None:
        return say.language.text("More than ten years from now")
    last = say.language.full_date(check.about.on)
    if check.passes:
        return say.language.text("Not too far ahead: until {day}", day=last)
    return say.language.text("Too far ahead: the last day is {day}", day=last)


def _hours(check: RuleCheck, say: Speaker) -> str:
    shown = spans_shown(check.about.hours, say.language)
    if check.about.name:
        shown = f"{shown}, “{check.about.name}”"
    if check.passes:
        return say.language.text("Within your hours ({hours})", hours=shown)
    return say.language.text("Outside your hours ({hours})", hours=shown)


def _grid(check: RuleCheck, say: Speaker) -> str:
    if check.passes or check.about.instant is None:
        return ""
    step, begins = say.language.duration(check.about.length), say.language.clock(check.about.instant, say.zone)
    return say.language.text("Not a start time: there is one every {step} from {time} on", step=step, time=begins)


def _buffers(check: RuleCheck, say: Speaker) -> str:
    time = check.about.time
    return say.language.text("It needs {time} with its buffers", time=say.span(time.start, time.end)) if time else ""


def _calendar(check: RuleCheck, say: Speaker) -> str:
    if check.about.time is None:
        return ""
    name, shown = check.about.name, say.span(check.about.time.start, check.about.time.end)
    if check.passes:
        return say.language.text("Apart from what is busy in “{calendar}”, {time}", calendar=name, time=shown)
    return say.language.text("Busy in “{calendar}”, {time}", calendar=name, time=shown)


def _booking(check: RuleCheck, say: Speaker) -> str:
    if check.about.time is None:
        return ""
    shown = say.span(check.about.time.start, check.about.time.end)
    if check.passes:
        return say.language.text("Apart from a booking or hold, {time}", time=shown)
    return say.language.text("A booking or hold, {time}, with its buffers", time=shown)


def _day_limit(check: RuleCheck, say: Speaker) -> str:
    count, limit = check.about.count, check.about.limit
    return say.language.text("{count} of at most {limit} meetings on that day", count=count, limit=limit)


def _week_limit(check: RuleCheck, say: Speaker) -> str:
    count, limit = check.about.count, check.about.limit
    return say.language.text("{count} of at most {limit} meetings in that week", count=count, limit=limit)


def _health(check: RuleCheck, say: Speaker) -> str:
    about, language = check.about, say.language
    if about.instant is not None:
        since = say.instant(about.instant)
        return language.text("“{calendar}” has been unreadable since {time}", calendar=about.name, time=since)
    if not about.length and not check.passes:
        return language.text("“{calendar}” has never been read", calendar=about.name)
    if about.length < timedelta(minutes=1):
        return language.text("“{calendar}” was read just now", calendar=about.name)
    ago = language.duration(about.length)
    if check.passes:
        return language.text("“{calendar}” was read {time} ago", calendar=about.name, time=ago)
    return language.text("“{calendar}” was read {time} ago, which is too long", calendar=about.name, time=ago)


def _left_out(check: RuleCheck, say: Speaker) -> str:
    until = say.instant(check.about.instant) if check.about.instant else ""
    return say.language.text(
        "“{calendar}” is left out until {time}, at your request", calendar=check.about.name, time=until
    )


_WORDS: Mapping[str, Callable[[RuleCheck, Speaker], str]] = {
    "now": _now,
    "notice": _notice,
    "horizon": _horizon,
    "hours": _hours,
    "grid": _grid,
    "buffers": _buffers,
    "calendar": _calendar,
    "booking": _booking,
    "day limit": _day_limit,
    "week limit": _week_limit,
    "calendar health": _health,
    "left out": _left_out,
}
