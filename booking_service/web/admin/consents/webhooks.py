"""Webhooks that are told of answers: added, given a new secret, taken away."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import find, follow_ups
from ....actions.consent.append import UnknownPurpose
from ....actions.consent.follow_ups import WebhookRefused, WebhookUnreachable
from ....domain.errors import NotFound
from ....domain.ids import read_id
from ....domain.text import one_line
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry

WEBHOOKS = "/admin/consents/webhooks"


@dataclass(frozen=True, slots=True)
class WebhookLine:
    id: str
    address: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksView:
    """`secret`: of the webhook that was just added or has a new one; it is shown this once."""

    lines: tuple[WebhookLine, ...]
    purposes: tuple[MenuEntry, ...]
    action: str
    rotate: str
    remove: str
    did: str
    secret: str
    url: str
    wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/webhooks"""
    return _page(request)


def add(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks: `purpose`, `url`. The answer shows the secret."""
    form, language = request.form, request.language
    try:
        _, secret = follow_ups.add(
            request.rt, form.get("purpose", ""), form.get("url", ""), by=request.actor, now=request.now
        )
    except WebhookUnreachable:
        wrong = language.text(
            "This address can’t be told: only public ones over https are, unless the operator names their network in webhooks.allowed_networks."
        )
        return _page(request, wrong=wrong, status=422)
    except WebhookRefused:
        wrong = language.text("Write the whole address, like https://example.org/consents")
        return _page(request, wrong=wrong, status=422)
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return _page(request, secret=secret)


def rotate(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/rotate: `id`. The answer shows the new secret. Raises NotFound."""
    return _page(request, secret=follow_ups.rotate(request.rt, _id(request), by=request.actor, now=request.now))


def remove(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/remove: `id`. Raises NotFound."""
    follow_ups.remove(request.rt, _id(request), by=request.actor, now=request.now)
    return see_other(request.href(WEBHOOKS, did="removed"))


def _page(request: SignedInRequest, *, secret: str = "", wrong: str = "", status: int = 200) -> Response:
    language = request.language
    names = dict(find.purposes_for(request.rt, language.code))
    chosen = request.form.get("purpose", "")
    view = WebhooksView(
        lines=tuple(
            WebhookLine(str(each.id), each.url, _about(request, names.get(each.purpose, each.purpose), each.by))
            for each in follow_ups.listed(request.rt)
        ),
        purposes=tuple(MenuEntry(slug, name, slug == chosen) for slug, name in names.items()),
        action=request.href(WEBHOOKS),
        rotate=request.href(f"{WEBHOOKS}/rotate"),
        remove=request.href(f"{WEBHOOKS}/remove"),
        did=_told(request.query.get("did", ""), language),
        secret=secret,
        url=one_line(request.form.get("url", "")) if wrong else "",
        wrong=wrong,
    )
    return page(request, "admin/consents/webhooks.html", view, desk_frame(request), status=status)


def _about(request: SignedInRequest, purpose: str, by: str) -> str:
    return request.language.text("“{purpose}” · added by {by}", purpose=purpose, by=by)


def _id(request: SignedInRequest) -> UUID:
    return read_id(request.form.get("id", ""))


def _told(did: str, language: Language) -> str:
    return language.text("It is told nothing more.") if did == "removed" else ""
