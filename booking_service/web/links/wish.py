"""The pages behind the link that confirms a request from the page about one's own data."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.consent.answers import QuestionState
from ...actions.privacy import more_use
from ...actions.privacy.more_use import SeenChange
from ...deletion_words import by_time, what_follows, within
from ...domain.consent_moves import ConsentRefused
from ...domain.own_fields import Unchangeable
from ...domain.people import masked_address
from ...domain.privacy import CONFIRMED_WITHIN, FRESH_FOR, Wish
from ...domain.purposes import Part
from ...language import Language
from ..http.mail_delay import own_delay_words
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.own_fields import unchangeable_words
from ..parts.stamps import stamp
from .contact_page import ContactPage, ends_words, erased_words, found, press_of
from .refusals import refused_words

_PAGE = "/preferences/change"
_MAILED = "mailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WishView:
    """`quote`: the exact text of a yes, in `language` where that differs. `facts`: the consequences. `done`: it worked.

    `button`: "" after a press or expiry; `again`: mails a new link. `hint`: a further remark, with the page
    `preferences`.
    """

    title: str
    lead: str
    action: str
    quote: str = ""
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    language: str = ""
    button: str = ""
    danger: bool = False
    again: bool = False
    done: bool = False
    hint: str = ""
    preferences: str = ""
    refused: str = ""


def show(request: PageRequest) -> Response:
    """GET /preferences/change/{token}: what will be done; changes nothing."""
    page, seen = _opened(request)
    return page.respond("links/wish.html", _view(seen, page))


def confirm(request: PageRequest) -> Response:
    """POST /preferences/change/{token}: do it; with `again`, mail a new link after expiry."""
    page, seen = _opened(request)
    again = "again" in request.form  # on a page that shows no text any more
    press = press_of(request, page.language, page=_PAGE, shown=() if again else _shown(seen))
    token = request.params["token"]
    try:
        if again:
            more_use.ask_anew(request.rt, token, press=press, now=request.now)
            return see_other(page.href(did=_MAILED))
        more_use.confirm(request.rt, token, press=press, now=request.now)
    except ConsentRefused as refusal:
        view = _view(seen, page, refused=refused_words(refusal, page.language))
        return page.respond("links/wish.html", view, status=409)
    return see_other(page.href())


def _opened(request: PageRequest) -> tuple[ContactPage, SeenChange]:
    seen = found(
        request,
        lambda: more_use.show(
            request.rt, request.params["token"], language=request.chosen_language or "", now=request.now
        ),
    )
    language = request.choose_language(seen.organisation, stored=seen.contact.language)
    return ContactPage(request, seen.organisation, language), seen


def _view(seen: SeenChange, page: ContactPage, *, refused: str = "") -> WishView:
    if seen.change.done_at is not None:
        return _done(seen, page)
    if seen.over:
        return _mailed(seen, page) if page.request.query.get("did") == _MAILED else _over(seen, page)
    return _asking(seen, page, refused=refused)


def _asking(seen: SeenChange, page: ContactPage, *, refused: str) -> WishView:
    language, question, own = page.language, seen.question, seen.own_field
    if own is not None and own.refused is not None:
        return _unchangeable(own.refused, _field(seen, language), page)
    _, quote, *notes = _shown(seen) or ("", "")
    return WishView(
        title=_title(seen, language),
        lead=_asked(seen, language),
        action=page.href(),
        quote=quote,
        notes=tuple(note for note in notes if note),
        facts=_follows(seen, page),
        language=question.language if question and question.language != language.code else "",
        button="" if refused else _button(seen, language),
        danger=seen.change.wish is Wish.DELETE or seen.erases or seen.change.empties,
        hint=language.text("You did not ask for this? Close the page; nothing happens."),
        refused=refused,
    )


def _unchangeable(why: Unchangeable, field: str, page: ContactPage) -> WishView:
    language = page.language
    return WishView(
        title=language.text("“{field}” is not changed by this link", field=field),
        lead=unchangeable_words(why, language),
        action=page.href(),
        hint=language.text("Nothing was changed."),
        preferences=page.href("/preferences"),
    )


def _field(seen: SeenChange, language: Language) -> str:
    """The label of the field to be changed."""
    field = seen.own_field.field if seen.own_field is not None else None
    return field.label(language.code) if field is not None else "…"


def _asked(seen: SeenChange, language: Language) -> str:
    time = stamp(language, seen.change.made_at, seen.change.zone)
    address = masked_address(seen.contact.address)
    if seen.change.staff:
        return language.text("You asked us for this on {time}, for {address}.", time=time, address=address)
    return language.text("This was asked for on {time}, on the page about {address}.", time=time, address=address)


def _follows(seen: SeenChange, page: ContactPage) -> tuple[tuple[str, str], ...]:
    """Only the times of coming bookings, as the link may have been forwarded; its mail names them."""
    language, ahead = page.language, seen.foreseen
    if seen.erases:
        return ((language.text("Stored data"), erased_words(language, seen.organisation)),)
    if seen.own_field is not None and seen.own_field.value:
        return ((language.text("New value"), seen.own_field.value),)
    if ahead is None:
        return ()
    when = within(ahead, language, stamp=lambda instant: stamp(language, instant, seen.change.zone))
    if ahead.after and not ahead.open:
        due = stamp(language, page.request.now + ahead.after, seen.change.zone)
        when = language.text("By {time} at the latest. You get one last email when it is done.", time=due)
    return what_follows(ahead, language, zone=page.zone_of(seen.change.zone), when=when, named=by_time)


def _shown(seen: SeenChange) -> tuple[str, ...]:
    """The block that a yes is about, as this page shows it; empty for other requests."""
    texts = seen.question.texts if seen.question else None
    return tuple(texts[part] for part in (Part.NAME, Part.BOX, Part.BENEFIT, Part.POLICY)) if texts else ()


def _title(seen: SeenChange, language: Language) -> str:
    match seen.change.wish:
        case Wish.YES:
            return language.text("Yes to “{what}”?", what=seen.question.texts[Part.NAME] if seen.question else "")
        case Wish.RESUME:
            return language.text("Use my data again?")
        case Wish.DATA:
            return language.text("Send me all of my data?")
        case Wish.DELETE if _only_cancels(seen):
            return language.text("Cancel my upcoming bookings?")
        case Wish.DELETE:
            return language.text("Delete my data now?")
        case Wish.KEEP:
            return language.text("Take the deletion back?")
        case Wish.CHANGE:
            return _change_title(seen, language)
        case Wish.NO:
            return language.text("End “{what}”?", what=seen.name)
        case Wish.NO_MAILS:
            return language.text("Stop all of these emails?")


def _button(seen: SeenChange, language: Language) -> str:
    match seen.change.wish:
        case Wish.YES:
            name = seen.question.texts[Part.NAME] if seen.question else ""
            return language.text("Yes, confirm “{what}”", what=name)
        case Wish.RESUME:
            return language.text("Use my data again")
        case Wish.DATA:
            return language.text("Send me a link to my data")
        case Wish.DELETE if _only_cancels(seen):
            return language.text("Cancel my upcoming bookings")
        case Wish.DELETE:
            return language.text("Delete my data")
        case Wish.KEEP:
            return language.text("Take the deletion back")
        case Wish.CHANGE:
            return _change_button(seen, language)
        case Wish.NO:
            return language.text("End “{what}”", what=seen.name)
        case Wish.NO_MAILS:
            return language.text("Stop all of these emails")


def _change_title(seen: SeenChange, language: Language) -> str:
    field = _field(seen, language)
    if seen.change.empties:
        return language.text("Empty “{field}”?", field=field)
    return language.text("Change “{field}”?", field=field)


def _change_button(seen: SeenChange, language: Language) -> str:
    field = _field(seen, language)
    if seen.change.empties:
        return language.text("Empty “{field}”", field=field)
    return language.text("Change “{field}”", field=field)


def _only_cancels(seen: SeenChange) -> bool:
    """An open deletion exists, so this only cancels bookings."""
    return seen.foreseen is not None and seen.foreseen.open is not None


def _over(seen: SeenChange, page: ContactPage) -> WishView:
    language = page.language
    return WishView(
        title=language.text("This link has expired"),
        lead=language.text(
            "It ended on {time}. Nothing was changed.",
            time=stamp(language, seen.change.until, seen.change.zone),
        ),
        action=page.href(),
        again=True,
        hint=language.text("It was not kept. The new link opens your page, where you can ask for it again.")
        if seen.change.wish is Wish.CHANGE
        else "",
    )


def _mailed(seen: SeenChange, page: ContactPage) -> WishView:
    language = page.language
    works_for = FRESH_FOR if seen.change.wish is Wish.CHANGE else CONFIRMED_WITHIN
    return WishView(
        title=language.text("Check your inbox"),
        lead=language.text(
            "If this can still be done, a new link is on its way to {address}, or already there. It works for {time}.",
            address=masked_address(seen.contact.address),
            time=language.duration(works_for),
        ),
        action=page.href(),
        hint=own_delay_words(page.request.rt, language, seen.contact),
    )


def _done(seen: SeenChange, page: ContactPage) -> WishView:
    title, lead, hint = _outcome(seen, page.language)
    return WishView(
        title=title, lead=lead, action=page.href(), done=True, hint=hint, preferences=page.href("/preferences")
    )


def _outcome(seen: SeenChange, language: Language) -> tuple[str, str, str]:
    """Title, sentence, and a further remark."""
    time = stamp(language, seen.change.done_at or seen.change.made_at, seen.change.zone)
    match seen.change.wish:
        case Wish.YES:
            name = seen.question.texts[Part.NAME] if seen.question else ""
            if seen.question and seen.question.state is QuestionState.CONFIRMED and not seen.question.standing.granted:
                return (
                    language.text("“{what}” has ended", what=name),
                    language.text("It was confirmed on {time}, and has ended since.", time=time),
                    "",
                )
            hint = ends_words(language, [seen.question.purpose.kind] if seen.question else [])
            return language.text("“{what}” is on", what=name), language.text("Confirmed on {time}.", time=time), hint
        case Wish.RESUME:
            again = language.text("What you agreed to before applies again from now on; what you ended stays ended.")
            return language.text("Your data may be used again"), language.text("Confirmed on {time}.", time=time), again
        case Wish.DATA:
            lead = language.text("A link to everything we hold about you is on its way to your mailbox.")
            return language.text("Your data is on its way"), lead, ""
        case Wish.CHANGE:
            newer = seen.own_field is not None and seen.own_field.newer
            since = language.text("Something else has been entered there since.") if newer else ""
            field = _field(seen, language)
            title = (
                language.text("“{field}” is empty now", field=field)
                if seen.change.empties
                else language.text("“{field}” is changed", field=field)
            )
            return title, language.text("Confirmed on {time}.", time=time), since
        case Wish.KEEP if seen.request is None:
            lead = language.text("On {time} the deletion was no longer waiting. Nothing was changed.", time=time)
            return language.text("It could not be taken back"), lead, ""
        case Wish.NO | Wish.NO_MAILS:
            return _ended(seen, language, time=time)
        case Wish.DELETE | Wish.KEEP:
            return _deletion(seen, language)


def _ended(seen: SeenChange, language: Language, *, time: str) -> tuple[str, str, str]:
    """What became of a no; a later yes is mentioned."""
    all_mails = seen.change.wish is Wish.NO_MAILS
    if seen.stands:
        title = (
            language.text("You agreed to emails again")
            if all_mails
            else language.text("“{what}” is on again", what=seen.name)
        )
        return title, language.text("It was ended on {time}, and has been agreed to again since.", time=time), ""
    title = (
        language.text("All of these emails are off") if all_mails else language.text("“{what}” is off", what=seen.name)
    )
    return title, language.text("Ended on {time}.", time=time), ""


def _deletion(seen: SeenChange, language: Language) -> tuple[str, str, str]:
    """The state of a wish to be erased."""
    zone, request = seen.change.zone, seen.request
    at = stamp(language, (request and request.done_at) or seen.change.done_at or seen.change.made_at, zone)
    if request is not None and request.taken_back:
        hint = language.text("Bookings that were cancelled stay cancelled.")
        return language.text("Your data stays"), language.text("The deletion was taken back on {time}.", time=at), hint
    if request is not None and request.refusal:
        told = language.text("It was refused on {time}. An email says why.", time=at)
        return language.text("Your data will not be deleted"), told, ""
    due = stamp(language, request.due_at, zone) if request else at
    lead = language.text("By {time} at the latest. You get one last email when it is done.", time=due)
    reference = request.reference if request else ""
    hint = language.text("Reference {reference}, if you want to ask about it.", reference=reference)
    return language.text("Your data will be deleted"), lead, hint
