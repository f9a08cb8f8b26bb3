"""What people said, counted by purpose; what was refused to leave; and which purposes and records want to be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import floor

from sqlmodel import Session

from ...domain.contact_filter import (
    CONTRADICTORY,
    EVER_ASKED,
    EXPIRED,
    NEVER,
    NO_ADDRESS,
    NO_NUMBER,
    NO_SOURCE,
    STANDINGS,
)
from ...domain.effects import MailKind
from ...domain.gate import WayOut
from ...domain.purposes import Purpose, PurposeKind, Wording
from ...runtime import Runtime
from ...storage import consent_report, gate_log, hosts, purposes
from ...storage.engine import snapshot
from .find import name_among

REFUSED_WITHIN = timedelta(days=30)
_RULES = (
    WayOut.WEBHOOK.value,
    MailKind.CONSENT_TOLD.value,
)  # they ask of every yes, and most of those are not for them


class Finding(StrEnum):
    """What is to be looked at about a purpose."""

    REVIEW_DUE = "review-due"
    NO_TEXT = "no-text"  # in the organisation's language
    NO_SOURCE = "no-source"
    NO_ADDRESS = "no-address"  # of a purpose that goes by mail
    NO_NUMBER = "no-number"
    CONTRADICTORY = "contradictory"  # of calls: for another number than the one that would be called
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeReport:
    """`counts`: contacts by each standing that a list can be filtered by, and how many were ever asked; `agreed`: of those, who confirmed it, whatever came of it since. `refused`: how often the gate refused in the last 30
    days, by why; `not_told`: how often a rule or webhook found nothing that it may tell. `findings`: with how many records each is about, 0 where it is about the purpose itself."""

    purpose: Purpose
    name: str
    counts: Mapping[str, int]
    agreed: int
    refused: Mapping[str, int]
    not_told: Mapping[str, int]
    findings: Mapping[Finding, int]

    @property
    def asked(self) -> int:
        return self.counts.get(EVER_ASKED, 0)

    @property
    def share(self) -> int | None:
        """Of a hundred who were asked how many agreed; None where nobody was."""
        return floor(100 * self.agreed / self.asked + 0.5) if self.asked else None


HEADINGS = (
    *("purpose", "review_on"),
    *(each for each in STANDINGS if each != NEVER),
    *("agreed_of_asked", "refused", "not_told"),
    *(f"finding:{each.value}" for each in Finding if each is not Finding.EXPIRED),
)


def cells(found: PurposeReport) -> tuple[str, ...]:
    """A line of the table that programs read, under HEADINGS. Of a finding about the purpose itself 1 where it is one."""
    review_on, findings = found.purpose.review_on, found.findings
    return (
        *(found.purpose.slug, review_on.isoformat() if review_on else ""),
        *(str(found.counts.get(each, 0)) for each in STANDINGS if each != NEVER),
        *(str(each) for each in (found.agreed, sum(found.refused.values()), sum(found.not_told.values()))),
        *(str(max(findings[each], 1) if each in findings else 0) for each in Finding if each is not Finding.EXPIRED),
    )


def report(rt: Runtime, *, language: str, today: date, now: datetime) -> list[PurposeReport]:
    """Each purpose in the order that people gave them. Read from the cache that `verify` holds against the ledger."""
    with snapshot(rt.engine) as session:
        known, written = purposes.every(session), purposes.newest_wordings(session)
        counts, since = consent_report.counts(session, known, now=now), now - REFUSED_WITHIN
        default = hosts.organisation(session).default_language
        asked = {each.slug: consent_report.asked(session, each.slug) for each in known}
        return [
            PurposeReport(
                purpose=each,
                name=name_among(written.get(each.slug, {}), each.slug, language, default),
                counts={**counts[each.slug], EVER_ASKED: asked[each.slug][0]},
                agreed=asked[each.slug][1],
                refused=gate_log.refusals(session, each.slug, beside=_RULES, since=since),
                not_told=gate_log.refusals(session, each.slug, only=_RULES, since=since),
                findings=_findings(session, each, counts[each.slug], written.get(each.slug, {}), default, today=today),
            )
            for each in known
        ]


def _findings(
    session: Session,
    purpose: Purpose,
    counts: Mapping[str, int],
    texts: Mapping[str, Wording],
    default: str,
    *,
    today: date,
) -> dict[Finding, int]:
    found: dict[Finding, int] = {}
    if purpose.review_due(today):
        found[Finding.REVIEW_DUE] = 0
    if purpose.active and default not in texts:
        found[Finding.NO_TEXT] = 0
    lacking = {Finding.NO_SOURCE: consent_report.lacking(session, purpose.slug, NO_SOURCE)}
    if purpose.kind is PurposeKind.EMAIL:
        lacking[Finding.NO_ADDRESS] = consent_report.lacking(session, purpose.slug, NO_ADDRESS)
    if purpose.kind is PurposeKind.PHONE:
        lacking[Finding.NO_NUMBER] = consent_report.lacking(session, purpose.slug, NO_NUMBER)
        lacking[Finding.CONTRADICTORY] = consent_report.lacking(session, purpose.slug, CONTRADICTORY)
    lacking[Finding.EXPIRED] = counts.get(EXPIRED, 0)
    return found | {finding: count for finding, count in lacking.items() if count}
