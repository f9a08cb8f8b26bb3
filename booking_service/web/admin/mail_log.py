"""The mail log: who was sent what, and the mail server's reply; searched by address, kind and outcome. Never the
text."""

from dataclasses import dataclass
from typing import assert_never

from starlette.responses import Response

from ...actions.mail import log
from ...actions.mail.log import COUNTED_TO, MailLogPage
from ...domain.effects import MailKind
from ...domain.mail_log import KEPT, LoggedMail, MailCursor, Outcome, SoughtMail
from ...language import Language
from ..http.parsing import read_moment, read_number
from ..http.responses import page
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.mail_names import mail_name
from ..parts.menus import MenuEntry

MAIL_LOG = "/admin/mail"
_LONGEST = 100  # of the search text
_FIELDS = ("q", "kind", "outcome")


@dataclass(frozen=True, slots=True)
class MailLine:
    """`tries`: their number; "" for one. `answer`: the mail server's reply. `look`: the state's class."""

    at: str
    address: str
    kind: str
    tries: str
    answer: str
    message_id: str
    state: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLogView:
    """`count`: the number of mails in words; "" for none, where `none` is the sentence. `first`, `further`: pages
    around."""

    lead: str
    action: str
    language: str
    q: str
    kinds: tuple[MenuEntry, ...]
    outcomes: tuple[MenuEntry, ...]
    count: str
    none: str
    lines: tuple[MailLine, ...]
    first: str
    further: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/mail?q=&kind=&outcome=&after="""
    language, sought, after = request.language, _sought(request), _after(request)
    found = log.find(request.rt, sought, behind=after)
    view = MailLogView(
        lead=language.text(
            "Who was sent what, and what the other server said. Never the text itself. Kept for {days} days.",
            days=KEPT.days,
        ),
        action=request.plain(MAIL_LOG),
        language=request.chosen_language or "",
        q=sought.text,
        kinds=_kinds(sought, language),
        outcomes=tuple(
            MenuEntry(each or "", _outcome(each, language), each is sought.outcome) for each in (None, *Outcome)
        ),
        count=_count(found, language),
        none=_none(sought, language),
        lines=tuple(_line(request, each) for each in found.mails),
        first=request.href(MAIL_LOG, **_query(request)) if after else "",
        further=request.href(MAIL_LOG, **_query(request), after=_written(found.further)) if found.further else "",
    )
    return page(request, "admin/mail_log.html", view, desk_frame(request))


def _sought(request: SignedInRequest) -> SoughtMail:
    """The search in the address; unreadable parts are ignored."""
    kind, outcome = request.query.get("kind", ""), request.query.get("outcome", "")
    return SoughtMail(
        text=" ".join(request.query.get("q", "")[:_LONGEST].split()),
        kinds=_called_alike(MailKind(kind), request.language) if kind in set(MailKind) else (),
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
    )


def _called_alike(kind: MailKind, language: Language) -> tuple[str, ...]:
    """All kinds with the same name: mails to host and invitee share one."""
    return tuple(each for each in MailKind if mail_name(each, language) == mail_name(kind, language))


def _kinds(sought: SoughtMail, language: Language) -> tuple[MenuEntry, ...]:
    """Every name once, under the first kind that has it."""
    firsts: dict[str, MailKind] = {}
    for each in MailKind:
        firsts.setdefault(mail_name(each, language), each)
    choices = (MenuEntry(kind, name, kind in sought.kinds) for name, kind in firsts.items())
    return (MenuEntry("", language.text("All"), not sought.kinds), *choices)


def _query(request: SignedInRequest) -> dict[str, str]:
    return {name: request.query.get(name, "")[:_LONGEST] for name in _FIELDS}


def _after(request: SignedInRequest) -> MailCursor | None:
    instant, _, number = request.query.get("after", "").partition("~")
    at, row = read_moment(instant), read_number(number)
    return None if at is None or row is None else MailCursor(at, row)


def _written(place: MailCursor) -> str:
    return f"{place.at.isoformat()}~{place.number}"


def _count(found: MailLogPage, language: Language) -> str:
    if found.count > COUNTED_TO:
        return language.text("More than {count} emails match", count=COUNTED_TO)
    return language.plural("{count} email matches", "{count} emails match", found.count) if found.count else ""


def _none(sought: SoughtMail, language: Language) -> str:
    if sought == SoughtMail():
        return language.text("No email was sent on these days.")
    return language.text("No email matches.")


def _line(request: SignedInRequest, mail: LoggedMail) -> MailLine:
    language = request.language
    local = mail.at.astimezone(request.person.zone)
    return MailLine(
        at=f"{language.short_day(local.date())}, {language.time_to_the_second(local)}",
        address=mail.address,
        kind=mail_name(mail.kind, language),
        tries=language.plural("{count} try", "{count} tries", mail.tries) if mail.tries > 1 else "",
        answer=mail.answer,
        message_id=mail.message_id,
        state=_outcome(mail.outcome, language),
        look=_LOOKS[mail.outcome],
    )


def _outcome(outcome: Outcome | None, language: Language) -> str:
    """None means all outcomes."""
    match outcome:
        case None:
            return language.text("All")
        case Outcome.ACCEPTED:
            return language.text("Accepted")
        case Outcome.LATER:
            return language.text("Tried again")
        case Outcome.FAILED:
            return language.text("Not sent")
        case Outcome.DROPPED:
            return language.text("No longer needed")
        case _:
            assert_never(outcome)


_LOOKS = {Outcome.ACCEPTED: "", Outcome.LATER: "wait", Outcome.FAILED: "fail", Outcome.DROPPED: "over"}
