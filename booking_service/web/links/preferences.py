"""The page about one's own data: reduced behind the link in mails, complete behind a fresh one.

Less use happens at once, unless the organisation wants it confirmed; more waits for a mail. Viewing changes nothing.
"""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.consent.profile import LONGEST, ValueTooLong
from ...actions.privacy import less_use, links, more_use, own_field_changes
from ...actions.privacy import preferences as own_page
from ...actions.privacy.own_field_changes import ChangeOutcome, FieldRefused
from ...actions.privacy.preferences import OwnChoice, SeenPreferences
from ...deletion_words import bookings_named, what_follows, within
from ...domain.consent_moves import ConsentRefused
from ...domain.errors import LinkOver, NotFound, TextChanged
from ...domain.privacy import ErasurePreview, Wish
from ...domain.purposes import Part, PurposeKind
from ...domain.text import one_line
from ..http.forms import too_long
from ..http.mail_delay import own_delay_words
from ..http.request import PageRequest
from ..http.responses import see_other
from ..parts.own_choices import PreferencesView, Reading, block, erasing_words, preferences_view
from ..parts.own_fields import TypedField, missing_words, unchangeable_words
from ..parts.stamps import stamp
from .contact_page import ContactPage, erased_words, found, press_of
from .refusals import refused_words

_PAGE = "/preferences"
_ENDS = frozenset({"end", "end-again", "end-mails"})
_WISHES = {"resume": Wish.RESUME, "data": Wish.DATA, "keep": Wish.KEEP}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedView:
    """What was ended a moment ago, with a way back. `key`: of the purpose, "" where all mails were; `wording`: the hash of its
    texts, of which this page shows the name."""

    title: str
    action: str
    key: str
    wording: str
    back: str
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SureView:
    """What will happen, before it does. `button`: "" where there is nothing to press. `cancels`: coming bookings may be cancelled
    with it; `only_cancels`: nothing else is done, as the rest was asked for before."""

    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    points: tuple[str, ...]
    button: str
    action: str
    back: str
    key: str = ""
    cancels: bool = False
    only_cancels: bool = False


def show(request: PageRequest) -> Response:
    """GET /preferences/{token}: what is stored and used; `off` names what was just ended."""
    try:
        page, seen = _opened(request)
    except LinkOver:
        return see_other(request.href(_PAGE, over="1"))
    ended = _ended(request.query.get("off", ""), seen, page)
    if ended is not None:
        return page.respond("links/preferences_off.html", ended)
    same = request.query.get("same", "")
    view = _view(seen, page, typed=TypedField(slug=same, same=True) if same else None)
    return page.respond("links/preferences.html", view)


def change(request: PageRequest) -> Response:
    """POST /preferences/{token}: `act` and, where needed, the `purpose`; or a `field` with its new `value`."""
    try:
        page, seen = _opened(request, ends=request.form.get("act") in _ENDS)
    except LinkOver:
        return see_other(request.href(_PAGE, over="1"))
    try:
        return _change(request, page, seen)
    except ConsentRefused as refusal:
        view = _view(seen, page, refused=refused_words(refusal, page.language))
        return page.respond("links/preferences.html", view, status=409)
    except TextChanged:
        text = page.language.text(
            "Its text has changed in the meantime. Read it again, and press once more if you agree."
        )
        page, seen = _opened(request)
        return page.respond("links/preferences.html", _view(seen, page, refused=text), status=422)
    except FieldRefused as refusal:
        text = unchangeable_words(refusal.why, page.language)
        page, seen = _opened(request)
        return page.respond("links/preferences.html", _view(seen, page, refused=text), status=409)


def show_revoke(request: PageRequest) -> Response:
    """GET /preferences/{token}/revoke/{name}: asks before a field is erased."""
    page, seen = _whole(request)
    choice = seen.choice(request.params["name"])
    if choice is None or choice.purpose.kind is not PurposeKind.FIELD:
        raise NotFound("no field hangs on this purpose")
    language, waits = page.language, seen.rules.confirm_withdrawals_too and choice.standing.granted
    view = SureView(
        title=language.text("Erase this: {what}?", what=choice.texts[Part.NAME]),
        lead=_erased_when(choice, seen, page),
        facts=(),
        points=(),
        button=language.text("Email me the link to erase it") if waits else language.text("Erase it"),
        action=page.href(request.page_path),
        back=page.href(request.page_path),
        key=choice.purpose.slug,
    )
    return page.respond("links/preferences_sure.html", view)


def show_stop(request: PageRequest) -> Response:
    """GET /preferences/{token}/stop: asks before all use of the data ends."""
    page, seen = _whole(request)
    language = page.language
    points = [language.text("You can lift it here at any time; we confirm that by email.")]
    if seen.bookings:
        points.insert(0, language.text("Your bookings stay, and emails about them still come."))
    view = SureView(
        title=language.text("Stop using my data?"),
        lead=language.text(
            "At once: no list, no call, no passing on. Nobody at {organisation} can change your record or use it, only keep "
            "it.",
            organisation=seen.organisation.name,
        ),
        facts=(),
        points=tuple(points),
        button=language.text("Stop using my data"),
        action=page.href(request.path),
        back=page.href(request.page_path),
    )
    return page.respond("links/preferences_sure.html", view)


def stop(request: PageRequest) -> Response:
    """POST /preferences/{token}/stop"""
    page, _ = _whole(request, ends=True)
    less_use.stop(
        request.rt, request.params["token"], press=press_of(request, page.language, page=_PAGE), now=request.now
    )
    return see_other(page.href(request.page_path))


def show_delete(request: PageRequest) -> Response:
    """GET /preferences/{token}/delete: what goes, what stays, until when; or the open deletion."""
    page, seen = _whole(request)
    language, ahead = page.language, seen.foreseen
    if ahead is None:
        raise NotFound("this link opens the mail options only")
    if seen.erasing is not None:
        return page.respond("links/preferences_sure.html", _waits_already(ahead, seen, page))
    view = SureView(
        title=language.text("Delete my data?"),
        lead=language.text("We send you a link first. After you press the button there, this happens:"),
        facts=what_follows(
            ahead,
            language,
            zone=page.zone_of(seen.zone),
            when=within(ahead, language, stamp=lambda instant: stamp(language, instant, seen.zone)),
            chooses=bool(ahead.cancellable),
        ),
        points=(),
        button=language.text("Email me the link to delete"),
        action=page.href(request.path),
        back=page.href(request.page_path),
        cancels=bool(ahead.cancellable),
    )
    return page.respond("links/preferences_sure.html", view)


def delete(request: PageRequest) -> Response:
    """POST /preferences/{token}/delete: asks the mailbox to confirm."""
    page, _ = _whole(request)
    more_use.ask(
        request.rt,
        request.params["token"],
        Wish.DELETE,
        cancels="cancel" in request.form,
        press=press_of(request, page.language, page=_PAGE),
        now=request.now,
    )
    return see_other(page.href(request.page_path))


def _change(request: PageRequest, page: ContactPage, seen: SeenPreferences) -> Response:
    act, purpose, token = request.form.get("act", ""), request.form.get("purpose", ""), request.params["token"]
    press, here = press_of(request, page.language, page=_PAGE), page.href(request.page_path)
    match act:
        case "end":
            less_use.end(request.rt, token, purpose, press=press, now=request.now)
            return see_other(page.href(request.page_path, off=purpose))
        case "end-again":
            less_use.end_again(request.rt, token, purpose, press=press, now=request.now)
            return see_other(page.href(request.page_path, off=purpose))
        case "end-mails":
            less_use.end_mails(request.rt, token, press=press, now=request.now)
            return see_other(page.href(request.page_path, off="*"))
        case "start" | "again":
            _start(request, page, seen)
        case "resume" | "data" | "keep":
            more_use.ask(request.rt, token, _WISHES[act], press=press, now=request.now)
        case "change" | "empty":
            return _change_field(request, page, seen, request.form.get("value", "") if act == "change" else "")
        case "drop":
            more_use.drop(request.rt, token, request.form.get("change", ""), now=request.now)
        case "link":
            links.ask_again(request.rt, token, now=request.now)
            return see_other(page.href(f"{_PAGE}/sent"))
        case _:
            raise NotFound(f"there is no {act!r} here")
    return see_other(here)


def _change_field(request: PageRequest, page: ContactPage, seen: SeenPreferences, text: str) -> Response:
    """Has the mailbox asked for what is to stand in a field. An empty input takes a value away only where the page showed it there."""
    slug, token, language = request.form.get("field", ""), request.params["token"], page.language
    own = next((each for each in seen.changeable if each.field.slug == slug), None)
    typed = one_line(text)
    if own is not None and own.field.sensitive and not typed and request.form.get("act") == "change":
        return _wrong(page, seen, TypedField(slug=slug, wrong=missing_words(own, language)))
    try:
        asked = own_field_changes.ask(request.rt, token, slug, typed, now=request.now)
    except ValueTooLong as refusal:
        wrong = too_long(language, LONGEST, refusal.count)
        return _wrong(page, seen, TypedField(slug=slug, text=typed, wrong=wrong))
    here = request.page_path
    return see_other(page.href(here, same=slug) + f"#field-{slug}" if asked is ChangeOutcome.SAME else page.href(here))


def _wrong(page: ContactPage, seen: SeenPreferences, typed: TypedField) -> Response:
    return page.respond("links/preferences.html", _view(seen, page, typed=typed), status=422)


def _start(request: PageRequest, page: ContactPage, seen: SeenPreferences) -> None:
    """Has the mailbox asked for a yes. What goes on record as shown is the block of the page that was pressed on: of the one that
    says that something has ended (`again`) the name alone. Raises TextChanged."""
    purpose, choice = request.form.get("purpose", ""), seen.choice(request.form.get("purpose", ""))
    if choice is not None and choice.wording.hex() != request.form.get("wording", ""):
        raise TextChanged(f"what {purpose!r} is has other words now")
    shown = block(choice.texts) if choice is not None else ()
    more_use.ask(
        request.rt,
        request.params["token"],
        Wish.YES,
        purpose=purpose,
        wording=choice.wording if choice is not None else None,
        press=press_of(
            request, page.language, page=_PAGE, shown=shown[:1] if request.form.get("act") == "again" else shown
        ),
        now=request.now,
    )


def _erased_when(choice: OwnChoice, seen: SeenPreferences, page: ContactPage) -> str:
    if seen.rules.confirm_withdrawals_too and choice.standing.granted:
        return page.language.text(
            "We email you a link first. Once you press the button there, it is erased for good: nobody at "
            "{organisation} can enter it again unless you allow it.",
            organisation=seen.organisation.name,
        )
    return erased_words(page.language, seen.organisation)


def _waits_already(ahead: ErasurePreview, seen: SeenPreferences, page: ContactPage) -> SureView:
    """With what is still open: coming bookings that may be cancelled."""
    language = page.language
    theirs = bookings_named(ahead.cancellable, language, zone=page.zone_of(seen.zone))
    told = language.text(
        "Cancelled as soon as you open the link and press the button there: {bookings}.", bookings=theirs
    )
    return SureView(
        title=language.text("You asked for this before"),
        lead=erasing_words(seen, language),
        facts=((language.text("Upcoming bookings"), told),) if theirs else (),
        points=(),
        button=language.text("Email me the link to cancel them") if theirs else "",
        action=page.href(page.request.path),
        back=page.href(page.request.page_path),
        only_cancels=True,
    )


def _view(
    seen: SeenPreferences, page: ContactPage, *, refused: str = "", typed: TypedField | None = None
) -> PreferencesView:
    request = page.request
    reading = Reading(
        language=page.language,
        now=request.now,
        href=page.href,
        path=request.page_path,
        retain_days=request.rt.settings.privacy.retain_days,
        delayed=own_delay_words(request.rt, page.language, seen.contact) if seen.pending else "",
    )
    return preferences_view(seen, reading, refused=refused, typed=typed)


def _opened(request: PageRequest, *, ends: bool = False) -> tuple[ContactPage, SeenPreferences]:
    chosen = request.chosen_language or ""
    token = request.params["token"]
    seen = found(request, lambda: own_page.show(request.rt, token, language=chosen, now=request.now), ends=ends)
    language = request.choose_language(seen.organisation, stored=seen.contact.language)
    return ContactPage(request, seen.organisation, language), seen


def _whole(request: PageRequest, *, ends: bool = False) -> tuple[ContactPage, SeenPreferences]:
    page, seen = _opened(request, ends=ends)
    if not seen.full:
        raise NotFound("this link opens the mail options only")
    return page, seen


def _ended(off: str, seen: SeenPreferences, page: ContactPage) -> EndedView | None:
    """None where nothing was ended, or it stands again."""
    language = page.language
    mails = [each for each in seen.choices if each.purpose.kind is PurposeKind.EMAIL]
    choice = seen.choice(off)
    if off == "*" and mails and all(map(_is_off, mails)):
        title = language.text("All of these emails are off")
    elif choice is not None and _is_off(choice):
        title = language.text("“{what}” is off", what=choice.texts[Part.NAME])
    else:
        return None
    return EndedView(
        title=title,
        action=page.href(page.request.page_path),
        key=off if off != "*" and choice is not None and choice.purpose.active else "",
        wording=choice.wording.hex() if choice is not None else "",
        back=page.href(page.request.page_path),
        full=seen.full,
    )


def _is_off(choice: OwnChoice) -> bool:
    return choice.standing.own_no is not None and not choice.on and not choice.waits
