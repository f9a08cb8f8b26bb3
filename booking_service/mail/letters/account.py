"""The words of mails about an account."""

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
    """`at`: when what the mail is about happened; `agent`, `network`: in which browser, and where. `url`: what its button
    opens; `code`, `ends_at`: what signs in besides, and until when. `what`: an act that changed how one signs in. `person` has
    the address that the mail goes to; `address`: the other one, where theirs is changed. `given_up`, `backup_at`, `floods`: what an administrator is told of. `own`: what the organisation wrote in place of the usual text."""

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
                "You asked at {time}, with {browser}, to be signed in.",
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
                "You did not ask? Then do nothing: nobody is signed in unless the link or the code is used. Give "
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
                "{organisation} lets you sign in to its booking service, with this address.", organisation=whose
            )
            if whose
            else language.text("You can sign in to a booking service, with this address.")
        )
    ]
    blocks += [Says(each, unless="") for each in _awaiting(person, language)]
    blocks.append(Button(language.text("Sign in"), facts.url))
    if facts.ends_at is not None:
        until = language.instant(facts.ends_at, person.zone)
        blocks.append(
            Says(
                language.text("The link works once, until {time}. Later, ask for one on that page.", time=until),
                unless=Word.UNTIL,
            )
        )
    blocks.append(Says(language.text("You know nothing of this? Then do nothing: nobody is signed in."), unless=""))
    return _letter(facts, language.text("You can sign in now"), blocks)


def _awaiting(person: Person, language: Language) -> Iterator[str]:
    """What they will find."""
    if Role.HOST in person.roles:
        yield language.text("There you connect your calendar, and have a page on which your time can be booked.")
    if Role.STAFF in person.roles:
        yield language.text("There you see contacts and what they agreed to.")
    if Role.ADMIN in person.roles:
        yield language.text("You administrate the service there.")


def new_browser(facts: AccountFacts) -> Letter:
    language = language_of(facts.person.language)
    blocks = (
        Says(
            language.text(
                "Somebody signed in as you on {time}, with {browser} (network {network}), where you had not signed in "
                "before.",
                time=language.instant(facts.at, facts.person.zone),
                browser=language.browser(facts.agent),
                network=facts.network,
            )
        ),
        Says(language.text("That was you? Then there is nothing to do.")),
        Says(
            language.text(
                "It was not? Then sign out everywhere. Your password, if you have one, ends with it; a mailed link signs "
                "you in again."
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
                "You asked at {time}, with {browser}, to sign in with this address from now on, in place of {address}.",
                time=language.clock(facts.at, zone),
                browser=language.browser(facts.agent),
                address=masked_address(facts.address),
            )
        ),
        Button(language.text("Sign in with this address"), facts.url),
        Says(language.text("Open the link in a browser in which you are signed in."), unless=""),
    ]
    if facts.ends_at is not None:
        until = language.instant(facts.ends_at, zone, today=facts.at.astimezone(zone).date())
        blocks.append(Says(language.text("It works once, until {time}.", time=until), unless=Word.UNTIL))
    blocks.append(
        Says(
            language.text("You did not ask? Then do nothing: whoever is not signed in changes nothing by this link."),
            unless="",
        )
    )
    return _letter(facts, language.text("Confirm your new address"), blocks)


def admin_notice(facts: AccountFacts) -> Letter:
    """To an administrator: what waits for a person."""
    language = language_of(facts.person.language)
    blocks: list[Block] = []
    if facts.given_up:
        told = language.plural(
            "{count} task could not be done and was given up, such as an email that no server took.",
            "{count} tasks could not be done and were given up, such as an email that no server took.",
            facts.given_up,
        )
        blocks.append(Says(told))
    if facts.backup_at is not None:
        at = language.instant(facts.backup_at, facts.person.zone)
        blocks.append(Says(language.text("The last backup is of {time}; none was made since.", time=at)))
    blocks.extend(Says(language.sentence(each)) for each in facts.floods)
    blocks.append(Says(language.text("Today says what and why, and leads to where it is put right."), unless=""))
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
                "That was not you? Then sign in by a mailed link, change it back on your profile, and sign out everywhere "
                "there. Tell whoever administrates this service, too."
            ),
            unless="",
        ),
        Button(language.text("Open your profile"), facts.url),
    )
    return _letter(facts, language.text("How you sign in was changed"), blocks)


def _roles_changed(facts: AccountFacts, language: Language) -> Letter:
    blocks = (
        Says(
            language.text(
                "What you may see and do was changed on {time} by an administrator. You find all that you can open in the "
                "menu.",
                time=language.instant(facts.at, facts.person.zone),
            )
        ),
        Button(language.text("Sign in"), facts.url),
    )
    return _letter(facts, language.text("What you may do was changed"), blocks)


def _address_changed(facts: AccountFacts, language: Language) -> Letter:
    """To the address that was theirs, whose reader may have it back; the link that says so is missing of older changes."""
    told = Says(
        language.text(
            "Since {time} you sign in with another address: {address}. Sign-in links that were mailed here before don't "
            "work any more, and all other browsers were signed out.",
            time=language.instant(facts.at, facts.person.zone),
            address=masked_address(facts.address),
        )
    )
    subject = language.text("Your sign-in address was changed")
    if not facts.url:
        doubt = language.text("That was not you? Then tell whoever administrates this service at once.")
        return _letter(facts, subject, (told, Says(doubt)))
    doubt = language.text(
        "That was not you? Then take it back within {count} days: you sign in with this address again, every browser is "
        "signed out, and a password, if there is one, stops working. Tell whoever administrates this service, too.",
        count=TAKEN_BACK_FOR.days,
    )
    return _letter(facts, subject, (told, Says(doubt, unless=""), Button(language.text("Take it back"), facts.url)))


def _changed(act: AuditAct, language: Language, *, time: str) -> str:
    if act is AuditAct.PASSWORD_SET:
        return language.text("Your password was set on {time}. All other browsers were signed out.", time=time)
    if act is AuditAct.PASSWORD_REMOVED:
        return language.text("Your password was removed on {time}. You sign in by a mailed link now.", time=time)
    if act is AuditAct.SECOND_FACTOR_ON:
        return language.text(
            "Since {time} signing in asks for a code of your app as well. All other browsers were signed out.",
            time=time,
        )
    if act is AuditAct.SECOND_FACTOR_OFF:
        return language.text("Since {time} signing in asks for no code of your app any more.", time=time)
    if act is AuditAct.SECOND_FACTOR_RESET:
        return language.text(
            "An administrator took your second factor away on {time}: signing in asks for no code of your app any more.",
            time=time,
        )
    if act is AuditAct.RECOVERY_CODES_MADE:
        return language.text("New recovery codes were made on {time}. Those from before count no more.", time=time)
    if act is AuditAct.RECOVERY_CODE_USED:
        return language.text("One of your recovery codes was used on {time}. It counts no more.", time=time)
    if act is AuditAct.IDENTITY_LINKED:
        return language.text(
            "Since {time} an account of your organisation's identity provider signs you in as well.", time=time
        )
    if act is AuditAct.IDENTITY_UNLINKED:
        return language.text(
            "Since {time} the account of your organisation's identity provider signs you in no more.", time=time
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
