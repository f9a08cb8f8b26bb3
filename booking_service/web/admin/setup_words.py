"""Names of the setup file's keys, for lists of changes."""

import re
from collections.abc import Callable, Mapping

from ...language import Language

_KEY = re.compile(
    r"(?:organisation|hosts\.(?P<host>[^.:\s]+)(?:\.meetings\.(?P<meeting>[^.\s]+))?)\.(?P<name>[a-z_]+)(?P<inner>.*)"
)
_WORDS: Mapping[str, Callable[[Language], str]] = {
    "name": lambda language: language.text("Name"),
    "email": lambda language: language.text("Email address"),
    "zone": lambda language: language.text("Time zone"),
    "language": lambda language: language.text("Language"),
    "hours": lambda language: language.text("Hours"),
    "overrides": lambda language: language.text("Exceptions"),
    "holidays": lambda language: language.text("Public holidays of"),
    "works_on": lambda language: language.text("Public holidays with the usual hours"),
    "per_day": lambda language: language.text("Bookings a day at most"),
    "per_week": lambda language: language.text("Bookings a week at most"),
    "listed": lambda language: language.text("Listed"),
    "active": lambda language: language.text("Can be booked"),
    "accent": lambda language: language.text("Colour"),
    "welcome": lambda language: language.text("Welcome"),
    "picture": lambda language: language.text("Picture"),
    "hold_mark": lambda language: language.text("How held times begin in the calendar"),
    "paused_until": lambda language: language.text("No bookings before"),
    "accounts": lambda language: language.text("Calendar account"),
    "title": lambda language: language.text("Title"),
    "description": lambda language: language.text("Description"),
    "duration": lambda language: language.text("Duration"),
    "increment": lambda language: language.text("Starts every"),
    "buffer_before": lambda language: language.text("Free time before"),
    "buffer_after": lambda language: language.text("Free time after"),
    "notice": lambda language: language.text("Notice"),
    "horizon_days": lambda language: language.text("Days ahead that can be booked"),
    "last_on": lambda language: language.text("Last day that can be booked"),
    "hold_lifetime": lambda language: language.text("How long a time is held"),
    "doi": lambda language: language.text("Confirmed by email"),
    "approval": lambda language: language.text("Approval"),
    "approval_lifetime": lambda language: language.text("How long approval may take"),
    "hold_policy": lambda language: language.text("Where a time is held"),
    "tell_of_holds": lambda language: language.text("Emails about held times"),
    "calendar_wins": lambda language: language.text("The calendar wins over held times"),
    "place": lambda language: language.text("Place"),
    "location": lambda language: language.text("Where it is"),
    "calendar": lambda language: language.text("Calendar"),
    "questions": lambda language: language.text("Questions"),
    "purposes": lambda language: language.text("Consent blocks"),
    "guests_at_most": lambda language: language.text("Guests at most"),
    "change_until": lambda language: language.text("Can be changed until this long before"),
    "moves_at_most": lambda language: language.text("Reschedulings at most"),
    "remind_before": lambda language: language.text("Reminders this long before"),
    "alarm_before": lambda language: language.text("Alarm in the calendar this long before"),
    "embed_from": lambda language: language.text("Sites that may embed it"),
    "one_time_only": lambda language: language.text("Only by one-time links"),
    "imprint": lambda language: language.text("Imprint"),
    "privacy": lambda language: language.text("Privacy"),
    "contact": lambda language: language.text("Contact"),
    "logo": lambda language: language.text("Logo"),
    "languages": lambda language: language.text("Languages"),
    "default_language": lambda language: language.text("First language"),
    "doi_forced": lambda language: language.text("Every booking is confirmed by email"),
    "retain_days": lambda language: language.text("Days that details are kept"),
    "audit_days": lambda language: language.text("Days that the audit log is kept"),
    "second_factor": lambda language: language.text("Second factor"),
}


def key_words(key: str, language: Language) -> str:
    """notice of hosts.ada.meetings.intro → Notice (ada/intro). Unknown keys, and parts inside a value, stay as they
    are."""
    found = _KEY.fullmatch(key)
    words = _WORDS.get(found["name"]) if found else None
    if found is None or words is None:
        return key
    whose = "/".join(each for each in (found["host"], found["meeting"]) if each) or language.text("Organisation")
    inner = found["inner"].removeprefix(".")
    return f"{words(language)}{f' · {inner}' if inner else ''} ({whose})"
