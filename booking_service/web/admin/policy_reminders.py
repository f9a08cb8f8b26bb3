"""The policy on reminders of unanswered questions, in words."""

from collections.abc import Mapping

from ...domain.purposes import REMINDERS_AT_MOST
from ...domain.retention import LONGEST_DAYS
from ...language import Language

NUMBERS = ("remind_every", "reminders", "question_lasts")
FIELDS = ("remind_every", "reminders", "remind_unproven", "question_lasts")


def labels(language: Language) -> Mapping[str, str]:
    return {
        "remind_every": language.text("Asked again every … days"),
        "reminders": language.text("At most, times"),
        "remind_unproven": language.text("Who is reminded"),
        "question_lasts": language.text("Days to answer the question"),
    }


def explanations(language: Language) -> Mapping[str, str]:
    return {
        "remind_every": language.text("Counted from the email that asked. Any answer ends it."),
        "reminders": language.text("0 to {most}. With 0 a question is asked once.", most=REMINDERS_AT_MOST),
        "question_lasts": language.text(
            "Then it lapses automatically, and a new tick asks again. It applies to questions from now on."
        ),
    }


def choices(language: Language) -> Mapping[str, tuple[str, str]]:
    """Who is reminded: value → words and consequence."""
    return {
        "off": (
            language.text("Only proven addresses"),
            language.text("Their owner confirmed a booking or answered through a mailed link. Others are asked once."),
        ),
        "on": (
            language.text("Every address that was asked"),
            language.text(
                "Doubtful: anybody can type an address, and reminders to somebody who never asked are advertising (§ 7 UWG)."
            ),
        ),
    }


def told(stored: Mapping[str, str], language: Language) -> str:
    """All of it on one line."""
    lasts = language.plural("{count} day", "{count} days", int(stored["question_lasts"]))
    if stored["reminders"] == "0":
        return language.text("It is not asked again; answered within {days}", days=lasts)
    every = language.plural("every day", "every {count} days", int(stored["remind_every"]))
    most = language.plural("at most once", "at most {count} times", int(stored["reminders"]))
    return language.text("{every}, {most}; answered within {days}", every=every, most=most, days=lasts)


def wrong_words(name: str, language: Language) -> str:
    if name == "reminders":
        return language.text("Write a number from {least} to {most}.", least=0, most=REMINDERS_AT_MOST)
    return language.text("Write a number of days from {least} to {most}.", least=1, most=LONGEST_DAYS)
