"""What the settings of a meeting type mean, in sentences with the present instants."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...domain.meeting_steps import Statement, Step
from ...language import Language


def sentences(
    statements: tuple[Statement, ...], language: Language, *, zone: ZoneInfo, calendar: str, now: datetime
) -> tuple[str, ...]:
    """`calendar`: the name of the one for bookings."""
    return tuple(_sentence(each, language, zone=zone, calendar=calendar, now=now) for each in statements)


def _sentence(statement: Statement, language: Language, *, zone: ZoneInfo, calendar: str, now: datetime) -> str:
    def at(instant: datetime | None) -> str:
        return moment(instant, language, zone=zone, now=now) if instant else ""

    until = at(statement.until)
    match statement.step:
        case Step.OFF:
            return language.text("It is switched off: its link says that it can't be booked.")
        case Step.CLOSED:
            return language.text(
                "No times are offered now, because one of your calendars can't be read or none is connected."
            )
        case Step.NOTHING:
            return language.text("No times are offered: these settings leave no free time.")
        case Step.OFFERED:
            return language.text(
                "Somebody opens the link now. The first time on offer is {first}; the last one {last}.",
                first=at(statement.at),
                last=until,
            )
        case Step.HELD_IN_CALENDAR:
            return language.text(
                "They choose it, and it stands in “{calendar}” as tentative. Nobody else can take it until {time}.",
                calendar=calendar,
                time=until,
            )
        case Step.HELD_HERE:
            return language.text(
                "They choose it. Nobody else can take it until {time}; it is entered in your calendar once it is booked.",
                time=until,
            )
        case Step.NOT_HELD:
            return language.text(
                "They choose it, and have until {time}. It is not held: whoever confirms first gets it.", time=until
            )
        case Step.AT_ONCE:
            return language.text("They choose it, and it is booked at once.")
        case _:
            return _later(statement, language, until=until)


def _later(statement: Statement, language: Language, *, until: str) -> str:
    match statement.step:
        case Step.HOST_FIRST:
            return language.text("You are asked first, and have until {time}. Then they get our email.", time=until)
        case Step.HOST_ALONE:
            return language.text(
                "You decide, until {time}. You approve: it is booked. You do not: it is free again.", time=until
            )
        case Step.CONFIRMED:
            return language.text("They press Confirm in our email: it is booked. They do not: it is free again.")
        case Step.HOST_LAST:
            return language.text(
                "They press Confirm in our email, and then you have {length} to decide. You approve: it is "
                "booked. You do not: it is free again.",
                length=length_of(statement.length, language),
            )
        case Step.APART:
            return _apart(statement, language)
        case Step.NO_LINK:
            return language.text(
                "Careful: this is a video call without a link. Neither our emails nor the calendar say how "
                "to join. Enter the link, or send it to them yourself."
            )
        case Step.COUNT:
            return language.plural(
                "Next week that makes {count} time to choose from.",
                "Next week that makes {count} times to choose from.",
                statement.count,
            )
        case _:
            raise AssertionError(f"{statement.step} has words of its own")


def _apart(statement: Statement, language: Language) -> str:
    before, after = length_of(statement.before, language), length_of(statement.length, language)
    if statement.before and statement.length:
        return language.text("{before} before and {after} after it stay free.", before=before, after=after)
    if statement.before:
        return language.text("{before} before it stay free.", before=before)
    return language.text("{after} after it stay free.", after=after)


def moment(instant: datetime, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    """ "today, 14:30", "Tuesday 1 December, 14:00", with another year if it is one; in the host's zone."""
    day, today = instant.astimezone(zone).date(), now.astimezone(zone).date()
    named = language.day(day) if day.year == today.year else language.full_date(day)
    return f"{language.text('today') if day == today else named}, {language.clock(instant, zone)}"


def length_of(length: timedelta, language: Language) -> str:
    """ "30 min", "4 h", "2 days", "1 h 30 min". Unit symbols are the same in every language (ISO 80000-3)."""
    minutes = int(length.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [language.plural("{count} day", "{count} days", days)] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{left} min"] if left or not minutes else []
    return " ".join(parts)
