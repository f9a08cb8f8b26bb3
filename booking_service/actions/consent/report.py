"""Numbers of consents by purpose, refusals of the gate, and purposes and records that need attention."""

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
)  # these ask for each yes, and most are not for them


class PurposeFinding(StrEnum):
    """What needs attention about a purpose."""

    REVIEW_DUE = "review-due"
    NO_TEXT = "no-text"  # in the organisation's language
    NO_SOURCE = "no-source"
    NO_ADDRESS = "no-address"  # of a purpose that goes by mail
    NO_NUMBER = "no-number"
    CONTRADICTORY = "contradictory"  # of calls: for another number than the one that would be called
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeReport:
    """A purpose in numbers. `counts`: contacts by standing, and those ever asked; `agreed`: those of them who
    confirmed.

    `refused`: the gate's refusals in the last 30 days by reason. `not_told`: how often a follow-up had nothing that it
    may tell. `findings`: with the number of records; 0 where it is about the purpose itself.
    """

    purpose: Purpose
    name: str
    counts: Mapping[str, int]
    agreed: int
    refused: Mapping[str, int]
    not_told: Mapping[str, int]
    findings: Mapping[PurposeFinding, int]

    @property
    def asked(self) -> int:
        return self.counts.get(EVER_ASKED, 0)

    @property
    def share(self) -> int | None:
        """The percentage of those asked who agreed; None where nobody was."""
        return floor(100 * self.agreed / self.asked + 0.5) if self.asked else None


HEADINGS = (
    *("purpose", "review_on"),
    *(each for each in STANDINGS if each != NEVER),
    *("agreed_of_asked", "refused", "not_told"),
    *(f"finding:{each.value}" for each in PurposeFinding if each is not PurposeFinding.EXPIRED),
)


def cells(found: PurposeReport) -> tuple[str, ...]:
    """A line of the table for programs, under HEADINGS; a finding about the purpose itself is 1."""
    review_on, findings = found.purpose.review_on, found.findings
    return (
        *(found.purpose.slug, review_on.isoformat() if review_on else ""),
        *(str(found.counts.get(each, 0)) for each in STANDINGS if each != NEVER),
        *(str(each) for each in (found.agreed, sum(found.refused.values()), sum(found.not_told.values()))),
        *(
            str(max(findings[each], 1) if each in findings else 0)
            for each in PurposeFinding
            if each is not PurposeFinding.EXPIRED
        ),
    )


def report(rt: Runtime, *, language: str, today: date, now: datetime) -> list[PurposeReport]:
    """Each purpose in its order. Read from the cache, which `verify` compares with the ledger."""
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
) -> dict[PurposeFinding, int]:
    found: dict[PurposeFinding, int] = {}
    if purpose.review_due(today):
        found[PurposeFinding.REVIEW_DUE] = 0
    if purpose.active and default not in texts:
        found[PurposeFinding.NO_TEXT] = 0
    lacking = {PurposeFinding.NO_SOURCE: consent_report.lacking(session, purpose.slug, NO_SOURCE)}
    if purpose.kind is PurposeKind.EMAIL:
        lacking[PurposeFinding.NO_ADDRESS] = consent_report.lacking(session, purpose.slug, NO_ADDRESS)
    if purpose.kind is PurposeKind.PHONE:
        lacking[PurposeFinding.NO_NUMBER] = consent_report.lacking(session, purpose.slug, NO_NUMBER)
        lacking[PurposeFinding.CONTRADICTORY] = consent_report.lacking(session, purpose.slug, CONTRADICTORY)
    lacking[PurposeFinding.EXPIRED] = counts.get(EXPIRED, 0)
    return found | {finding: count for finding, count in lacking.items() if count}
