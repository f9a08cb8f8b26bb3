"""The words of mails about an account."""

from dataclasses import dataclass
from datetime import datetime

from ...domain.people import Organisation, Person
from ...language import language_of
from .blocks import Button, Code, Letter, Says
from .phrases import imprint


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """`url`, `code`: what signs in until `ends_at`; `asked_at`, `agent`: when it was asked for, and with which browser."""

    person: Person
    organisation: Organisation
    sender: str
    occasion: str
    url: str
    code: str
    asked_at: datetime
    ends_at: datetime
    agent: str
    now: datetime


def sign_in(facts: AccountFacts) -> Letter:
    language, zone = language_of(facts.person.language), facts.person.zone
    today = facts.asked_at.astimezone(zone).date()
    until = language.instant(facts.ends_at, zone, today=today)
    asked = Says(
        language.text(
            "You asked at {time}, with {browser}, to be signed in.",
            time=language.clock(facts.asked_at, zone),
            browser=language.browser(facts.agent),
        )
    )
    return Letter(
        language=language,
        subject=language.text("Your sign-in link"),
        blocks=(
            asked,
            Button(language.text("Sign in"), facts.url),
            Code(language.text("Or type this code on the page where you asked:"), facts.code),
            Says(language.text("Each works once, until {time}.", time=until)),
            Says(
                language.text(
                    "You did not ask? Then do nothing: nobody is signed in unless the link or the code is used. Give "
                    "neither to anybody."
                )
            ),
        ),
        imprint=imprint(facts.organisation, facts.person.name, language),
        imprint_foreign=facts.organisation.own(facts.organisation.imprint, language.code).foreign,
    )
