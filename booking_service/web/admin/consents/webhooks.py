"""Webhooks that are told of answers: added, given a new secret, retried, removed."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import find, follow_ups
from ....actions.consent.follow_ups import SecretChanged, ToldAlready, WebhookRefused
from ....domain.errors import NotFound, UnknownPurpose
from ....domain.ids import read_id
from ....domain.text import one_line
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from ...parts.webhook_lines import ALL_WEBHOOKS, WebhookLine, line, refusal, result_of, secret_changed

WEBHOOKS = "/admin/consents/webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksView:
    """`secret`: of a webhook just added or given a new one, shown this once. `changed`: about a secret replaced
    meanwhile. `of_bookings`: the page of those that are told of bookings."""

    lines: tuple[WebhookLine, ...]
    purposes: tuple[MenuEntry, ...]
    action: str
    rotate: str
    retry: str
    remove: str
    of_bookings: str
    did: str
    secret: str
    changed: str
    url: str
    wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/webhooks"""
    return _page(request)


def add(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks: `purpose`, `url`. The response shows the secret; a repeat adds no second
    webhook."""
    form, language = request.form, request.language
    try:
        _, secret = follow_ups.add(
            request.rt, form.get("purpose", ""), form.get("url", ""), by=request.actor, now=request.now
        )
    except WebhookRefused as error:
        wrong = refusal(error, language, example="https://example.org/consents")
        return _page(request, wrong=wrong, status=422)
    except ToldAlready:
        return _page(request, wrong=language.text("This address is already told about this purpose"), status=422)
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return _page(request, secret=secret)


def rotate(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/rotate: `id`, and the `mark` of the secret to replace. The response shows the new
    one.

    A repeat makes no other. Raises NotFound.
    """
    mark = request.form.get("mark", "")
    try:
        secret = follow_ups.rotate(request.rt, _id(request), mark=mark, by=request.actor, now=request.now)
    except SecretChanged:
        return _page(request, changed=True, status=409)
    return _page(request, secret=secret)


def retry(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/retry: `id`. Raises NotFound."""
    follow_ups.retry(request.rt, _id(request), now=request.now)
    return see_other(request.href(WEBHOOKS, did="retried"))


def remove(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/remove: `id`. Raises NotFound."""
    follow_ups.remove(request.rt, _id(request), by=request.actor, now=request.now)
    return see_other(request.href(WEBHOOKS, did="removed"))


def _page(
    request: SignedInRequest, *, secret: str = "", wrong: str = "", changed: bool = False, status: int = 200
) -> Response:
    language = request.language
    names = dict(find.purposes_for(request.rt, language.code))
    failing = {each.rule.id: each for each in follow_ups.failing(request.rt)}
    chosen = request.form.get("purpose", "")
    view = WebhooksView(
        lines=tuple(
            line(
                each,
                failing.get(each.id),
                about=_about(request, names.get(each.purpose, each.purpose), each.by),
                language=language,
                zone=request.person.zone,
                now=request.now,
            )
            for each in follow_ups.listed(request.rt)
        ),
        purposes=tuple(MenuEntry(slug, name, slug == chosen) for slug, name in names.items()),
        action=request.href(WEBHOOKS),
        rotate=request.href(f"{WEBHOOKS}/rotate"),
        retry=request.href(f"{WEBHOOKS}/retry"),
        remove=request.href(f"{WEBHOOKS}/remove"),
        of_bookings=request.href(ALL_WEBHOOKS),
        did=result_of(request.query.get("did", ""), language),
        secret=secret,
        changed=secret_changed(language) if changed else "",
        url=one_line(request.form.get("url", "")) if wrong else "",
        wrong=wrong,
    )
    return page(request, "admin/consents/webhooks.html", view, desk_frame(request), status=status)


def _about(request: SignedInRequest, purpose: str, by: str) -> str:
    return request.language.text("“{purpose}” · added by {by}", purpose=purpose, by=by)


def _id(request: SignedInRequest) -> UUID:
    return read_id(request.form.get("id", ""))
