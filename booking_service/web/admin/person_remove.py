"""Removing a person, after showing the consequences for their bookings and page."""

from dataclasses import dataclass

from starlette.responses import Response

from ...actions.access.people import LastAdmin
from ...actions.setup import departures
from ...actions.setup.departures import Fate, FateMissing, Leaver
from ...domain.text import several_lines
from ...language import Language
from ..http.forms import too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from .person_page import PEOPLE, person_id, why_refused

WORDS_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveView:
    """`lead`: what is coming. `means`: the consequences in any case. `refused`: why they can't be removed; "" where
    they can.

    `wrong`: what to correct; `wrong_words`: in the words to invitees.
    """

    name: str
    lead: str
    coming: str
    keeps: str
    means: tuple[str, ...]
    tells: bool
    chosen: str
    words: str
    refused: str
    wrong: str
    wrong_words: str
    action: str
    back: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/people/{id}/remove. Raises NotFound."""
    try:
        return _page(request, departures.show(request.rt, person_id(request), now=request.now))
    except LastAdmin as error:
        return _refused(request, error)


def remove(request: SignedInRequest) -> Response:
    """POST /admin/people/{id}/remove. Raises NotFound."""
    chosen, words = request.form.get("what", ""), several_lines(request.form.get("words", ""))
    fate = Fate(chosen) if chosen in {*Fate} else None
    try:
        if len(words) > WORDS_LENGTH:
            wrong_words = too_long(request.language, WORDS_LENGTH, len(words))
            leaver = departures.show(request.rt, person_id(request), now=request.now)
            return _page(request, leaver, words=words, wrong_words=wrong_words)
        departures.leave(request.rt, person_id(request), fate=fate, words=words, by=request.actor, now=request.now)
    except FateMissing:
        leaver = departures.show(request.rt, person_id(request), now=request.now)
        wrong = request.language.text("Choose what happens to the bookings.")
        return _page(request, leaver, words=words, wrong=wrong)
    except LastAdmin as error:
        return _refused(request, error)
    return see_other(request.href(PEOPLE, did="removed"))


def _refused(request: SignedInRequest, error: LastAdmin) -> Response:
    leaver = Leaver(person=error.person, host=None, coming=0, held=0, account=False)
    return _page(request, leaver, refused=why_refused(error, error.person, request.language))


def _page(
    request: SignedInRequest,
    leaver: Leaver,
    *,
    words: str = "",
    refused: str = "",
    wrong: str = "",
    wrong_words: str = "",
) -> Response:
    language, base = request.language, f"{PEOPLE}/{leaver.person.id}"
    coming = leaver.coming
    view = RemoveView(
        name=leaver.person.name,
        lead=_lead(leaver, language),
        coming=language.plural("The {count} booking to come", "The {count} bookings to come", coming) if coming else "",
        keeps=language.text("stay in the calendar of {name}", name=leaver.person.name),
        means=_means(leaver, language),
        tells=bool(coming or leaver.held),
        chosen=request.form.get("what", ""),
        words=words,
        refused=refused,
        wrong=wrong,
        wrong_words=wrong_words,
        action=request.plain(f"{base}/remove"),
        back=request.href(base),
    )
    status = 409 if refused and request.method == "POST" else 422 if wrong or wrong_words else 200
    return page(request, "admin/person_remove.html", view, desk_frame(request), status=status)


def _lead(leaver: Leaver, language: Language) -> str:
    if leaver.host is None:
        return language.text("Nobody can book their time, so nothing else changes.")
    if not leaver.coming and not leaver.held:
        return language.text("There are no upcoming bookings.")
    coming = language.plural("{count} booking is to come.", "{count} bookings are to come.", leaver.coming)
    held = language.plural("{count} hold is open.", "{count} holds are open.", leaver.held)
    return " ".join(text for text, count in ((coming, leaver.coming), (held, leaver.held)) if count)


def _means(leaver: Leaver, language: Language) -> tuple[str, ...]:
    """The consequences, whatever is chosen."""
    means = [language.text("They are signed out everywhere, and no link or password signs them in any more.")]
    if leaver.host is None:
        return tuple(means)
    means.append(language.text("The page /{slug} and all its links close at once.", slug=leaver.host.slug))
    if leaver.held:
        means.append(
            language.plural(
                "{count} hold ends; its invitee is told.",
                "{count} holds end; their invitees are told.",
                leaver.held,
            )
        )
    if leaver.account:
        means.append(
            language.text(
                "The password of the calendar is erased as soon as no booking needs it: at once, or after "
                "the last booking that is kept."
            )
        )
    means.append(
        language.text(
            "Past bookings are kept as long as any others, and consents that people gave stay with the organisation."
        )
    )
    return tuple(means)
