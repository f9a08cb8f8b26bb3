"""Purposes set up on pages, recorded under the keys of the setup file, as `apply` does.

Evidence stays valid: a purpose never changes its slug or kind, texts only get newer versions, and a purpose that is
switched off keeps its evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from ...crypto.ids import new_id
from ...domain.effects import MailKind
from ...domain.errors import BookingError, NotFound
from ...domain.mail_texts import ORGANISATION
from ...domain.meeting import ConsentBlock, MeetingType
from ...domain.people import Host
from ...domain.purposes import ConsentRules, Part, Purpose, PurposeKind, Wording, texts_of
from ...runtime import Runtime
from ...storage import access, consent_report, fields, hosts, mail_texts, meetings, purposes
from ...storage.engine import lock_host, snapshot, transaction
from ...storage.fields import ProfileField
from ..consent import news, purpose_standings, staff_names
from ..consent.find import name_among
from .file.purposes import purpose_tree
from .file.write import Tree, meeting_tree
from .names import check_name
from .record import record

NAMES_OF_PAGES = frozenset({"new"})


class PurposeRefused(BookingError):
    """The slug is taken or impossible, or the field that the purpose allows does not exist."""


class PurposeChanged(BookingError):
    """Somebody else changed it since it was shown."""


@dataclass(frozen=True, slots=True)
class PlacedForm:
    """A booking form. `offered`: it offers the purpose, after `position` questions (None: after all)."""

    host: Host
    meeting: MeetingType
    offered: bool
    position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeSummary:
    """`counts`: contacts by standing. `forms`: how many forms offer it."""

    purpose: Purpose
    name: str
    languages: tuple[str, ...]
    counts: Mapping[str, int]
    forms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeShown:
    """Everything about a purpose. `current`: its present texts by language; `versions`: all texts ever.

    `rested`: the number of consents by wording hash; None: given elsewhere. `fields`: for conditions. `writers`: names
    of the texts' authors. `mail_texts`: the organisation's texts for the mail that asks.
    """

    purpose: Purpose
    name: str
    rules: ConsentRules
    counts: Mapping[str, int]
    current: Mapping[str, Wording]
    versions: tuple[Wording, ...]
    rested: Mapping[bytes | None, int]
    forms: tuple[PlacedForm, ...]
    fields: tuple[ProfileField, ...]
    writers: Mapping[str, str]
    mail_texts: tuple[str, ...]

    @property
    def agreed(self) -> int:
        """The number of contacts with a consent, whatever is accepted."""
        return sum(self.rested.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded:
    """The result of new texts. `version`: their number, or the present one where nothing differs.

    `agreed`: consents that rest on earlier texts in any language, and stay so. `asked`: open questions with the earlier
    texts.
    """

    changed: bool
    version: int
    agreed: int
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The result of switching a purpose on or off. `usable`: consents that count only while it is on."""

    changed: bool
    usable: int
    asked: int
    forms: int


def find_all(rt: Runtime, *, language: str, now: datetime) -> list[PurposeSummary]:
    """In the order that people gave them."""
    with snapshot(rt.engine) as session:
        known, written = purposes.every(session), purposes.newest_wordings(session)
        counts = consent_report.counts(session, known, now=now)
        default = hosts.organisation(session).default_language
        blocks = [block.purpose for _, meeting in _meetings(session) for block in meeting.purposes]
        return [
            PurposeSummary(
                purpose=each,
                name=name_among(written.get(each.slug, {}), each.slug, language, default),
                languages=tuple(sorted(written.get(each.slug, {}))),
                counts=counts[each.slug],
                forms=blocks.count(each.slug),
            )
            for each in known
        ]


def show(rt: Runtime, slug: str, *, language: str, now: datetime) -> PurposeShown:
    """Raises NotFound."""
    with snapshot(rt.engine) as session:
        purpose = _found(purposes.find(session, slug))
        current, default = purposes.current_wordings(session, slug), hosts.organisation(session).default_language
        versions = purposes.versions(session, slug)
        return PurposeShown(
            purpose=purpose,
            name=name_among(current, slug, language, default),
            rules=purposes.rules(session),
            counts=consent_report.counts(session, [purpose], now=now)[slug],
            current=current,
            versions=tuple(versions),
            rested=consent_report.by_wording(session, slug),
            forms=tuple(_placed(host, meeting, slug) for host, meeting in _meetings(session)),
            fields=tuple(each for each in fields.every(session) if not each.sensitive),
            writers=staff_names.names(session, {each.made_by for each in versions}),
            mail_texts=tuple(each.name for each in mail_texts.names(session, MailKind.CONFIRM_CONSENT, ORGANISATION)),
        )


def fields_of(rt: Runtime) -> list[ProfileField]:
    """The fields that a purpose can allow to keep."""
    with snapshot(rt.engine) as session:
        return fields.every(session)


def create(
    rt: Runtime,
    slug: str,
    kind: PurposeKind,
    texts: Mapping[Part, str],
    *,
    language: str,
    allows_field: str = "",
    by: str,
    made_by: str,
    now: datetime,
    dry_run: bool = False,
) -> Purpose:
    """Create a purpose as the last one, with its texts in one language. Raises PurposeRefused.

    `by`: the author in the audit log; `made_by`: in the evidence.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        access.one_at_a_time(session, "purposes", "names")
        _refuse(session, slug, kind, allows_field)
        purpose = Purpose(id=new_id(now), slug=slug, kind=kind, allows_field=allows_field)
        purposes.save(session, purpose, position=len(purposes.every(session)))
        purpose_standings.write_down(rt, session, purpose)
        _add(session, purpose, language, texts_of(texts), version=1, made_by=made_by, now=now)
        record(session, {}, _tree(session, purpose), by=by, now=now)
        news.switched_on(session, slug, by=by, now=now)
        return purpose


def save(rt: Runtime, before: Purpose, after: Purpose, *, by: str, now: datetime) -> None:
    """Save everything but its slug, kind and texts. `before`: as it was shown.

    Raises PurposeChanged, NotFound.
    """
    with transaction(rt.engine) as session:
        standing = _found(purposes.lock(session, before.slug))
        if standing != before:
            raise PurposeChanged(f"the purpose {before.slug} was changed meanwhile")
        _save(rt, session, standing, after, by=by, now=now)


def reword(
    rt: Runtime,
    slug: str,
    language: str,
    texts: Mapping[Part, str],
    *,
    seen: int | None = None,
    by: str,
    made_by: str,
    now: datetime,
    dry_run: bool = False,
) -> Reworded:
    """Put a new version of the texts of a language into use; consents to earlier versions stay.

    `seen`: the version it replaces; None: whichever is current. Raises PurposeChanged, NotFound.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        purpose = _found(purposes.lock(session, slug))
        standing = purposes.current_wordings(session, slug).get(language)
        newest, wanted = standing.version if standing else 0, texts_of(texts)
        if seen is not None and seen != newest:
            raise PurposeChanged(f"there is a version {newest} of these texts by now")
        changed = standing is None or standing.texts != wanted
        if changed:
            before = _tree(session, purpose)
            _add(session, purpose, language, wanted, version=newest + 1, made_by=made_by, now=now)
            record(session, before, _tree(session, purpose), by=by, now=now)
        return Reworded(
            changed=changed,
            version=newest + 1 if changed else newest,
            agreed=sum(consent_report.by_wording(session, slug).values()),
            asked=_asked(session, slug, now=now),
        )


def use(rt: Runtime, slug: str, *, active: bool, by: str, now: datetime, dry_run: bool = False) -> Ended:
    """Switch a purpose on or off. While off, it is asked for nowhere and nothing leaves for it; its consents are kept.

    Raises NotFound.
    """
    with snapshot(rt.engine) if dry_run else transaction(rt.engine) as session:
        purpose = _found(purposes.lock(session, slug))
        _save(rt, session, purpose, replace(purpose, active=active), by=by, now=now)
        blocks = [block.purpose for _, meeting in _meetings(session) for block in meeting.purposes]
        return Ended(
            changed=purpose.active is not active,
            usable=sum(consent_report.by_wording(session, slug).values()),
            asked=_asked(session, slug, now=now),
            forms=blocks.count(slug),
        )


def reviewed(rt: Runtime, slug: str, *, again_on: date, by: str, now: datetime) -> None:
    """Record a review, and the date of the next one. Raises NotFound."""
    with transaction(rt.engine) as session:
        purpose = _found(purposes.lock(session, slug))
        _save(rt, session, purpose, replace(purpose, review_on=again_on), by=by, now=now)


def place(rt: Runtime, slug: str, wanted: Mapping[UUID, ConsentBlock | None], *, by: str, now: datetime) -> int:
    """Set the place of the purpose on forms; None removes it, and unnamed forms stay. Returns how many changed.

    Raises NotFound.
    """
    changed = 0
    with transaction(rt.engine) as session:
        _found(purposes.lock(session, slug))
        for host, meeting in sorted(_meetings(session), key=lambda each: each[0].id):
            if meeting.id not in wanted:
                continue
            lock_host(session, host.id)
            session.expire_all()
            standing = meetings.get(session, meeting.id)
            after = _with_block(standing, slug, wanted[meeting.id])
            if after != standing:
                meetings.save(session, after)
                record(session, _of_host(host, standing), _of_host(host, after), by=by, now=now)
                changed += 1
    return changed


def _found(purpose: Purpose | None) -> Purpose:
    if purpose is None:
        raise NotFound("there is no such purpose")
    return purpose


def _refuse(session: Session, slug: str, kind: PurposeKind, allows_field: str) -> None:
    try:
        check_name(slug)
    except ValueError as error:
        raise PurposeRefused(str(error)) from error
    if slug in NAMES_OF_PAGES or purposes.find(session, slug) is not None:
        raise PurposeRefused(f"the name {slug} is taken")
    if kind is PurposeKind.FIELD and fields.find(session, allows_field) is None:
        raise PurposeRefused("say which field it allows us to keep")


def _save(rt: Runtime, session: Session, before: Purpose, after: Purpose, *, by: str, now: datetime) -> None:
    if before == after:
        return
    was = _tree(session, before)
    purposes.save(session, after)
    if before.lasts != after.lasts:
        purpose_standings.write_down(rt, session, after)
    if after.active and not before.active:
        news.switched_on(session, after.slug, by=by, now=now)
    record(session, was, _tree(session, after), by=by, now=now)


def _add(
    session: Session, purpose: Purpose, language: str, texts: str, *, version: int, made_by: str, now: datetime
) -> None:
    made = Wording(purpose=purpose.slug, language=language, version=version, texts=texts, made_at=now, made_by=made_by)
    purposes.add_wording(session, made)


def _asked(session: Session, slug: str, *, now: datetime) -> int:
    purpose = purposes.find(session, slug)
    return consent_report.counts(session, [purpose], now=now)[slug].get("pending", 0) if purpose else 0


def _tree(session: Session, *wanted: Purpose) -> Tree:
    return {"purposes": {each.slug: purpose_tree(session, each) for each in wanted}}


def _of_host(host: Host, meeting: MeetingType) -> Tree:
    return {"hosts": {host.slug: {"meetings": {meeting.slug: meeting_tree(meeting)}}}}


def _meetings(session: Session) -> list[tuple[Host, MeetingType]]:
    found = meetings.every(session)
    return [(host, each) for host in hosts.every(session) for each in found if each.host_id == host.id]


def _placed(host: Host, meeting: MeetingType, slug: str) -> PlacedForm:
    block = next((each for each in meeting.purposes if each.purpose == slug), None)
    return PlacedForm(host, meeting, block is not None, block.position if block else None)


def _with_block(meeting: MeetingType, slug: str, wanted: ConsentBlock | None) -> MeetingType:
    """Among blocks at one place it keeps its order; a new one is last."""
    offered = [each.purpose for each in meeting.purposes]
    if wanted is None:
        blocks = [each for each in meeting.purposes if each.purpose != slug]
    elif slug in offered:
        blocks = [wanted if each.purpose == slug else each for each in meeting.purposes]
    else:
        blocks = [*meeting.purposes, wanted]
    return replace(meeting, purposes=tuple(blocks))
