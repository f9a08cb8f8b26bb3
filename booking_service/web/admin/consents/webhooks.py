"""Webhooks that are told of answers: added, given a new secret, tried again, taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from ....actions.consent import find, follow_ups
from ....actions.consent.follow_ups import (
    FailingWebhook,
    SecretChanged,
    ToldAlready,
    WebhookRefused,
    WebhookUnreachable,
)
from ....domain.availability import local_date
from ....domain.errors import NotFound, UnknownPurpose
from ....domain.follow_ups import FollowUp
from ....domain.ids import read_id
from ....domain.text import one_line
from ....language import Language
from ...http.responses import page, see_other
from ...http.signed_in import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry

WEBHOOKS = "/admin/consents/webhooks"


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """`mark`: of its secret. `fault`: since when and why it fails, "" while it doesn't; `state`: that in a word or two; `tells`: what it was not told yet,
    and when it is tried again; `retries`: whether there is something to try."""

    id: str
    mark: str
    address: str
    about: str
    state: str = ""
    fault: str = ""
    error: str = ""
    tells: str = ""
    retries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksView:
    """`secret`: of the webhook that was just added or has a new one; it is shown this once. `changed`: that it had one already."""

    lines: tuple[WebhookLine, ...]
    purposes: tuple[MenuEntry, ...]
    action: str
    rotate: str
    retry: str
    remove: str
    did: str
    secret: str
    changed: str
    url: str
    wrong: str


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/webhooks"""
    return _page(request)


def add(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks: `purpose`, `url`. The answer shows the secret; sent again it adds no second one."""
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
    except ToldAlready:
        return _page(request, wrong=language.text("This address is told of this purpose already"), status=422)
    except UnknownPurpose as error:
        raise NotFound("there is no such purpose") from error
    return _page(request, secret=secret)


def rotate(request: SignedInRequest) -> Response:
    """POST /admin/consents/webhooks/rotate: `id`, and `mark` of the secret that is replaced. The answer shows the new one; sent again
    it makes no other. Raises NotFound."""
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
            _line(request, each, names.get(each.purpose, each.purpose), failing.get(each.id))
            for each in follow_ups.listed(request.rt)
        ),
        purposes=tuple(MenuEntry(slug, name, slug == chosen) for slug, name in names.items()),
        action=request.href(WEBHOOKS),
        rotate=request.href(f"{WEBHOOKS}/rotate"),
        retry=request.href(f"{WEBHOOKS}/retry"),
        remove=request.href(f"{WEBHOOKS}/remove"),
        did=_told(request.query.get("did", ""), language),
        secret=secret,
        changed=language.text("It has a new secret already. If that is not the one that you copied, press again.")
        if changed
        else "",
        url=one_line(request.form.get("url", "")) if wrong else "",
        wrong=wrong,
    )
    return page(request, "admin/consents/webhooks.html", view, desk_frame(request), status=status)


def _line(request: SignedInRequest, rule: FollowUp, purpose: str, failing: FailingWebhook | None) -> WebhookLine:
    language, about = request.language, _about(request, purpose, rule.by)
    if failing is None:
        return WebhookLine(str(rule.id), rule.secret_mark, rule.url, about)
    rests = rule.rests_until is not None and request.now < rule.rests_until
    return WebhookLine(
        str(rule.id),
        rule.secret_mark,
        rule.url,
        about,
        state=language.text("Rests") if rests else language.text("Fails"),
        fault=language.text("Fails since {time}", time=_when(request, rule.failing_since or request.now)),
        error=rule.error,
        tells=" ".join(_tells(request, failing)),
        retries=bool(failing.waiting or failing.given_up),
    )


def _tells(request: SignedInRequest, failing: FailingWebhook) -> Iterator[str]:
    language = request.language
    if failing.waiting:
        yield language.plural("{count} answer waits for it.", "{count} answers wait for it.", failing.waiting)
    if failing.given_up:
        yield language.plural("{count} answer was given up.", "{count} answers were given up.", failing.given_up)
    if failing.again_at is None:
        yield language.text("It is tried with the next answer.")
    elif failing.again_at > request.now:
        yield language.text("It is tried again at {time}.", time=_when(request, failing.again_at))
    else:
        yield language.text("It is tried again now.")


def _when(request: SignedInRequest, instant: datetime) -> str:
    zone = request.person.zone
    return request.language.instant(instant, zone, today=local_date(request.now, zone))


def _about(request: SignedInRequest, purpose: str, by: str) -> str:
    return request.language.text("“{purpose}” · added by {by}", purpose=purpose, by=by)


def _id(request: SignedInRequest) -> UUID:
    return read_id(request.form.get("id", ""))


def _told(did: str, language: Language) -> str:
    match did:
        case "removed":
            return language.text("It is told nothing more.")
        case "retried":
            return language.text("It is tried again at once. Where that fails, it says so here.")
        case _:
            return ""
