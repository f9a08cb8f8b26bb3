"""Webhooks that are told of bookings and calendars: a host's own, and for administrators all of them, the organisation's too."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from ...actions.consent import follow_ups
from ...actions.consent.follow_ups import (
    MOST,
    FailingWebhook,
    OfChanges,
    SecretChanged,
    ToldAlready,
    TooManyWebhooks,
    WebhookRefused,
)
from ...domain.availability import local_date
from ...domain.errors import NotFound
from ...domain.ids import read_id
from ...domain.text import one_line
from ...domain.webhook_changes import Delivery
from ..http.parsing import read_number
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.webhook_lines import ALL_WEBHOOKS, WEBHOOKS, WebhookLine, line, refusal, result_of, secret_changed

_PAGE = 50  # messages of a webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksView:
    """`everybody`: of the whole organisation. `secret`: of the webhook that was just added; it is shown this once."""

    everybody: bool
    lines: tuple[WebhookLine, ...]
    action: str
    back: str
    did: str
    secret: str
    url: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """One message. `again`: its number, by which it is sent again; "" while it waits for its first try."""

    change: str
    when: str
    state: str
    failed: bool
    error: str
    again: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """`first`, `further`: addresses of the newest messages, where these are others, and of those before these; "" for
    none. `secret`: the new one; it is shown this once. `changed`: that it had a new one already.
    """

    line: WebhookLine
    deliveries: tuple[DeliveryLine, ...]
    first: str
    further: str
    test: str
    retry: str
    rotate: str
    remove: str
    again: str
    back: str
    did: str
    secret: str
    changed: str


def show(request: SignedInRequest) -> Response:
    """GET /host/webhooks, /admin/webhooks"""
    return _list(request)


def add(request: SignedInRequest) -> Response:
    """POST /host/webhooks, /admin/webhooks: `url`. The answer shows the secret; sent again it adds no second one."""
    language, host_id = request.language, None if _everybody(request) else request.host_id
    url = request.form.get("url", "")
    try:
        _, secret = follow_ups.add_of_changes(request.rt, url, host_id=host_id, by=request.actor, now=request.now)
    except WebhookRefused as error:
        return _list(request, wrong=refusal(error, language, example="https://example.org/bookings"))
    except ToldAlready:
        return _list(request, wrong=language.text("There is a webhook for this address already"))
    except TooManyWebhooks:
        return _list(request, wrong=language.text("There are {count} already. Remove one first.", count=MOST))
    return _list(request, secret=secret)


def show_one(request: SignedInRequest) -> Response:
    """GET /host/webhooks/{id}?after=: what it was told, the latest first, or what follows the message of this number. Raises NotFound."""
    return _one(request)


def send_test(request: SignedInRequest) -> Response:
    """POST …/{id}/test: a message about nothing. Raises NotFound."""
    follow_ups.send_test(request.rt, _found(request).rule.id, now=request.now)
    return _seen(request, "tested")


def retry(request: SignedInRequest) -> Response:
    """POST …/{id}/retry: what waits and what was given up, at once. Raises NotFound."""
    follow_ups.retry(request.rt, _found(request).rule.id, now=request.now)
    return _seen(request, "retried")


def send_again(request: SignedInRequest) -> Response:
    """POST …/{id}/again: `number` of one message. Raises NotFound."""
    number = read_number(request.form.get("number", ""))
    if number is None:
        raise NotFound("this is no number")
    follow_ups.redeliver(request.rt, _found(request).rule.id, number, now=request.now)
    return _seen(request, "again")


def rotate(request: SignedInRequest) -> Response:
    """POST …/{id}/rotate: `mark` of the secret that is replaced. The answer shows the new one; sent again it makes no other.
    Raises NotFound."""
    id, mark = _found(request).rule.id, request.form.get("mark", "")
    try:
        secret = follow_ups.rotate(request.rt, id, mark=mark, by=request.actor, now=request.now)
    except SecretChanged:
        return _one(request, changed=True)
    return _one(request, secret=secret)


def remove(request: SignedInRequest) -> Response:
    """POST …/{id}/remove: it is told nothing more. Raises NotFound."""
    follow_ups.remove(request.rt, _found(request).rule.id, by=request.actor, now=request.now)
    return see_other(request.href(_base(request), did="removed"))


def _list(request: SignedInRequest, *, secret: str = "", wrong: str = "") -> Response:
    everybody = _everybody(request)
    failing = {each.rule.id: each for each in follow_ups.failing(request.rt)}
    view = WebhooksView(
        everybody=everybody,
        lines=tuple(
            _line(request, each, failing.get(each.rule.id), href=request.href(f"{_base(request)}/{each.rule.id}"))
            for each in _all(request)
        ),
        action=request.href(_base(request)),
        back=request.href("/host/profile"),
        did=result_of(request.query.get("did", ""), request.language),
        secret=secret,
        url=one_line(request.form.get("url", "")) if wrong else "",
        wrong=wrong,
    )
    return page(request, "host/webhooks.html", view, desk_frame(request), status=422 if wrong else 200)


def _one(request: SignedInRequest, *, secret: str = "", changed: bool = False) -> Response:
    found, language = _found(request), request.language
    failing = {each.rule.id: each for each in follow_ups.failing(request.rt)}
    here, behind = f"{_base(request)}/{found.rule.id}", read_number(request.query.get("after", ""))
    told = follow_ups.deliveries(request.rt, found.rule.id, behind=behind, limit=_PAGE + 1)
    view = WebhookView(
        line=_line(request, found, failing.get(found.rule.id)),
        deliveries=tuple(_delivery(request, each) for each in told[:_PAGE]),
        first=request.href(here) if behind is not None else "",
        further=request.href(here, after=str(told[_PAGE - 1].number)) if len(told) > _PAGE else "",
        test=request.href(f"{here}/test"),
        retry=request.href(f"{here}/retry"),
        rotate=request.href(f"{here}/rotate"),
        remove=request.href(f"{here}/remove"),
        again=request.href(f"{here}/again"),
        back=request.href(_base(request)),
        did=result_of(request.query.get("did", ""), language),
        secret=secret,
        changed=secret_changed(language) if changed else "",
    )
    return page(request, "host/webhook.html", view, desk_frame(request), status=409 if changed else 200)


def _line(request: SignedInRequest, each: OfChanges, failing: FailingWebhook | None, *, href: str = "") -> WebhookLine:
    about, zone = _about(request, each), request.person.zone
    return line(each.rule, failing, about=about, href=href, language=request.language, zone=zone, now=request.now)


def _delivery(request: SignedInRequest, each: Delivery) -> DeliveryLine:
    failed = each.dead_at is not None or bool(each.error and each.done_at is None)
    return DeliveryLine(
        change=each.change.value,
        when=_when(request, each.created_at),
        state=_state(request, each),
        failed=failed,
        error=each.error if failed else "",
        again=str(each.number) if each.done_at or each.dead_at or each.error else "",
    )


def _state(request: SignedInRequest, each: Delivery) -> str:
    language = request.language
    if each.done_at is not None:
        return language.text("Delivered at {time}", time=_when(request, each.done_at))
    if each.dead_at is not None:
        return language.text("Given up at {time}", time=_when(request, each.dead_at))
    if each.due_at > request.now:
        return language.text("Next try at {time}", time=_when(request, each.due_at))
    return language.text("On its way")


def _when(request: SignedInRequest, instant: datetime) -> str:
    zone = request.person.zone
    return request.language.instant(instant, zone, today=local_date(request.now, zone))


def _about(request: SignedInRequest, each: OfChanges) -> str:
    language = request.language
    if each.host is None:
        return language.text("Everybody’s bookings · added by {by}", by=each.rule.by)
    return language.text("Bookings of {host} · added by {by}", host=each.host.name, by=each.rule.by)


def _everybody(request: SignedInRequest) -> bool:
    return request.path.startswith(ALL_WEBHOOKS)


def _base(request: SignedInRequest) -> str:
    return ALL_WEBHOOKS if _everybody(request) else WEBHOOKS


def _all(request: SignedInRequest) -> list[OfChanges]:
    return follow_ups.of_changes(request.rt, None if _everybody(request) else request.host_id)


def _found(request: SignedInRequest) -> OfChanges:
    """Raises NotFound, also for somebody else's."""
    id = read_id(request.params["id"])
    found = next((each for each in _all(request) if each.rule.id == id), None)
    if found is None:
        raise NotFound("there is no such webhook")
    return found


def _seen(request: SignedInRequest, did: str) -> Response:
    return see_other(request.href(f"{_base(request)}/{request.params['id']}", did=did))
