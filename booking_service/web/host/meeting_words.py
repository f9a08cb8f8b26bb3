"""Labels, hints and error messages of a meeting type's settings."""

from ...domain.meeting import ROOM, Approval, DoubleOptIn, HoldPolicy, Place
from ...language import Language
from .meeting_values import WEEKDAYS

MEETINGS = "/host/meetings"
_NAMES = {"en": "English", "de": "Deutsch", "nl": "Nederlands"}


def label(name: str, language: Language) -> str:
    """The label of a setting."""
    part, _, rest = name.partition(".")
    if part == "hours" and rest:
        return language.weekdays()[WEEKDAYS.index(rest)][1]
    if rest:
        return f"{label(part, language)}, {_NAMES[rest]}"
    labels = {
        "title": language.text("Name"),
        "description": language.text("Description"),
        "duration": language.text("Length in minutes"),
        "place": language.text("Place"),
        "location": language.text("Link, number or address"),
        "hours": language.text("Hours"),
        "notice": language.text("Notice"),
        "horizon_days": language.text("How many days ahead"),
        "last_on": language.text("Last day"),
        "increment": language.text("A start every"),
        "buffer_before": language.text("Free before"),
        "buffer_after": language.text("Free after"),
        "per_day": language.text("At most a day"),
        "per_week": language.text("At most a week"),
        "doi": language.text("Does the invitee confirm by email?"),
        "hold_lifetime": language.text("Held for"),
        "hold_policy": language.text("Until then the time is kept"),
        "calendar_wins": language.text("If you put an event over a held time"),
        "tell_of_holds": language.text("Email you about each held time?"),
        "approval": language.text("Do you approve each booking?"),
        "approval_lifetime": language.text("Time you have to approve"),
        "guests_at_most": language.text("Guests at most"),
        "change_until": language.text("Last change before the start"),
        "moves_at_most": language.text("Reschedule at most"),
        "remind_before": language.text("Reminders before the start"),
        "calendar": language.text("Calendar for its events"),
        "alarm_before": language.text("Alarm in your calendar"),
        "seen": language.text("Who sees it"),
        "slug": language.text("Address"),
    }
    return labels[name]


def language_name(code: str) -> str:
    """The language's name in itself."""
    return _NAMES[code]


def hint(name: str, language: Language) -> str:
    """A hint for a field; "" where its label suffices."""
    hints = {
        "title": language.text("Invitees read it first."),
        "description": language.text("Shown above the calendar."),
        "location": language.text(
            "{room} in a link becomes a separate room for each booking. For a phone call, enter the number "
            "to call you on; leave it empty if you call them.",
            room=ROOM,
        ),
        "notice": language.text("The earliest start from now, such as 4 h or 2 days."),
        "last_on": language.text("No meeting starts after it."),
        "per_day": language.text("Empty means no limit."),
        "per_week": language.text("Empty means no limit."),
        "hold_lifetime": language.text(
            "5 minutes to 72 hours. Halfway we send one reminder. While many holds wait at once, new ones end sooner, but "
            "no sooner than after 15 minutes."
        ),
        "approval_lifetime": language.text("Then the time is free again."),
        "guests_at_most": language.text("0 to 10. With 0 the form does not ask for guests."),
        "change_until": language.text("Until then invitees can reschedule and cancel by themselves, such as 2 h."),
        "remind_before": language.text("Separate them with commas, such as 24 h, 1 h. Empty: none."),
        "calendar": language.text(
            "One that makes you busy. Events of earlier bookings stay where they are; you can move them "
            "under Calendars."
        ),
        "alarm_before": language.text("Before each meeting, such as 10 min; empty: none."),
        "hours": language.text("Such as 9-12, 13-17; empty: closed."),
    }
    return hints.get(name, "")


def wrong(name: str, language: Language) -> str:
    """How to correct an unreadable value."""
    lengths = {
        "increment": language.text("Write a length of time from 1 min to 24 h, such as 30 min."),
        "buffer_before": language.text("Write a length of time up to 24 h, such as 10 min."),
        "buffer_after": language.text("Write a length of time up to 24 h, such as 10 min."),
        "notice": language.text("Write a length of time up to a year, such as 4 h or 2 days."),
        "hold_lifetime": language.text(
            "72 hours is the most and 5 minutes the least. A longer hold would block your calendar for people who never answer."
        ),
        "remind_before": language.text("Write lengths of time separated by commas, such as 24 h, 1 h."),
        "duration": language.text("Write a number of minutes from 1 to 1440, such as 30."),
        "horizon_days": language.text("Write a number of days up to 3660, or leave it empty and set the last day."),
        "last_on": language.text("Write a date such as 2026-12-31."),
        "per_day": language.text("Write a number of at least 1, or leave it empty for no limit."),
        "per_week": language.text("Write a number of at least 1, or leave it empty for no limit."),
        "guests_at_most": language.text("Write a number from 0 to 10."),
        "moves_at_most": language.text("Write a number, such as 5."),
        "location": language.text("Write up to {most} characters; only {room} may be in braces.", most=1000, room=ROOM),
        "calendar": language.text("Choose one of your calendars that makes you busy."),
        "slug": language.text("Use lowercase letters, digits and hyphens, such as intro."),
    }
    part = name.partition(".")[0]
    if part == "hours":
        return language.text("Write hours like 9-12, 13-17, or leave it empty for closed.")
    if part == "title":
        return language.text("Write a name of up to {most} characters.", most=120)
    if part == "description":
        return language.text("Shorten this to {most} characters or fewer.", most="20,000")
    return lengths.get(name, language.text("Write a length of time, such as 24 h."))


def choices(name: str, language: Language) -> tuple[tuple[str, str, str], ...]:
    """The choices of a setting: value, words, and consequence."""
    match name:
        case "place":
            return tuple((str(each), language.place(each), "") for each in Place)
        case "hours":
            return (("usual", language.text("My usual hours"), ""), ("own", language.text("Hours of its own"), ""))
        case "doi":
            return (
                (str(DoubleOptIn.ORGANISATION), language.text("As the organisation says"), ""),
                (str(DoubleOptIn.ON), language.text("Yes"), ""),
                (str(DoubleOptIn.OFF), language.text("No, booked at once"), ""),
            )
        case "hold_policy":
            return (
                (
                    str(HoldPolicy.CALENDAR),
                    language.text("in my calendar, as tentative, and is blocked for others"),
                    "",
                ),
                (
                    str(HoldPolicy.INTERNAL),
                    language.text("only here, and is blocked for others"),
                    language.text("Your calendar stays clean; a colleague who looks into it sees nothing."),
                ),
                (str(HoldPolicy.NONE), language.text("nowhere: the first who confirms gets it"), ""),
            )
        case "calendar_wins":
            return (
                (
                    "no",
                    language.text("the hold keeps its promise"),
                    language.text("You are asked by email what to do."),
                ),
                (
                    "yes",
                    language.text("the event wins"),
                    language.text("When they confirm, they are offered other times, unless you said to keep the hold."),
                ),
            )
        case "tell_of_holds":
            return (
                ("no", language.text("No"), language.text("You are told once it is booked.")),
                (
                    "yes",
                    language.text("Yes"),
                    language.text("With a way to release it. If there are many at once, some come later."),
                ),
            )
        case "approval":
            return (
                (str(Approval.NONE), language.text("No"), ""),
                (str(Approval.BEFORE), language.text("Yes, before the invitee gets the email"), ""),
                (str(Approval.AFTER), language.text("Yes, after the invitee has confirmed"), ""),
            )
        case "seen":
            return (
                ("listed", language.text("Listed on my page"), ""),
                ("hidden", language.text("Hidden: whoever has the link"), ""),
                (
                    "one-time",
                    language.text("One-time links only"),
                    language.text("Each works for one booking. You make them under Share."),
                ),
                (
                    "off",
                    language.text("Nobody: it can't be booked"),
                    language.text("The link says so; everything else stays."),
                ),
            )
        case _:
            return ()
