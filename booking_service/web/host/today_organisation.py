"""What the organisation needs of staff and administrators, on their Today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...actions.access import attack, flood
from ...actions.calendar import erase_event
from ...actions.consent import follow_ups, reviews
from ...actions.consent.follow_ups import FailingWebhook
from ...actions.operations import backup, outbox_effects
from ...actions.privacy import requests
from ...actions.privacy.requests import Waiting
from ...domain.availability import local_date
from ...domain.roles import ADMINS, STAFF
from ...language import Language
from ..http.signed_in_pages import SignedInRequest
from ..parts.webhook_lines import ALL_WEBHOOKS, WEBHOOKS
from .booking_words import short_instant

_MOST_DELETIONS = 3
_MOST_REVIEWS = 3


@dataclass(frozen=True, slots=True)
class NeedLine:
    """`about`: whom it concerns, if anybody."""

    text: str
    href: str
    about: str = ""


def of_organisation(request: SignedInRequest) -> tuple[NeedLine, ...]:
    """By the reader's rights. Eight statements at most, two more for names of purposes, and one per failing webhook."""
    return tuple(_lines(request))


def _lines(request: SignedInRequest) -> Iterator[NeedLine]:
    if request.person.may(STAFF):
        for wish in requests.due_soon(request.rt, limit=_MOST_DELETIONS, now=request.now):
            yield _deletion(request, wish)
        if left := erase_event.count_left(request.rt):
            yield NeedLine(_still_named(left, request.language), request.href("/admin/consents/requests"))
        today = local_date(request.now, request.person.zone)
        for slug, name in reviews.due(request.rt, language=request.language.code, today=today)[:_MOST_REVIEWS]:
            told = request.language.text("The texts and settings of a purpose are due for review")
            yield NeedLine(told, request.href(f"/admin/consents/purposes/{slug}"), name)
    failing = [each for each in follow_ups.failing(request.rt) if each.waiting or each.given_up]
    if request.person.host_id is not None:
        yield from _webhooks(
            request, [each for each in failing if each.rule.host_id == request.person.host_id], WEBHOOKS
        )
    if request.person.may(ADMINS):
        yield from _of_the_service(request, [each for each in failing if each.rule.host_id is None])


def _of_the_service(request: SignedInRequest, failing: Sequence[FailingWebhook]) -> Iterator[NeedLine]:
    if found := _attack(request):
        yield NeedLine(found, request.href("/admin/limits"))
    for sign in flood.show(request.rt):
        yield NeedLine(request.language.sentence(sign), request.href("/admin/limits"))
    if told := _backup(request):
        yield NeedLine(told, request.href("/admin/status"))
    yield from _webhooks(request, [each for each in failing if each.rule.purpose], "/admin/consents/webhooks")
    yield from _webhooks(request, [each for each in failing if not each.rule.purpose], ALL_WEBHOOKS)
    if dead := outbox_effects.count_dead(request.rt):
        told = request.language.plural("{count} task could not be done", "{count} tasks could not be done", dead)
        yield NeedLine(told, request.href("/admin/outbox"))


def _still_named(count: int, language: Language) -> str:
    return language.plural(
        "{count} past event still names somebody who was erased",
        "{count} past events still name people who were erased",
        count,
    )


def _deletion(request: SignedInRequest, wish: Waiting) -> NeedLine:
    language, contact = request.language, wish.contact
    text = language.text(
        "A deletion is due: {day}", day=language.day(local_date(wish.request.due_at, request.person.zone))
    )
    return NeedLine(
        text,
        request.href(f"/admin/consents/requests/{wish.request.id}"),
        contact.name or contact.address or contact.phone,
    )


def _attack(request: SignedInRequest) -> str:
    found, zone = attack.show(request.rt), request.person.zone
    if found is None or not found.on(request.now):
        return ""
    until = request.language.instant(found.until, zone, today=local_date(request.now, zone))
    return request.language.text("“Under attack” is on until {until}", until=until)


def _webhooks(request: SignedInRequest, failing: Sequence[FailingWebhook], path: str) -> Iterator[NeedLine]:
    """The failing webhook by address; several by number. `path`: the page that lists them."""
    language = request.language
    if len(failing) > 1:
        yield NeedLine(language.text("{count} webhooks are failing", count=len(failing)), request.href(path))
    elif failing:
        rule = failing[0].rule
        since = short_instant(rule.failing_since or request.now, request.person.zone, language, now=request.now)
        yield NeedLine(
            language.text("A webhook has been failing since {time}", time=since), request.href(path), rule.url
        )


def _backup(request: SignedInRequest) -> str:
    last, language = backup.last(request.rt), request.language
    if not backup.backup_due(request.rt, last, now=request.now):
        return ""
    if last is None:
        return language.text("No backup was made yet.")
    return language.text("The last backup is {time} old.", time=language.duration(request.now - last.at))
