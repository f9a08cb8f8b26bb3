"""What pages say of webhooks: what each is told of, whether it hears it, and what became of a press."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...actions.consent.follow_ups import FailingWebhook, WebhookRefused, WebhookUnreachable
from ...domain.availability import local_date
from ...domain.follow_ups import FollowUp
from ...language import Language

WEBHOOKS, ALL_WEBHOOKS = "/host/webhooks", "/admin/webhooks"  # of one's own bookings, and of everybody's


@dataclass(frozen=True, slots=True)
class WebhookLine:
    """`mark`: of its secret. `state`: its health in a word or two; `fault`: since when and why it fails, "" for not.

    `tells`: what it has not been told, and when the next try is. `retries`: there is something to retry. `href`: the
    webhook's own page, "" for none.
    """

    id: str
    mark: str
    address: str
    about: str
    state: str = ""
    fault: str = ""
    error: str = ""
    tells: str = ""
    retries: bool = False
    href: str = ""


def line(
    rule: FollowUp,
    failing: FailingWebhook | None,
    *,
    about: str,
    href: str = "",
    language: Language,
    zone: ZoneInfo,
    now: datetime,
) -> WebhookLine:
    if failing is None:
        return WebhookLine(str(rule.id), rule.secret_mark, rule.url, about, href=href)
    rests = rule.rests_until is not None and now < rule.rests_until
    since = language.instant(rule.failing_since or now, zone, today=local_date(now, zone))
    return WebhookLine(
        str(rule.id),
        rule.secret_mark,
        rule.url,
        about,
        state=language.text("Rests") if rests else language.text("Fails"),
        fault=language.text("Fails since {time}", time=since),
        error=rule.error,
        tells=" ".join(_tells(failing, language, zone, now)),
        retries=bool(failing.waiting or failing.given_up),
        href=href,
    )


def refusal(error: WebhookRefused, language: Language, *, example: str) -> str:
    """Why an address is not told."""
    if isinstance(error, WebhookUnreachable):
        return language.text(
            "We can’t send to this address: only public addresses over https are allowed, unless the operator names their network in webhooks.allowed_networks."
        )
    return language.text("Write the whole address, like {example}", example=example)


def secret_changed(language: Language) -> str:
    return language.text("It has a new secret already. If that is not the one that you copied, press again.")


def result_of(did: str, language: Language) -> str:
    """What became of a press on a webhook's buttons."""
    match did:
        case "removed":
            return language.text("It is no longer told anything.")
        case "retried":
            return language.text("It is tried again at once. If that fails, this page says so.")
        case "tested":
            return language.text("A test is on its way. Reload this page to see below what came of it.")
        case "again":
            return language.text("The message is sent again, under the id that it had.")
        case _:
            return ""


def _tells(failing: FailingWebhook, language: Language, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    of_answers = bool(failing.rule.purpose)
    if failing.waiting:
        yield _waits(failing.waiting, language, of_answers=of_answers)
    if failing.given_up:
        yield _given_up(failing.given_up, language, of_answers=of_answers)
    if failing.again_at is None and of_answers:
        yield language.text("It is tried with the next answer.")
    elif failing.again_at is None:
        yield language.text("It is tried with the next change.")
    elif failing.again_at > now:
        again = language.instant(failing.again_at, zone, today=local_date(now, zone))
        yield language.text("It is tried again at {time}.", time=again)
    else:
        yield language.text("It is tried again now.")


def _waits(count: int, language: Language, *, of_answers: bool) -> str:
    if of_answers:
        return language.plural("{count} answer waits for it.", "{count} answers wait for it.", count)
    return language.plural("{count} message waits for it.", "{count} messages wait for it.", count)


def _given_up(count: int, language: Language, *, of_answers: bool) -> str:
    if of_answers:
        return language.plural("{count} answer was given up.", "{count} answers were given up.", count)
    return language.plural("{count} message was given up.", "{count} messages were given up.", count)
