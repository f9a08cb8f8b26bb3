"""What the organisation needs of those who run it, on their Today: each only while there is something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...actions.access import attack, flood
from ...actions.calendar import erase_event
from ...actions.consent import follow_ups, reviews
from ...actions.consent.follow_ups import FailingWebhook
from ...actions.operations import backup, effects
from ...actions.privacy import requests
from ...actions.privacy.requests import Waiting
from ...domain.availability import local_date
from ...domain.roles import ADMINS, STAFF
from ...language import Language
from ..http.signed_in import SignedInRequest
from .booking_words import short_instant

_MOST_DELETIONS = 3
_MOST_REVIEWS = 3


@dataclass(frozen=True, slots=True)
class NeedLine:
    """`about`: whom it is about, where it is about somebody."""

    text: str
    href: str
    about: str = ""


def of_organisation(request: SignedInRequest) -> tuple[NeedLine, ...]:
    """By what the reader may do about it. Eight statements at most, two more for names of purposes, and one of each webhook that fails."""
    return tuple(_lines(request))


def _lines(request: SignedInRequest) -> Iterator[NeedLine]:
    if request.person.may(STAFF):
        for wish in requests.due_soon(request.rt, limit=_MOST_DELETIONS, now=request.now):
            yield _deletion(request, wish)
        if left := erase_event.count_left(request.rt):
            yield NeedLine(_still_named(left, request.language), request.href("/admin/consents/requests"))
        today = local_date(request.now, request.person.zone)
        for slug, name in reviews.due(request.rt, language=request.language.code, today=today)[:_MOST_REVIEWS]:
            told = request.language.text("The texts and settings of a purpose are to be looked at again")
            yield NeedLine(told, request.href(f"/admin/consents/purposes/{slug}"), name)
    if request.person.may(ADMINS):
        yield from _of_the_service(request)


def _of_the_service(request: SignedInRequest) -> Iterator[NeedLine]:
    if found := _attack(request):
        yield NeedLine(found, request.href("/admin/limits"))
    for sign in flood.show(request.rt):
        yield NeedLine(request.language.sentence(sign), request.href("/admin/limits"))
    if told := _backup(request):
        yield NeedLine(told, request.href("/admin/status"))
    if failing := [each for each in follow_ups.failing(request.rt) if each.waiting or each.given_up]:
        yield _webhooks(request, failing)
    if dead := effects.count_dead(request.rt):
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


def _webhooks(request: SignedInRequest, failing: Sequence[FailingWebhook]) -> NeedLine:
    """The one, by its address; of several how many."""
    language, rule, href = request.language, failing[0].rule, request.href("/admin/consents/webhooks")
    if len(failing) > 1:
        return NeedLine(language.text("{count} webhooks fail", count=len(failing)), href)
    since = short_instant(rule.failing_since or request.now, request.person.zone, language, now=request.now)
    return NeedLine(language.text("A webhook fails since {time}", time=since), href, rule.url)


def _backup(request: SignedInRequest) -> str:
    last, language = backup.last(request.rt), request.language
    if not backup.backup_due(request.rt, last, now=request.now):
        return ""
    if last is None:
        return language.text("No backup was made yet.")
    return language.text("The last backup is {time} old.", time=language.duration(request.now - last.at))
