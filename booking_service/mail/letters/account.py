"""The letters about a person's account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ...domain.audit import AuditAct
from ...domain.mail_texts import Word
from ...domain.people import Organisation, Person, masked_address
from ...domain.roles import Role
from ...domain.sentences import Sentence
from ...domain.sessions import TAKEN_BACK_FOR
from ...language import Language, language_of
from ..facts import OwnText
from .blocks import Block, Button, Code, Letter, Says
from .phrases import imprint


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """The facts of a mail about an account.

    `at`: when it happened, in the browser `agent` from `network`. `url`: what the button opens. `code`, `ends_at`:
    another way to sign in, and its end. `what`: the act that changed how the person signs in. The mail goes to the
    address of `person`; `address`: the other one, where it is changed. `given_up`, `backup_at`, `floods`: what an
    administrator is told. `own`: the text in place of the usual one.
    """

    person: Person
    organisation: Organisation
    sender: str
    occasion: str
    url: str
    at: datetime
    now: datetime
    code: str = ""
    ends_at: datetime | None = None
    agent: str = ""
    network: str = ""
    what: str = ""
    address: str = ""
    given_up: int = 0
    backup_at: datetime | None = None
    floods: tuple[Sentence, ...] = ()
    own: OwnText | None = None


def sign_in(facts: AccountFacts) -> Letter:
    language, zone = language_of(facts.person.language), facts.person.zone
    blocks: list[Block] = [
        Says(
            language.text(
                "At {time} you asked to be signed in, using {browser}.",
                time=language.clock(facts.at, zone),
                browser=language.browser(facts.agent),
            )
        ),
        Button(language.text("Sign in"), facts.url),
        Code(language.text("Or type this code on the page where you asked:"), facts.code),
    ]
    if facts.ends_at is not None:
        today = facts.at.astimezone(zone).date()
        until = language.instant(facts.ends_at, zone, today=today)
        blocks.append(Says(language.text("Each works once, until {time}.", time=until), unless=Word.UNTIL))
    blocks.append(
        Says(
            language.text(
                "If you did not ask, do nothing: nobody is signed in unless the link or the code is used. Give "
                "neither to anybody."
            ),
            unless="",
        )
    )
    return _letter(facts, language.text("Your sign-in link"), blocks)


def invited(facts: AccountFacts) -> Letter:
    language, person = language_of(facts.person.language), facts.person
    whose = facts.organisation.name
    blocks: list[Block] = [
        Says(
            language.text(
                "{organisation} invites you to sign in to its booking service with this address.", organisation=whose
            )
            if whose
            else language.text("You can sign in to a booking service with this address.")
        )
    ]
    blocks += [Says(each, unless="") for each in _awaiting(person, language)]
    blocks.append(Button(language.text("Sign in"), facts.url))
    if facts.ends_at is not None:
        until = language.instant(facts.ends_at, person.zone)
        blocks.append(
            Says(
                language.text(
                    "The link works once, until {time}. After that, ask for a new one on that page.", time=until
                ),
                unless=Word.UNTIL,
            )
        )
    blocks.append(Says(language.text("If you know nothing about this, do nothing: nobody is signed in."), unless=""))
    return _letter(facts, language.text("You can sign in now"), blocks)


def _awaiting(person: Person, language: Language) -> Iterator[str]:
    """What the invited person can do here."""
    if Role.HOST in person.roles:
        yield language.text("There you can connect your calendar, and you have a page where your time can be booked.")
    if Role.STAFF in person.roles:
        yield language.text("There you can see contacts and what they agreed to.")
    if Role.ADMIN in person.roles:
        yield language.text("There you can administer the service.")


def new_browser(facts: AccountFacts) -> Letter:
    language = language_of(facts.person.language)
    blocks = (
        Says(
            language.text(
                "Somebody signed in as you on {time} with a browser that you had not used here before: {browser} "
                "(network {network}).",
                time=language.instant(facts.at, facts.person.zone),
                browser=language.browser(facts.agent),
                network=facts.network,
            )
        ),
        Says(language.text("If that was you, there is nothing to do.")),
        Says(
            language.text(
                "If it was not, sign out everywhere. Your password, if you have one, then stops working; a link sent "
                "by email signs you in again."
            ),
            unless="",
        ),
        Button(language.text("Sign out everywhere"), facts.url),
    )
    return _letter(facts, language.text("You signed in with a new browser"), blocks)


def confirm_address(facts: AccountFacts) -> Letter:
    language, zone = language_of(facts.person.language), facts.person.zone
    blocks: list[Block] = [
        Says(
            language.text(
                "At {time}, using {browser}, you asked to sign in with this address from now on, instead of {address}.",
                time=language.clock(facts.at, zone),
                browser=language.browser(facts.agent),
                address=masked_address(facts.address),
            )
        ),
        Button(language.text("Sign in with this address"), facts.url),
        Says(language.text("Open the link in a browser where you are signed in."), unless=""),
    ]
    if facts.ends_at is not None:
        until = language.instant(facts.ends_at, zone, today=facts.at.astimezone(zone).date())
        blocks.append(Says(language.text("It works once, until {time}.", time=until), unless=Word.UNTIL))
    blocks.append(
        Says(
            language.text(
                "If you did not ask, do nothing: nobody can change anything with this link without being signed in."
            ),
            unless="",
        )
    )
    return _letter(facts, language.text("Confirm your new address"), blocks)


def admin_notice(facts: AccountFacts) -> Letter:
    """To an administrator: what needs somebody's attention."""
    language = language_of(facts.person.language)
    blocks: list[Block] = []
    if facts.given_up:
        told = language.plural(
            "{count} task could not be done and was given up, such as an email that no server accepted.",
            "{count} tasks could not be done and were given up, such as an email that no server accepted.",
            facts.given_up,
        )
        blocks.append(Says(told))
    if facts.backup_at is not None:
        at = language.instant(facts.backup_at, facts.person.zone)
        blocks.append(Says(language.text("The last backup was made on {time}; there has been none since.", time=at)))
    blocks.extend(Says(language.sentence(each)) for each in facts.floods)
    blocks.append(
        Says(language.text("Your Today page says what and why, and leads to where it can be put right."), unless="")
    )
    blocks.append(Button(language.text("Open Today"), facts.url))
    return _letter(facts, language.text("The booking service needs you"), blocks)


def account_changed(facts: AccountFacts) -> Letter:
    language = language_of(facts.person.language)
    if facts.what == AuditAct.ROLES_CHANGED:
        return _roles_changed(facts, language)
    if facts.what == AuditAct.ADDRESS_CHANGED:
        return _address_changed(facts, language)
    blocks = (
        Says(_changed(AuditAct(facts.what), language, time=language.instant(facts.at, facts.person.zone))),
        Says(
            language.text(
                "If that was not you, sign in with a link sent by email, change it back on your profile, and sign "
                "out everywhere there. Also tell whoever administers this service."
            ),
            unless="",
        ),
        Button(language.text("Open your profile"), facts.url),
    )
    return _letter(facts, language.text("How you sign in has changed"), blocks)


def _roles_changed(facts: AccountFacts, language: Language) -> Letter:
    blocks = (
        Says(
            language.text(
                "On {time} an administrator changed what you may see and do. Everything you can open is in the menu.",
                time=language.instant(facts.at, facts.person.zone),
            )
        ),
        Button(language.text("Sign in"), facts.url),
    )
    return _letter(facts, language.text("Your permissions have changed"), blocks)


def _address_changed(facts: AccountFacts, language: Language) -> Letter:
    """To the previous address, whose reader can revert the change; older changes have no such link."""
    told = Says(
        language.text(
            "As of {time}, you sign in with another address: {address}. Sign-in links that were sent here before no "
            "longer work, and all other browsers were signed out.",
            time=language.instant(facts.at, facts.person.zone),
            address=masked_address(facts.address),
        )
    )
    subject = language.text("Your sign-in address was changed")
    if not facts.url:
        doubt = language.text("If that was not you, tell whoever administers this service at once.")
        return _letter(facts, subject, (told, Says(doubt)))
    doubt = language.text(
        "If that was not you, take it back within {count} days: you then sign in with this address again, every "
        "browser is signed out, and your password, if you have one, stops working. Also tell whoever administers "
        "this service.",
        count=TAKEN_BACK_FOR.days,
    )
    return _letter(facts, subject, (told, Says(doubt, unless=""), Button(language.text("Take it back"), facts.url)))


def _changed(act: AuditAct, language: Language, *, time: str) -> str:
    if act is AuditAct.PASSWORD_SET:
        return language.text("Your password was set on {time}. All other browsers were signed out.", time=time)
    if act is AuditAct.PASSWORD_REMOVED:
        return language.text(
            "Your password was removed on {time}. You now sign in with a link sent by email.", time=time
        )
    if act is AuditAct.SECOND_FACTOR_ON:
        return language.text(
            "As of {time}, signing in also asks for a code from your app. All other browsers were signed out.",
            time=time,
        )
    if act is AuditAct.SECOND_FACTOR_OFF:
        return language.text("As of {time}, signing in no longer asks for a code from your app.", time=time)
    if act is AuditAct.SECOND_FACTOR_RESET:
        return language.text(
            "An administrator removed your second factor on {time}: signing in no longer asks for a code from your "
            "app.",
            time=time,
        )
    if act is AuditAct.RECOVERY_CODES_MADE:
        return language.text("New recovery codes were made on {time}. The earlier ones no longer work.", time=time)
    if act is AuditAct.RECOVERY_CODE_USED:
        return language.text("One of your recovery codes was used on {time}. It no longer works.", time=time)
    if act is AuditAct.IDENTITY_LINKED:
        return language.text(
            "As of {time}, an account of your organisation's identity provider also signs you in.", time=time
        )
    if act is AuditAct.IDENTITY_UNLINKED:
        return language.text(
            "As of {time}, the account of your organisation's identity provider no longer signs you in.", time=time
        )
    raise ValueError(f"{act} changes nothing of how somebody signs in")


def _letter(facts: AccountFacts, subject: str, blocks: "tuple[Block, ...] | list[Block]") -> Letter:
    language = language_of(facts.person.language)
    return Letter(
        language=language,
        subject=subject,
        blocks=tuple(blocks),
        imprint=imprint(facts.organisation, facts.person.name, language),
        imprint_foreign=facts.organisation.own(facts.organisation.imprint, language.code).foreign,
    )
