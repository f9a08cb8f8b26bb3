"""Writing what a setup file asks for: each thing is found or created, unchanged things are left alone, problems are
named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session

from calendars.dav.account import FoundCalendar
from calendars.errors import CalendarError, explain

from ....config.sources import DOTS
from ....crypto import keys
from ....domain.mail_texts import ORGANISATION
from ....domain.meeting import MeetingType
from ....domain.people import Host, Organisation
from ....domain.pictures import Picture
from ....runtime import Runtime
from ....storage import calendars, hosts, meetings, pictures
from ....storage.calendars import Account, Connected, account_context
from ....storage.engine import snapshot
from ...access import sealed_answers
from ...access.people import let_host_sign_in
from ...calendar import accounts
from .read import SetupFile, SetupRefused, WantedAccount, WantedCalendar, WantedHost, origin

Known = Mapping[tuple[str, str], Sequence[FoundCalendar]]  # (host, account) → what its server has


@dataclass(frozen=True, slots=True)
class Change:
    """One key in the file's own words. `before`: None for a new one. `after`: None for a removed one."""

    key: str
    before: str | None
    after: str | None


@dataclass
class Writing:
    """One application of a file to a database."""

    rt: Runtime
    session: Session
    known: Known
    now: datetime
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def organisation(self, wanted: Organisation) -> None:
        if hosts.organisation(self.session) != wanted:
            hosts.save_organisation(self.session, wanted)
            self._picture(ORGANISATION, wanted.logo, where="organisation.logo")
            self.session.flush()

    def host(self, wanted: WantedHost) -> None:
        standing = hosts.by_slug(self.session, wanted.host.slug)
        host = replace(wanted.host, id=standing.id if standing else uuid4())
        if host != standing:
            hosts.save(self.session, host)
            self._picture(host.id, host.picture, where=f"{wanted.where}.picture")
            self.session.flush()  # later rows refer to it
        let_host_sign_in(self.session, host, now=self.now)
        if standing is not None and (standing.zone, standing.email) != (host.zone, host.email):
            calendars.read_anew(self.session, host.id, now=self.now)
        for account in wanted.accounts:
            self._account(host, account)
        self._meetings(host, wanted)
        targets = [each.name for each in calendars.of_host(self.session, host.id) if each.target]
        if len(targets) > 1:
            self.problems.append(
                f"{wanted.where}: bookings are written to one calendar, but {' and '.join(targets)} would be targets: "
                "give one of them target = false"
            )
        elif not targets and wanted.meetings:
            self.remarks.append(
                f"{wanted.where}: nothing can be booked yet: give the calendar that takes bookings target = true"
            )

    def _picture(self, owner: UUID, name: str, *, where: str) -> None:
        """Store the owner's picture, from beside the file or stored already by this name."""
        picture = self.pictures.get(name) or (pictures.named(self.session, name) if name else None)
        if name and picture is None:
            self.problems.append(f"{where}: {name} does not lie beside the file, and is not stored either")
        pictures.put(self.session, owner, picture)

    def _meetings(self, host: Host, wanted: WantedHost) -> None:
        """In the order of the file; unmentioned ones come after."""
        standing = {each.slug: each for each in meetings.of_host(self.session, host.id)}
        mentioned = {each.slug for each in wanted.meetings}
        ids = {slug: each.id for slug, each in standing.items()}
        after = [
            *(
                replace(
                    each,
                    id=ids.get(each.slug) or uuid4(),
                    host_id=host.id,
                    calendar=self._own_calendar(host, each, standing.get(each.slug)),
                )
                for each in wanted.meetings
            ),
            *(each for slug, each in standing.items() if slug not in mentioned),
        ]
        if after == list(standing.values()):
            return
        for each in after:
            self._refuse_unsealing(host, standing.get(each.slug), each)
        for position, meeting in enumerate(after):
            meetings.save(self.session, meeting, position=position)
            sealed_answers.owe(self.session, standing.get(meeting.slug), meeting, now=self.now)
        hosts.offers_changed(self.session, host.id)
        self.session.flush()
        order = [slug for slug in standing if slug in mentioned]
        if order != [each.slug for each in after if each.slug in order]:
            now = ", ".join(each.slug for each in after)
            self.changes.append(Change(f"hosts.{host.slug}.meetings (order)", ", ".join(standing), now))

    def _own_calendar(self, host: Host, wanted: MeetingType, standing: MeetingType | None) -> str:
        """The address of the calendar that a meeting type names by address or name; it must block its host."""
        if not wanted.calendar or (standing and standing.calendar == wanted.calendar):
            return wanted.calendar
        connected = calendars.looked_at(calendars.of_host(self.session, host.id))
        named = [each for each in connected if wanted.calendar in (each.name, each.url, each.url.rstrip("/"))]
        if len(named) == 1:
            return named[0].url
        there = ", ".join(each.name for each in connected) or "none"
        self.problems.append(
            f"hosts.{host.slug}.meetings.{wanted.slug}.calendar: {len(named) or 'no'} connected calendars that make busy are "
            f"called {wanted.calendar!r}; there are: {there}"
        )
        return ""

    def _refuse_unsealing(self, host: Host, before: MeetingType | None, after: MeetingType) -> None:
        """A question can't stop being sensitive, as answers were given relying on that."""
        opened = (before.sensitive_keys if before else frozenset()) & after.plain_keys
        self.problems += [
            f"hosts.{host.slug}.meetings.{after.slug}.questions[{key}].sensitive: can't be taken off again; "
            "ask by another key"
            for key in sorted(opened)
        ]

    def _account(self, host: Host, wanted: WantedAccount) -> None:
        standing = next((a for a in calendars.accounts(self.session, host.id) if a.key == wanted.key), None)
        account = Account(
            id=standing.id if standing else uuid4(),
            host_id=host.id,
            key=wanted.key,
            url=wanted.url,
            username=wanted.username,
            password=standing.password if standing else "",
            auth=wanted.auth,
            paused_until=standing.paused_until if standing else None,
        )
        account = self._with_password(host, account, wanted, standing)
        if account != standing:
            calendars.save_account(self.session, account)
            calendars.all_due(self.session, now=self.now, host_id=host.id)
        for calendar in wanted.calendars:
            self._calendar(host, account, calendar)

    def _with_password(self, host: Host, account: Account, wanted: WantedAccount, standing: Account | None) -> Account:
        key = f"hosts.{host.slug}.accounts.{account.key}.password"
        if wanted.password is not None:
            stored = accounts.stored_password(self.rt, standing) if standing else None
            if stored == wanted.password:
                return account
            self.changes.append(Change(key, DOTS if standing else None, f"{DOTS} (another one)" if standing else DOTS))
            sealed = keys.seal(self.rt.ring, wanted.password.encode(), context=account_context(account.id))
            return replace(account, password=sealed)
        missing = f"the variable {wanted.unset} is not set" if wanted.unset else "the file names no password"
        if standing is None:
            self.problems.append(f"{wanted.where}: {missing}; write password_file or password_env")
        elif (standing.url, standing.username) != (account.url, account.username):
            # Otherwise whoever edits the file could have the stored password sent to a server of theirs.
            self.problems.append(f"{wanted.where}: {missing}; another url or username needs its password again")
        elif wanted.unset:
            self.remarks.append(f"{wanted.where}: {missing}; the stored password stays")
        return account

    def _calendar(self, host: Host, account: Account, wanted: WantedCalendar) -> None:
        connected = [each for each in calendars.of_host(self.session, host.id) if each.account_id == account.id]
        standing = same(connected, wanted)
        found = standing or self._found(host, account, wanted)
        if found is None:
            return
        calendar = Connected(
            id=standing.id if standing else uuid4(),
            account_id=account.id,
            host_id=host.id,
            url=found.url,
            name=wanted.name or found.name,
            conflicts=wanted.conflicts,
            target=wanted.target,
            capabilities=standing.capabilities if standing else {},
        )
        if standing is None or _set(calendar) != _set(standing):
            calendars.save(self.session, calendar, pull_at=self.now)
            hosts.offers_changed(self.session, host.id)

    def _found(self, host: Host, account: Account, wanted: WantedCalendar) -> FoundCalendar | None:
        if wanted.url is not None:
            name = wanted.name or wanted.url.rstrip("/").rpartition("/")[2]
            return FoundCalendar(url=wanted.url, name=name, writable=True, components=frozenset())
        there = self.known.get((host.slug, account.key), ())
        named = [each for each in there if each.name == wanted.name]
        if len(named) == 1 and origin(named[0].url) == origin(account.url):
            return named[0]
        self.problems.append(f"{wanted.where}: {_not_found(wanted, named, there)}")
        return None


def look_up(rt: Runtime, file: SetupFile) -> Known:
    """What the servers have, for accounts with a calendar given by name that is not connected yet."""
    with snapshot(rt.engine) as session:
        asked = [
            (host, account) for host in file.hosts for account in host.accounts if _unknown(session, host, account)
        ]
        stored = {
            (host.host.slug, account.key): _standing(session, host.host.slug, account.key) for host, account in asked
        }
    found: dict[tuple[str, str], Sequence[FoundCalendar]] = {}
    problems: list[str] = []
    for host, account in asked:
        standing = stored[host.host.slug, account.key]
        password = account.password or (accounts.stored_password(rt, standing) if standing else None)
        if password is None:
            continue  # reported when it is written
        signing_in = accounts.signing_in(
            rt.settings, url=account.url, user=account.username, password=password, auth=account.auth
        )
        try:
            found[host.host.slug, account.key] = accounts.listed(signing_in)
        except CalendarError as error:
            explained = explain(error)
            problems.append(f"{account.where}: {explained.sentence} {explained.remedy}")
    if problems:
        raise SetupRefused(tuple(problems))
    return found


def _unknown(session: Session, host: WantedHost, account: WantedAccount) -> bool:
    standing = _standing(session, host.host.slug, account.key)
    connected = calendars.of_host(session, standing.host_id) if standing else []
    own = [each for each in connected if standing and each.account_id == standing.id]
    return any(each.url is None and same(own, each) is None for each in account.calendars)


def _standing(session: Session, slug: str, key: str) -> Account | None:
    host = hosts.by_slug(session, slug)
    return next((a for a in calendars.accounts(session, host.id) if a.key == key), None) if host else None


def same(connected: Iterable[Connected], wanted: WantedCalendar) -> Connected | None:
    """The connected calendar that is meant: by its address, else by its name."""
    if wanted.url is not None:
        return next((each for each in connected if each.url.rstrip("/") == wanted.url.rstrip("/")), None)
    return next((each for each in connected if each.name == wanted.name), None)


def _set(calendar: Connected) -> tuple[object, ...]:
    return calendar.url, calendar.name, calendar.conflicts, calendar.target


def _not_found(wanted: WantedCalendar, named: Sequence[FoundCalendar], there: Sequence[FoundCalendar]) -> str:
    if len(named) > 1:
        return f"several calendars are called {wanted.name!r}: write the url of one of {_urls(named)}"
    if named:
        return f"the calendar lies on another server than its account: give the account the url {_server(named[0].url)}"
    names = ", ".join(sorted(each.name for each in there)) or "none"
    return f"no calendar is called {wanted.name!r}; there are: {names}"


def _urls(found: Iterable[FoundCalendar]) -> str:
    return ", ".join(each.url for each in found)


def _server(url: str) -> str:
    return "/".join(url.split("/", 3)[:3]) + "/"
