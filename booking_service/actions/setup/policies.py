"""Policies for all hosts: shown with who set them, changed on a page, recorded under the keys of the setup file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from ...domain.meeting import DoubleOptIn
from ...domain.policies import Policies, SetBy
from ...domain.retention import cutoffs
from ...runtime import Runtime
from ...storage import audit, changes, hosts, meetings, purposes, retention
from ...storage.engine import snapshot, transaction
from ..consent import news
from .file.purposes import consents_tree
from .file.write import Tree, flat, organisation_tree
from .record import record

_ABOVE = ("organisation.", "consents.")  # prefixes of the keys of policies


class PoliciesChanged(Exception):
    """Somebody else saved policies since the page was shown. `standing`: as they are now."""

    def __init__(self, standing: Policies) -> None:
        super().__init__("policies were changed meanwhile")
        self.standing = standing


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesInForce:
    """The policies. `set_by`: by key, who set it last.

    `without`: how many of the active `meeting_types` need no confirmation.
    """

    policies: Policies
    set_by: Mapping[str, SetBy]
    without: int
    meeting_types: int


@dataclass(frozen=True, slots=True)
class ErasedByPolicy:
    """What would be erased at once: details of bookings, and entries of the audit log."""

    bookings: int
    entries: int


def show(rt: Runtime) -> PoliciesInForce:
    with snapshot(rt.engine) as session:
        opt_ins = meetings.opt_ins(session)
        return PoliciesInForce(
            policies=_policies(session),
            set_by=_set_by(session),
            without=opt_ins.count(DoubleOptIn.OFF),
            meeting_types=len(opt_ins),
        )


def keys_of(policies: Policies) -> dict[str, str]:
    """The policies by key of the setup file, without empty ones."""
    return flat(_tree(policies))


def reason_for(rt: Runtime, key: str) -> str:
    """The reason given when this policy was last set; "" for none."""
    with snapshot(rt.engine) as session:
        found = changes.latest_of_each(session, key)
    return found[key].reason if key in found else ""


def erased_by(rt: Runtime, wanted: Policies, *, now: datetime) -> ErasedByPolicy:
    """What these policies would erase."""
    organisation = wanted.organisation
    days = organisation.days_kept(rt.settings.privacy.retain_days)
    with snapshot(rt.engine) as session:
        return ErasedByPolicy(
            bookings=retention.count(session, cutoffs(now=now, retain_days=days)),
            entries=audit.old(session, before=now - timedelta(days=organisation.audit_days)),
        )


def save(rt: Runtime, before: Policies, after: Policies, *, by: str, reason: str, now: datetime) -> None:
    """Raises PoliciesChanged: they are no longer as in `before`."""
    with transaction(rt.engine) as session:
        hosts.lock_organisation(session)
        standing = _policies(session)
        if standing != before:
            raise PoliciesChanged(standing)
        if after.organisation != before.organisation:
            hosts.save_organisation(session, after.organisation)
            session.flush()
        if after.rules != before.rules:
            purposes.save_rules(session, after.rules)
        if after.rules.page.active and not before.rules.page.active:
            news.switched_on(session, news.PAGE, by=by, now=now)
        record(session, _tree(before), _tree(after), by=by, reason=reason, now=now)


def _policies(session: Session) -> Policies:
    return Policies(hosts.organisation(session), purposes.rules(session))


def _tree(policies: Policies) -> Tree:
    return {"organisation": organisation_tree(policies.organisation), "consents": consents_tree(policies.rules)}


def _set_by(session: Session) -> Mapping[str, SetBy]:
    latest = changes.latest_of_each(session, *_ABOVE)
    return {key: SetBy(each.by, each.at, each.reason) for key, each in latest.items()}
