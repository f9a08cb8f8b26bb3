"""The audit log in words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import assert_never

from ...actions.setup.departures import Fate
from ...domain.audit import Area, AuditAct, AuditEntry, SecondFactorMethod, SignInMethod
from ...language import Language
from .people_words import words_of
from .setup_words import key_words

_SHORT = 80  # of a changed text


def area_name(area: Area | None, language: Language) -> str:
    """None means all areas."""
    match area:
        case None:
            return language.text("Everything")
        case Area.SIGNING_IN:
            return language.text("Signing in")
        case Area.PEOPLE:
            return language.text("People")
        case Area.CONSENTS:
            return language.text("Consents")
        case Area.SETUP:
            return language.text("What is set up")
        case _:
            assert_never(area)


def sentence(entry: AuditEntry, language: Language) -> str:
    """The entry as a sentence."""
    match entry.act:
        case AuditAct.SIGNED_IN:
            return _signed_in(entry, language)
        case AuditAct.SESSION_ENDED | AuditAct.SIGNED_OUT_EVERYWHERE:
            return _signed_out(entry, language)
        case (
            AuditAct.PASSWORD_SET
            | AuditAct.PASSWORD_REMOVED
            | AuditAct.ADDRESS_CHANGED
            | AuditAct.SECOND_FACTOR_ON
            | AuditAct.SECOND_FACTOR_OFF
            | AuditAct.SECOND_FACTOR_RESET
            | AuditAct.RECOVERY_CODES_MADE
            | AuditAct.RECOVERY_CODE_USED
            | AuditAct.IDENTITY_LINKED
            | AuditAct.IDENTITY_UNLINKED
        ):
            return _of_ways_in(entry, language)
        case AuditAct.PERSON_ADDED:
            roles = words_of(entry.after, language)
            return language.text("{person} added: {roles}", person=entry.about, roles=roles)
        case AuditAct.INVITED_AGAIN | AuditAct.PERSON_RENAMED | AuditAct.ROLES_CHANGED | AuditAct.PERSON_REMOVED:
            return _of_person(entry, language)
        case (
            AuditAct.TOKEN_MADE
            | AuditAct.TOKEN_REVOKED
            | AuditAct.WEBHOOK_ADDED
            | AuditAct.WEBHOOK_ROTATED
            | AuditAct.WEBHOOK_REMOVED
            | AuditAct.BOOKING_WEBHOOK_ADDED
            | AuditAct.BOOKING_WEBHOOK_ROTATED
            | AuditAct.BOOKING_WEBHOOK_REMOVED
            | AuditAct.RULE_ADDED
            | AuditAct.RULE_REMOVED
        ):
            return _of_programs(entry, language)
        case (
            AuditAct.AUDIT_EXPORTED
            | AuditAct.BOOKINGS_EXPORTED
            | AuditAct.LIST_ASKED
            | AuditAct.LIST_STOPPED
            | AuditAct.MESSAGE_BEGUN
            | AuditAct.MESSAGE_STOPPED
            | AuditAct.NEWS_BEGUN
            | AuditAct.NEWS_STOPPED
            | AuditAct.IMPORT_TAKEN_BACK
            | AuditAct.IMPORT_REVERTED
            | AuditAct.FIELD_EMPTIED
            | AuditAct.FIELD_DELETED
        ):
            return _of_many(entry, language)
        case (
            AuditAct.MAIL_TEXT_SAVED
            | AuditAct.MAIL_TEXT_CHOSEN
            | AuditAct.ATTACK_ON
            | AuditAct.ATTACK_OFF
            | AuditAct.NETWORK_BLOCKED
            | AuditAct.NETWORK_LET_IN
            | AuditAct.BLOCK_LIFTED
        ):
            return _of_everybody(entry, language)
        case AuditAct.CHANGED:
            return _changed(entry, language)
        case _:
            assert_never(entry.act)


def facts(entry: AuditEntry, language: Language) -> Iterator[str]:
    yield entry.by
    if entry.act is AuditAct.CHANGED and key_words(entry.about, language) != entry.about:
        yield entry.about
    if entry.agent:
        yield language.browser(entry.agent)
    if entry.network:
        yield language.text("network {network}", network=entry.network)
    if entry.reason:
        yield language.text("“{text}”", text=entry.reason)


def _of_person(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.PERSON_RENAMED:
        return language.text("{person} is now called {name}", person=entry.about, name=entry.after)
    before, after = words_of(entry.before, language), words_of(entry.after, language)
    if entry.act is AuditAct.INVITED_AGAIN:
        return language.text("Invitation sent to {person} again", person=entry.about)
    if entry.act is AuditAct.ROLES_CHANGED:
        return language.text("Roles of {person}: {before} → {after}", person=entry.about, before=before, after=after)
    fate, _, count = entry.after.partition(" ")
    if fate == Fate.KEEP:
        return language.plural(
            "{person} removed; {count} booking kept",
            "{person} removed; {count} bookings kept",
            int(count),
            person=entry.about,
        )
    if fate == Fate.CANCEL:
        return language.plural(
            "{person} removed; {count} booking cancelled",
            "{person} removed; {count} bookings cancelled",
            int(count),
            person=entry.about,
        )
    return language.text("{person} removed", person=entry.about)


def _signed_out(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.SESSION_ENDED:
        return language.text("Session of {person} ended: {browser}", person=entry.about, browser=entry.before)
    return language.text("{person} signed out everywhere", person=entry.about)


def _of_everybody(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.ATTACK_ON:
        return language.text("“Under attack” switched on until {until}", until=_stored_instant(entry.after))
    if entry.act is AuditAct.ATTACK_OFF:
        return language.text("“Under attack” switched off")
    if entry.act in (AuditAct.NETWORK_BLOCKED, AuditAct.NETWORK_LET_IN):
        return _of_network(entry, language)
    if entry.act is AuditAct.BLOCK_LIFTED:
        return language.text("{address} may be written to again", address=entry.about)
    return _of_mail_text(entry, language)


def _of_network(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.NETWORK_LET_IN:
        return language.text("Times can be held from {network} again", network=entry.about)
    if not entry.after:
        return language.text("No time can be held from {network} until it is unblocked", network=entry.about)
    until = _stored_instant(entry.after)
    return language.text("No time can be held from {network} until {until}", network=entry.about, until=until)


def _stored_instant(written: str) -> str:
    return f"{datetime.fromisoformat(written).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _of_mail_text(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.MAIL_TEXT_SAVED:
        return language.text("Text of a mail saved: {mail} ({version})", mail=entry.about, version=entry.after)
    return language.text("Text of a mail chosen: {mail}: {text}", mail=entry.about, text=entry.after)


def _of_many(entry: AuditEntry, language: Language) -> str:
    if entry.act in (AuditAct.LIST_ASKED, AuditAct.LIST_STOPPED):
        return _of_list(entry, language)
    if entry.act in (AuditAct.MESSAGE_BEGUN, AuditAct.MESSAGE_STOPPED):
        return _of_message(entry, language)
    if entry.act in (AuditAct.NEWS_BEGUN, AuditAct.NEWS_STOPPED):
        return _of_news(entry, language)
    if entry.act in (AuditAct.FIELD_EMPTIED, AuditAct.FIELD_DELETED):
        return _of_field(entry, language)
    if entry.act is AuditAct.IMPORT_REVERTED:
        return language.plural(
            "{count} opt-out of the import “{what}” is reverted, if it replaced a consent",
            "{count} opt-outs of the import “{what}” are reverted, if they replaced a consent",
            int(entry.after),
            what=entry.about,
        )
    if entry.act is AuditAct.IMPORT_TAKEN_BACK:
        return language.plural(
            "{count} consent of the import “{what}” is taken back",
            "{count} consents of the import “{what}” are taken back",
            int(entry.after),
            what=entry.about,
        )
    if entry.act is AuditAct.AUDIT_EXPORTED:
        return language.plural(
            "Audit log exported: {count} entry", "Audit log exported: {count} entries", int(entry.after)
        )
    return language.plural("{count} booking exported", "{count} bookings exported", int(entry.after))


def _of_field(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.FIELD_EMPTIED:
        return language.plural(
            "The field “{what}” is emptied for {count} contact",
            "The field “{what}” is emptied for {count} contacts",
            int(entry.after),
            what=entry.about,
        )
    return language.plural(
        "The field “{what}” is deleted, with its content for {count} contact",
        "The field “{what}” is deleted, with its content for {count} contacts",
        int(entry.after),
        what=entry.about,
    )


def _of_list(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.LIST_ASKED:
        return language.plural(
            "A list of {count} contact is asked for “{what}”",
            "A list of {count} contacts is asked for “{what}”",
            int(entry.after),
            what=entry.about,
        )
    return language.plural(
        "Asking a list for “{what}” stopped: {count} contact was not asked",
        "Asking a list for “{what}” stopped: {count} contacts were not asked",
        int(entry.after),
        what=entry.about,
    )


def _of_message(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.MESSAGE_BEGUN:
        return language.plural(
            "A message under “{what}” goes to {count} contact",
            "A message under “{what}” goes to {count} contacts",
            int(entry.after),
            what=entry.about,
        )
    return language.plural(
        "A message under “{what}” stopped: {count} contact did not get it",
        "A message under “{what}” stopped: {count} contacts did not get it",
        int(entry.after),
        what=entry.about,
    )


def _of_news(entry: AuditEntry, language: Language) -> str:
    if entry.act is AuditAct.NEWS_BEGUN:
        return language.plural(
            "{count} contact is told of “{what}”",
            "{count} contacts are told of “{what}”",
            int(entry.after),
            what=entry.about,
        )
    return language.plural(
        "Announcing “{what}” stopped: {count} contact was not told",
        "Announcing “{what}” stopped: {count} contacts were not told",
        int(entry.after),
        what=entry.about,
    )


def _signed_in(entry: AuditEntry, language: Language) -> str:
    way, _, second = entry.after.partition(" ")
    first = _by_way(SignInMethod(way), language)
    match SecondFactorMethod(second) if second else None:
        case None:
            return first
        case SecondFactorMethod.APP:
            return language.text("{signed_in}, and a code from the app", signed_in=first)
        case SecondFactorMethod.RECOVERY:
            return language.text("{signed_in}, and a recovery code", signed_in=first)
        case SecondFactorMethod.PROVIDER:
            return language.text("{signed_in}, and a second factor there", signed_in=first)
        case never:
            assert_never(never)


def _of_identity(entry: AuditEntry, language: Language) -> str:
    account = entry.after or "–"
    if entry.act is AuditAct.IDENTITY_LINKED:
        return language.text(
            "{person} can now also sign in with {account} at the identity provider", person=entry.about, account=account
        )
    return language.text(
        "{person} no longer signs in with {account} at the identity provider", person=entry.about, account=account
    )


def _by_way(way: SignInMethod, language: Language) -> str:
    match way:
        case SignInMethod.LINK:
            return language.text("Signed in by mailed link")
        case SignInMethod.CODE:
            return language.text("Signed in by mailed code")
        case SignInMethod.PASSWORD:
            return language.text("Signed in with password")
        case SignInMethod.PROVIDER:
            return language.text("Signed in with an account at the identity provider")
        case _:
            assert_never(way)


def _exported(entry: AuditEntry, language: Language) -> str:
    count = int(entry.after)
    if entry.act is AuditAct.AUDIT_EXPORTED:
        return language.plural("Audit log exported: {count} entry", "Audit log exported: {count} entries", count)
    return language.plural("{count} booking exported", "{count} bookings exported", count)


def _of_programs(entry: AuditEntry, language: Language) -> str:
    match entry.act:
        case AuditAct.TOKEN_MADE:
            return language.text("API token “{name}” made: {what}", name=entry.about, what=entry.after)
        case AuditAct.TOKEN_REVOKED:
            return language.text("API token “{name}” revoked", name=entry.about)
        case AuditAct.WEBHOOK_ADDED:
            return language.text("Webhook of “{purpose}” added: {address}", purpose=entry.about, address=entry.after)
        case AuditAct.RULE_ADDED:
            return language.text(
                "Answers about “{purpose}” are mailed to {address}", purpose=entry.about, address=entry.after
            )
        case AuditAct.RULE_REMOVED:
            return language.text(
                "Answers about “{purpose}” are no longer mailed to {address}", purpose=entry.about, address=entry.before
            )
        case AuditAct.WEBHOOK_ROTATED:
            return language.text(
                "Webhook of “{purpose}” has a new secret: {address}", purpose=entry.about, address=entry.after
            )
        case AuditAct.WEBHOOK_REMOVED:
            return language.text("Webhook of “{purpose}” removed: {address}", purpose=entry.about, address=entry.before)
        case _:
            return _of_booking_webhook(entry, language)


def _of_booking_webhook(entry: AuditEntry, language: Language) -> str:
    address, whose = entry.after or entry.before, entry.about or language.text("the organisation")
    match entry.act:
        case AuditAct.BOOKING_WEBHOOK_ADDED:
            return language.text("Webhook for bookings with {host} added: {address}", host=whose, address=address)
        case AuditAct.BOOKING_WEBHOOK_ROTATED:
            return language.text(
                "Webhook for bookings with {host} has a new secret: {address}", host=whose, address=address
            )
        case _:
            return language.text("Webhook for bookings with {host} removed: {address}", host=whose, address=address)


def _of_ways_in(entry: AuditEntry, language: Language) -> str:
    match entry.act:
        case AuditAct.PASSWORD_SET:
            return language.text("Password of {person} set", person=entry.about)
        case AuditAct.PASSWORD_REMOVED:
            return language.text("Password of {person} removed", person=entry.about)
        case AuditAct.ADDRESS_CHANGED:
            return language.text("{person} now signs in with {address}", person=entry.about, address=entry.after)
        case AuditAct.SECOND_FACTOR_ON:
            return language.text("Second factor of {person} turned on", person=entry.about)
        case AuditAct.SECOND_FACTOR_OFF:
            return language.text("Second factor of {person} turned off", person=entry.about)
        case AuditAct.SECOND_FACTOR_RESET:
            return language.text("Second factor of {person} removed by an administrator", person=entry.about)
        case AuditAct.IDENTITY_LINKED | AuditAct.IDENTITY_UNLINKED:
            return _of_identity(entry, language)
        case AuditAct.RECOVERY_CODES_MADE:
            return language.text("New recovery codes made for {person}", person=entry.about)
        case _:
            return language.text("A recovery code of {person} used", person=entry.about)


def _changed(entry: AuditEntry, language: Language) -> str:
    thing = key_words(entry.about, language)
    before, after = (_short(each) for each in (entry.before, entry.after))
    if not before:
        return language.text("{thing}: {after}", thing=thing, after=after)
    if not after:
        return language.text("{thing}: {before} removed", thing=thing, before=before)
    return language.text("{thing}: {before} → {after}", thing=thing, before=before, after=after)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
