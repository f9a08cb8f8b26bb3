"""The page behind a question's link: what was ticked, word for word, with yes and no; and what became of it."""

from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from ...actions.consent import answers, withdrawals
from ...actions.consent.answers import QuestionState, SeenQuestion, SeenQuestions
from ...domain.consent_moves import ConsentRefused
from ...domain.localized_text import worded
from ...domain.people import masked_address
from ...domain.purposes import Part
from ...language import Language
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.stamps import since, stamp
from .contact_page import ContactPage, ends_words, found, press_of
from .refusals import refused_words

_PAGE = "/preferences/yes"
_ANSWERED = (QuestionState.CONFIRMED, QuestionState.DECLINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question. `outcome`: title and sentence of what became of it; None while open.

    `before`: what stands already, and what a no would do to it. `language`: of its texts, where that differs from the
    page's. `ends`: a yes stands or can be given, and could be ended.
    """

    key: str
    name: str
    asked: str
    box: str
    notes: tuple[str, ...]
    language: str
    before: str
    outcome: tuple[str, str] | None
    confirmed: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """`ends`: how a yes can be ended; "" without one. `preferences`: the page that shows all standings by a mail of its
    own.

    `may_end_mail`: they said no, and may block the mailbox; `blocked`: it is.
    """

    title: str
    lead: str
    questions: tuple[QuestionView, ...]
    action: str
    refused: str
    sender: str
    privacy: str
    open: bool
    ends: str
    preferences: str
    address: str
    may_end_mail: bool
    blocked: bool


def show(request: PageRequest) -> Response:
    """GET /preferences/yes/{token}: what is asked; changes nothing."""
    seen = found(request, lambda: answers.show(request.rt, request.params["token"], now=request.now))
    return _page(request, seen)


def answer(request: PageRequest) -> Response:
    """POST /preferences/yes/{token}: `purpose` and `answer`, yes or no; or `mail`: block or unblock the mailbox."""
    pressed, mail = request.form.get("answer", ""), request.form.get("mail", "")
    look = partial(answers.show, request.rt, request.params["token"], now=request.now)
    seen = found(request, look, ends=pressed == "no" or mail == "never")
    page = _contact_page(request, seen)
    if mail in ("never", "again"):
        _have_mail(request, page, again=mail == "again")
        return see_other(page.href())
    if pressed not in ("yes", "no"):
        return _page(request, seen, status=422)
    purpose = request.form.get("purpose", "")
    shown = next((_shown(each) for each in seen.questions if each.purpose.slug == purpose), ())
    try:
        answers.answer(
            request.rt,
            request.params["token"],
            purpose,
            yes=pressed == "yes",
            press=press_of(request, page.language, page=_PAGE, shown=shown),
            now=request.now,
        )
    except ConsentRefused as refusal:
        again = answers.show(request.rt, request.params["token"], now=request.now)
        return _page(request, again, refused=refused_words(refusal, page.language), status=409)
    return see_other(page.href())


def _have_mail(request: PageRequest, page: ContactPage, *, again: bool) -> None:
    """Block the mailbox and end all use, or unblock it."""
    token, press = request.params["token"], press_of(request, page.language, page=_PAGE)
    if again:
        withdrawals.accept_mail(request.rt, token, now=request.now)
    else:
        withdrawals.refuse_mail(request.rt, token, press=press, now=request.now)


def _page(request: PageRequest, seen: SeenQuestions, *, refused: str = "", status: int = 200) -> Response:
    page = _contact_page(request, seen)
    language, views = page.language, tuple(_question(each, seen, page) for each in seen.questions)
    waits = [each for each in views if each.outcome is None]
    view = ConsentView(
        title=_title(views, language),
        lead=_lead(seen, language),
        questions=views,
        action=page.href(),
        refused=refused,
        sender=page.sender,
        privacy=request.href("/privacy"),
        open=bool(waits),
        ends=ends_words(
            language, [each.purpose.kind for each, of in zip(seen.questions, views, strict=True) if of.ends]
        ),
        preferences=page.href("/preferences"),
        address=masked_address(seen.contact.address),
        may_end_mail=_may_end_mail(seen),
        blocked=seen.blocked,
    )
    return page.respond("links/consent.html", view, status=status)


def _may_end_mail(seen: SeenQuestions) -> bool:
    """Whether they said no, and agree to nothing that was asked here."""
    said_no = any(each.state is QuestionState.DECLINED for each in seen.questions)
    return said_no and not seen.blocked and not any(map(_stands, seen.questions))


def _contact_page(request: PageRequest, seen: SeenQuestions) -> ContactPage:
    language = request.choose_language(seen.organisation, stored=seen.contact.language)
    return ContactPage(request, seen.organisation, language)


def _title(views: tuple[QuestionView, ...], language: Language) -> str:
    waiting = [each for each in views if each.outcome is None]
    if len(views) == 1 and waiting:
        return language.text("Confirm “{what}”?", what=views[0].name)
    if waiting:
        return language.text("Please say yes or no")
    return views[0].outcome[0] if len(views) == 1 and views[0].outcome else language.text("Your answers")


def _lead(seen: SeenQuestions, language: Language) -> str:
    address = masked_address(seen.contact.address)
    if seen.ticked_on is not None:
        title, writer = seen.ticked_on
        return language.text(
            "Somebody ticked this for {address}, on the booking page “{page}”. Only whoever reads the emails to it "
            "can say whether that was intended.",
            address=address,
            page=worded(title, language.code, writer=writer).text,
        )
    if any(each.entry.by_contact for each in seen.questions):
        return language.text(
            "Somebody ticked this for {address}. Only whoever reads the emails to it can say whether that was "
            "intended.",
            address=address,
        )
    return language.text(
        "{organisation} is asking whoever reads the emails to {address}. Nothing has been agreed to yet.",
        organisation=seen.organisation.name,
        address=address,
    )


def _asked(seen: SeenQuestion, time: str, language: Language) -> str:
    if seen.entry.by_contact:
        return language.text("Ticked on {time}", time=time)
    return language.text("Asked on {time}", time=time)


def _question(seen: SeenQuestion, whole: SeenQuestions, page: ContactPage) -> QuestionView:
    language, (name, box, *notes) = page.language, _shown(seen)
    return QuestionView(
        key=seen.purpose.slug,
        name=name,
        asked=_asked(seen, stamp(language, seen.entry.at, whole.zone), language),
        box=box,
        notes=tuple(note for note in notes if note),
        language=seen.language if seen.language != language.code else "",
        before=_before(seen, whole, language) if seen.state is QuestionState.OPEN else "",
        outcome=None if seen.state is QuestionState.OPEN else _outcome(seen, whole, language),
        confirmed=seen.state is QuestionState.CONFIRMED or (seen.state is QuestionState.DECLINED and _stands(seen)),
        ends=seen.state is QuestionState.OPEN or (seen.state in _ANSWERED and _stands(seen)),
    )


def _stands(seen: SeenQuestion) -> bool:
    """Whether it is agreed to now, possibly by another answer."""
    return seen.standing.granted and seen.standing.stopped is None


def _shown(seen: SeenQuestion) -> tuple[str, ...]:
    """The block as this page shows it: name, box and so on; "" for missing parts."""
    return tuple(seen.texts[part] for part in (Part.NAME, Part.BOX, Part.BENEFIT, Part.MAIL, Part.POLICY))


def _before(seen: SeenQuestion, whole: SeenQuestions, language: Language) -> str:
    if not seen.standing.granted or seen.standing.since is None:
        return ""
    return language.text(
        "You already agreed to it, on {time}. A no ends that as well.",
        time=since(language, seen.standing, seen.standing.since, whole.zone),
    )


def _outcome(seen: SeenQuestion, whole: SeenQuestions, language: Language) -> tuple[str, str]:
    """Title and sentence of what became of a question, with later statements."""
    at, name = seen.at or seen.entry.at, seen.texts[Part.NAME]
    time = stamp(language, at, whole.zone)
    match seen.state:
        case QuestionState.CONFIRMED if _stands(seen):
            return language.text("“{what}” is confirmed", what=name), language.text("Confirmed on {time}.", time=time)
        case QuestionState.CONFIRMED:
            return language.text("“{what}” has ended", what=name), language.text(
                "It was confirmed on {time}, and has ended since.", time=time
            )
        case QuestionState.DECLINED if _stands(seen) and seen.standing.since is not None:
            return language.text("“{what}” is confirmed", what=name), language.text(
                "You said no on {time}, and agreed to it later, on {since}.",
                time=time,
                since=since(language, seen.standing, seen.standing.since, whole.zone),
            )
        case QuestionState.DECLINED:
            return language.text("No “{what}”", what=name), language.text(
                "You said no on {time}. Nothing is sent, and you will not be asked again automatically.", time=time
            )
        case QuestionState.LAPSED:
            return language.text("This question is not open any more"), language.text(
                "Nobody answered until {time}. Nothing was changed.", time=time
            )
        case QuestionState.TAKEN_BACK:
            return language.text("This question is not open any more"), language.text(
                "Another email address was entered instead, on {time}. Nothing was changed.", time=time
            )
        case _:
            return language.text("This question is not open any more"), language.text(
                "Something newer was said on {time}. Nothing was changed.", time=time
            )
