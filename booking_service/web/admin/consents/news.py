"""News: telling contacts once that the page or a purpose was switched on; the rule on who is told, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from ....actions.consent import find, news
from ....actions.consent.messages import CannotBeWritten, ShownMessage
from ....actions.setup import policies
from ....actions.setup.policies import PoliciesChanged
from ....domain.errors import UnknownPurpose
from ....domain.messages import MessageState
from ....domain.purposes import NewsRules, TellNews
from ....language import Language
from ...http.forms import Problem
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from . import conditions_form
from .conditions_form import ConditionRow
from .message_words import MESSAGES, NEWS_PAGE, EarlierView, about_words, sent_words
from .purpose_words import PURPOSES


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsView:
    """`subjects`: what news can be about. `never`: the rule tells nobody. `problem`: why no list was made."""

    back: str
    action: str
    subjects: tuple[MenuEntry, ...]
    never: bool
    tell: tuple[MenuEntry, ...]
    conditions: tuple[ConditionRow, ...]
    save: str
    seen: str
    outdated: bool
    did: str
    problem: str
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]
    earlier: tuple[EarlierView, ...]


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/news?about="""
    return _page(request)


def draft(request: SignedInRequest) -> Response:
    """POST /admin/consents/news: make the list for `about`; tells nobody."""
    about, person = request.form.get("about", ""), request.person
    try:
        id = news.draft(request.rt, about, by=person.id.hex, called=person.name, now=request.now)
    except (UnknownPurpose, CannotBeWritten):
        told = request.language.text(
            "It can’t be announced: it is not in use, has no text, or by the rule nobody is told."
        )
        return _page(request, problem=told)
    return see_other(request.href(f"{MESSAGES}/{id}"))


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/news/rule: `tell`, and conditions on profiles."""
    form, problems = request.form, list[Problem]()
    before, tell = news.rules(request.rt), form.get("tell", "")
    fields = find.fields_for(request.rt, request.language.code)
    conditions = conditions_form.read(form, fields, before.conditions, request.language, problems)
    if problems:
        return _page(request, problems=tuple(problems))
    wanted = NewsRules(tell=TellNews(tell) if tell in set(TellNews) else before.tell, conditions=conditions)
    standing = policies.show(request.rt).policies
    if form.get("seen", "") != _stamp(standing.rules.news):
        return _page(request, outdated=True)
    if wanted == standing.rules.news:
        return see_other(request.href(NEWS_PAGE, did="same"))
    after = replace(standing, rules=replace(standing.rules, news=wanted))
    try:
        policies.save(request.rt, standing, after, by=request.actor.name, reason="", now=request.now)
    except PoliciesChanged:
        return _page(request, outdated=True)
    return see_other(request.href(NEWS_PAGE, did="saved"))


def _stamp(rule: NewsRules) -> str:
    """A fingerprint by which a form shows the rule it was filled from."""
    filled = {"tell": rule.tell.value, **conditions_form.filled(rule.conditions)}
    return "|".join(f"{name}={text}" for name, text in sorted(filled.items())).replace("\n", "/")


def _page(
    request: SignedInRequest, *, problem: str = "", problems: tuple[Problem, ...] = (), outdated: bool = False
) -> Response:
    language, form = request.language, request.form
    rule, fields = news.rules(request.rt), find.fields_for(request.rt, language.code)
    typed = form if "tell" in form else {"tell": rule.tell.value, **conditions_form.filled(rule.conditions)}
    about = form.get("about", request.query.get("about", ""))
    view = NewsView(
        back=request.href(PURPOSES),
        action=request.href(NEWS_PAGE),
        subjects=tuple(
            MenuEntry(each, name or language.text("The preferences page"), each == about)
            for each, name in news.subjects(request.rt, language.code)
        ),
        never=rule.tell is TellNews.NEVER,
        tell=tuple(MenuEntry(each, _tell(each, language), typed.get("tell") == each) for each in TellNews),
        conditions=conditions_form.rows(typed, fields, rule.conditions, language),
        save=request.href(f"{NEWS_PAGE}/rule"),
        seen=_stamp(rule),
        outdated=outdated,
        did=_did(request.query.get("did", ""), language),
        problem=problem,
        problems=problems,
        wrong={each.field: each.text for each in problems},
        earlier=tuple(
            _earlier(request, each)
            for each in news.latest(request.rt, drafts=True, language=language.code, now=request.now)
        ),
    )
    status = 422 if problem or problems else 409 if outdated else 200
    return page(request, "admin/consents/news.html", view, desk_frame(request), status=status)


def _tell(tell: TellNews, language: Language) -> str:
    names = {
        TellNews.BY_HAND: language.text("when staff start it here"),
        TellNews.AT_ONCE: language.text("automatically, a quarter of an hour after switching on"),
        TellNews.NEVER: language.text("never"),
    }
    return names[tell]


def _earlier(request: SignedInRequest, found: ShownMessage) -> EarlierView:
    language, message = request.language, found.message
    begun = message.queued_at is not None or message.state is MessageState.WAITING
    day = language.long_date((message.queued_at or message.made_at).astimezone(request.person.zone).date())
    return EarlierView(
        subject=about_words(found, language),
        facts=f"{day} · {message.called} · {sent_words(found, language) if begun else language.text('not started yet')}",
        href=request.href(f"{MESSAGES}/{message.id}"),
    )


def _did(did: str, language: Language) -> str:
    match did:
        case "saved":
            return language.text("Saved. It applies from now on.")
        case "same":
            return language.text("That was already recorded. Nothing was changed.")
        case _:
            return ""
