"""Calendar objects made up from a seed: every kind of time, repetition, exception and status that busy time knows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.model import Period

WINDOW = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC))
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Chatham", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


def calendar(*components: str) -> bytes:
    """A VCALENDAR around components, whose lines may end in LF."""
    text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//made//EN\n" + "".join(components) + "END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def event(lines: str, *, uid: str = "made") -> str:
    """A VEVENT with these lines."""
    return f"BEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260101T000000Z\n{lines.strip()}\nEND:VEVENT\n"


@dataclass(frozen=True, slots=True)
class Clock:
    """How an event writes its times: `zone` a TZID, "Z" for UTC, "" for floating; or as dates."""

    zone: str = "Z"
    all_day: bool = False

    def line(self, name: str, when: datetime) -> str:
        if self.all_day:
            return f"{name};VALUE=DATE:{when:%Y%m%d}\n"
        tzid = f";TZID={self.zone}" if self.zone not in ("", "Z") else ""
        return f"{name}{tzid}:{when:%Y%m%dT%H%M%S}{'Z' if self.zone == 'Z' else ''}\n"


@dataclass(frozen=True, slots=True)
class Made:
    """An object and the choices it came from, so that a test can leave out what its oracle doesn't know."""

    body: bytes
    clock: Clock
    rule: str


def made(
    seed: int, *, zones: Sequence[str] = ("", "Z", *ZONES), untils: Sequence[str] = ("day", "utc", "wall")
) -> Made:
    """One object. `untils` are the ways UNTIL may be written; only "utc" is right for a timed series in a zone."""
    rng = random.Random(seed)  # noqa: S311
    clock = Clock(rng.choice(zones), all_day=rng.random() < 0.2)
    recurring = rng.random() < 0.75
    first = datetime(2024, 1, 1) if recurring else datetime(2026, 2, 1)  # noqa: DTZ001
    start = first + timedelta(minutes=15 * rng.randrange(4 * 24 * (840 if recurring else 100)))
    if clock.all_day:
        length = timedelta(days=rng.randint(1, 3))
    else:
        length = timedelta(minutes=rng.choice([0, 15, 30, 60, 90, 600, 1440, 2000]))
    rule = _rule(rng, start, clock, untils) if recurring else ""
    period = timedelta(days=7) if "WEEKLY" in rule else timedelta(days=1)
    instances = [start + period * each for each in rng.sample(range(840), k=rng.randint(0, 40))] if recurring else []
    exdates = instances[: rng.randint(0, 5)]
    overrides = instances[5 : 5 + rng.randint(0, 3)]
    master = clock.line("DTSTART", start) + _length(rng, clock, start, length) + _standing(rng)
    master += (f"RRULE:{rule}\n" if rule else "") + "".join(_exdate(rng, clock, each) for each in exdates)
    master += "".join(clock.line("RDATE", each) for each in instances[-1:] if rng.random() < 0.3)
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nDURATION:PT1M\nREPEAT:2\nDESCRIPTION:x\nEND:VALARM"
    moved = [_override(rng, clock, each, length) for each in overrides]
    return Made(calendar(*moved, event(master + alarm)), clock, rule)


def _rule(rng: random.Random, start: datetime, clock: Clock, untils: Sequence[str]) -> str:
    freq = rng.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={freq}"]
    if rng.random() < 0.5:
        parts.append(f"INTERVAL={rng.randint(1, 4)}")
    if rng.random() < 0.2:
        parts.append(f"COUNT={rng.randint(1, 400)}")
    elif rng.random() < 0.3:
        parts.append(f"UNTIL={_until(rng.choice(untils), start + timedelta(days=rng.randint(-3, 900)), clock)}")
    if rng.random() < 0.3:
        parts.append(f"WKST={rng.choice(WEEKDAYS)}")
    if freq in ("DAILY", "WEEKLY") and rng.random() < 0.6:
        parts.append("BYDAY=" + ",".join(rng.sample(WEEKDAYS, rng.randint(1, 4))))
    if freq in ("MONTHLY", "YEARLY"):
        parts += _within_months(rng)
    if not clock.all_day and rng.random() < 0.15:
        parts += rng.choice([[f"BYHOUR={start.hour}"], ["BYHOUR=9,14", "BYMINUTE=0,30"], ["BYMINUTE=15"]])
    return ";".join(parts)


def _within_months(rng: random.Random) -> list[str]:
    months = [f"BYMONTH={','.join(str(each) for each in sorted(rng.sample(range(1, 13), 3)))}"] * (rng.random() < 0.3)
    match rng.randrange(5):
        case 0:
            days = [rng.choice(["1", "2", "-1", "3", "5"]) + each for each in rng.sample(WEEKDAYS, 2)]
            return [*months, "BYDAY=" + ",".join(days)]
        case 1:
            days = [str(each) for each in rng.sample([1, 2, 15, 28, 29, 30, 31, -1], 3)]
            return [*months, "BYMONTHDAY=" + ",".join(days)]
        case 2:
            return ["BYDAY=MO,TU,WE,TH,FR", f"BYSETPOS={rng.choice(['1', '-1', '2,-2'])}"]
        case _:
            return months


def _until(kind: str, last: datetime, clock: Clock) -> str:
    if kind == "day" or (kind == "utc" and clock.all_day):
        return f"{last:%Y%m%d}"
    if kind == "wall" or (kind == "utc" and clock.zone == ""):
        return f"{last:%Y%m%dT%H%M%S}"
    return f"{last:%Y%m%dT%H%M%S}Z"


def _length(rng: random.Random, clock: Clock, start: datetime, length: timedelta) -> str:
    kind = rng.random()
    if kind < 0.7:
        return clock.line("DTEND", start + length)
    if kind < 0.9:
        return f"DURATION:P{length.days}D\n" if clock.all_day else f"DURATION:PT{length // timedelta(minutes=1)}M\n"
    return ""


def _standing(rng: random.Random) -> str:
    lines = ""
    if rng.random() < 0.3:
        lines += f"STATUS:{rng.choice(['CONFIRMED', 'TENTATIVE', 'CANCELLED'])}\n"
    if rng.random() < 0.2:
        lines += f"TRANSP:{rng.choice(['OPAQUE', 'TRANSPARENT'])}\n"
    if rng.random() < 0.1:
        lines += f"X-MICROSOFT-CDO-BUSYSTATUS:{rng.choice(['FREE', 'BUSY', 'TENTATIVE', 'OOF'])}\n"
    if rng.random() < 0.2:
        answer, who = rng.choice(["DECLINED", "ACCEPTED"]), rng.choice(["Ada@example.org", "grace@example.org"])
        lines += f'ATTENDEE;CN="A: b, c";PARTSTAT={answer};ROLE=REQ-PARTICIPANT:mailto:{who}\n'
    return lines


def _exdate(rng: random.Random, clock: Clock, when: datetime) -> str:
    if clock.zone in ZONES and not clock.all_day and rng.random() < 0.3:
        tokyo = when.replace(tzinfo=ZoneInfo(clock.zone)).astimezone(ZoneInfo("Asia/Tokyo"))
        return f"EXDATE;TZID=Asia/Tokyo:{tokyo:%Y%m%dT%H%M%S}\n"
    return clock.line("EXDATE", when)


def _override(rng: random.Random, clock: Clock, when: datetime, length: timedelta) -> str:
    moved = when + (timedelta(days=rng.randint(-2, 2)) if clock.all_day else timedelta(hours=rng.randint(-50, 50)))
    lines = clock.line("RECURRENCE-ID", when) + clock.line("DTSTART", moved) + clock.line("DTEND", moved + length)
    return event(lines + ("STATUS:CANCELLED\n" if rng.random() < 0.3 else ""))
