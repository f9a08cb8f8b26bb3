"""The organisation and its hosts."""

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select, update

from ..domain.availability import DateOverride, HolidayRule, WorkingHours, parse_spans, zone_of
from ..domain.people import Host, Organisation
from ..domain.retention import AUDIT_DAYS
from ..domain.roles import SecondFactor
from ..domain.slots import HostLimits
from .meetings import hours_text
from .statements import first_of, one_of, write
from .tables.calendar import AccountRow
from .tables.people import PersonRow
from .tables.setup import HostRow, OrganisationRow

_ORGANISATION = select(OrganisationRow).where(OrganisationRow.id == 1)
_HOST = select(HostRow).where(HostRow.id == bindparam("host_id"))
_BY_SLUG = select(HostRow).where(HostRow.slug == bindparam("slug"))
_CHANGED = (
    update(HostRow)
    .where(col(HostRow.id) == bindparam("host_id"))
    .values(offers_version=col(HostRow.offers_version) + 1)
)


def organisation(session: Session) -> Organisation:
    """Who runs this service; an unnamed organisation before one is set up."""
    return to_organisation(first_of(session, _ORGANISATION))


def most_common_zone(session: Session) -> str:
    """The zone of most hosts; on a tie that of most people who sign in, then the first by name; "" without hosts."""
    people = select(func.count()).select_from(PersonRow).where(PersonRow.zone == HostRow.zone).scalar_subquery()
    by_count = (
        select(HostRow.zone).group_by(HostRow.zone).order_by(func.count().desc(), people.desc(), HostRow.zone).limit(1)
    )
    return session.exec(by_count).first() or ""


def lock_organisation(session: Session) -> None:
    """Lock the organisation's policies until the transaction ends."""
    session.exec(select(OrganisationRow.id).where(OrganisationRow.id == 1).with_for_update()).first()


def to_organisation(row: OrganisationRow | None) -> Organisation:
    if row is None:
        return Organisation(name="")
    return Organisation(
        name=row.name,
        imprint=row.imprint,
        privacy=row.privacy,
        contact=row.contact,
        accent=row.accent,
        logo=row.logo,
        languages=tuple(row.languages),
        default_language=row.default_language,
        doi_forced=row.doi_forced,
        retain_days=row.policies.get("retain_days"),
        audit_days=row.policies.get("audit_days", AUDIT_DAYS),
        second_factor=tuple(SecondFactor(each) for each in row.policies.get("second_factor", ())),
    )


def save_organisation(session: Session, organisation: Organisation) -> None:
    """Insert or update. Its policies are part of what every host offers."""
    session.exec(update(HostRow).values(offers_version=col(HostRow.offers_version) + 1))
    standing = session.get(OrganisationRow, 1)
    session.merge(
        OrganisationRow(
            id=1,
            name=organisation.name,
            imprint=organisation.imprint,
            privacy=organisation.privacy,
            contact=organisation.contact,
            accent=organisation.accent,
            logo=organisation.logo,
            languages=list(organisation.languages),
            default_language=organisation.default_language,
            doi_forced=organisation.doi_forced,
            consents=dict(standing.consents) if standing else {},
            policies={
                "retain_days": organisation.retain_days,
                "audit_days": organisation.audit_days,
                "second_factor": list(organisation.second_factor),
            },
        )
    )


def get(session: Session, host_id: UUID) -> Host:
    return to_host(one_of(session, _HOST, host_id=host_id))


def by_slug(session: Session, slug: str) -> Host | None:
    row = first_of(session, _BY_SLUG, slug=slug)
    return to_host(row) if row else None


def every(session: Session) -> list[Host]:
    return [to_host(row) for row in session.exec(select(HostRow).order_by(col(HostRow.slug)))]


def who_left(session: Session) -> list[Host]:
    """Hosts who left, and of whom a calendar account is still stored."""
    kept = select(AccountRow.id).where(AccountRow.host_id == HostRow.id).exists()
    return [to_host(row) for row in session.exec(select(HostRow).where(col(HostRow.left_at).is_not(None), kept))]


def save(session: Session, host: Host) -> None:
    """Insert or update, and raise the version of the host's offers."""
    standing = session.get(HostRow, host.id)
    row = HostRow(
        id=host.id,
        slug=host.slug,
        name=host.name,
        email=host.email,
        zone=host.zone.key,
        language=host.language,
        hours=hours_text(host.hours),
        overrides=[
            {
                "first_on": o.first_on.isoformat(),
                "last_on": o.last_on.isoformat(),
                "spans": ", ".join(map(str, o.spans)),
                **({"name": o.name} if o.name else {}),
            }
            for o in host.overrides
        ],
        holidays={"region": host.holidays.region, "works_on": list(host.holidays.works_on)},
        per_day=host.limits.per_day,
        per_week=host.limits.per_week,
        listed=host.listed,
        active=host.active,
        accent=host.accent,
        welcome=host.welcome,
        picture=host.picture,
        hold_mark=host.hold_mark,
        paused_until=standing.paused_until if standing else None,  # changed by `pause` only
        left_at=host.left_at,
        offers_version=standing.offers_version + 1 if standing else 0,
    )
    session.merge(row)


def pause(session: Session, host_id: UUID, until: date | None) -> None:
    """Take no bookings before this day, or take them again (None); raises the version of the host's offers."""
    session.exec(update(HostRow).where(col(HostRow.id) == host_id).values(paused_until=until))
    offers_changed(session, host_id)


def offers_changed(session: Session, host_id: UUID) -> None:
    """Raise the version of a host's offers: whatever was computed of them is outdated."""
    write(session, _CHANGED, host_id=host_id)


def to_host(row: HostRow) -> Host:
    return Host(
        id=row.id,
        slug=row.slug,
        name=row.name,
        email=row.email,
        zone=zone_of(row.zone),
        language=row.language,
        hours=WorkingHours(tuple(parse_spans(day) for day in row.hours)),
        overrides=tuple(
            DateOverride(
                date.fromisoformat(o["first_on"]),
                date.fromisoformat(o["last_on"]),
                parse_spans(o["spans"]),
                o.get("name", ""),
            )
            for o in row.overrides
        ),
        holidays=HolidayRule(row.holidays.get("region", ""), tuple(row.holidays.get("works_on", ()))),
        limits=HostLimits(per_day=row.per_day, per_week=row.per_week),
        listed=row.listed,
        active=row.active,
        accent=row.accent,
        welcome=row.welcome,
        picture=row.picture,
        hold_mark=row.hold_mark,
        paused_until=row.paused_until,
        left_at=row.left_at,
    )
