"""Rules on partners and staff who are told of answers by mail: added, removed."""

from dataclasses import dataclass

from starlette.responses import Response

from ....actions.consent import find, follow_ups
from ....actions.consent.follow_ups import NotStaff, RuleRefused, ToldAlready
from ....domain.errors import NotFound, UnknownPurpose
from ....domain.follow_ups import Audience
from ....domain.ids import read_id
from ....domain.text import one_line
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry

RULES = "/admin/consents/rules"


@dataclass(frozen=True, slots=True)
class RuleLine:
    id: str
    address: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesView:
    """`wrong`: what is wrong with the address; "" for nothing."""

    lines: tuple[RuleLine, ...]
    purposes: tuple[MenuEntry, ...]
    audiences: tuple[MenuEntry, ...]
    action: str
    remove: str
    did: str
    address: str
    wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/rules"""
    return _page(request)


def add(request: SignedInRequest) -> Response:
    """POST /admin/consents/rules: `purpose`, `audience`, `address`."""
    form, language = request.form, request.language
    try:
        follow_ups.add_mail(
            request.rt,
            form.get("purpose", ""),
            Audience.STAFF if form.get("audience") == Audience.STAFF else Audience.PARTNER,
            form.get("address", ""),
            by=request.actor,
            now=request.now,
        )
    except NotStaff:
        return _page(request, wrong=language.text("None of your staff signs in with this address"))
    except RuleRefused:
        return _page(request, wrong=language.text("Write one email address, like data@example.org"))
    except ToldAlready:
        return _page(request, wrong=language.text("This address is already told about this purpose"))
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return see_other(request.href(RULES, did="added"))


def remove(request: SignedInRequest) -> Response:
    """POST /admin/consents/rules/remove: `id`. Raises NotFound."""
    follow_ups.remove(request.rt, read_id(request.form.get("id", "")), by=request.actor, now=request.now)
    return see_other(request.href(RULES, did="removed"))


def _page(request: SignedInRequest, *, wrong: str = "") -> Response:
    language, form = request.language, request.form
    names = dict(find.purposes_for(request.rt, language.code))
    view = RulesView(
        lines=tuple(
            RuleLine(
                str(each.id),
                each.address,
                language.text(
                    "{audience} · “{purpose}” · added by {by}",
                    audience=_audience(each.audience, language),
                    purpose=names.get(each.purpose, each.purpose),
                    by=each.by,
                ),
            )
            for each in follow_ups.listed_mails(request.rt)
        ),
        purposes=tuple(MenuEntry(slug, name, slug == form.get("purpose")) for slug, name in names.items()),
        audiences=tuple(
            MenuEntry(each, _audience(each, language), each == form.get("audience", Audience.PARTNER))
            for each in (Audience.PARTNER, Audience.STAFF)
        ),
        action=request.href(RULES),
        remove=request.href(f"{RULES}/remove"),
        did=_did(request.query.get("did", ""), language),
        address=one_line(form.get("address", "")) if wrong else "",
        wrong=wrong,
    )
    return page(request, "admin/consents/mail_rules.html", view, desk_frame(request), status=422 if wrong else 200)


def _audience(audience: Audience, language: Language) -> str:
    return language.text("A partner") if audience is Audience.PARTNER else language.text("Staff")


def _did(did: str, language: Language) -> str:
    match did:
        case "added":
            return language.text("From now on, each new yes is emailed there.")
        case "removed":
            return language.text("It is no longer told anything.")
        case _:
            return ""
