"""What is set up and allowed, but probably not meant: hosts of one name, hosts who write to one calendar."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from sqlmodel import Session

from ...domain.people import Host
from ...storage import calendars, hosts
from ...storage.calendars import Connected

K = TypeVar("K", bound=Hashable)


def doubts(session: Session) -> Iterator[str]:
    """As `doubts_among`, of all that is stored."""
    return doubts_among(hosts.every(session), calendars.every(session))


def doubts_among(everyone: Iterable[Host], connected: Iterable[Connected]) -> Iterator[str]:
    """A sentence for each, without its full stop. Hosts that take no bookings are passed over."""
    active = [host for host in everyone if host.active]
    target_of = {each.host_id: each for each in connected if each.target}
    for slugs in _shared((host.name.casefold(), host.slug) for host in active):
        yield f"{_listed(slugs)} have one name, so that people can't tell them apart"
    targets = ((target_of[host.id].url, host.slug) for host in active if host.id in target_of)
    for slugs in _shared((url.rstrip("/"), slug) for url, slug in targets):
        yield f"{_listed(slugs)} write to one calendar, so that a booking with one of them makes the others busy"


def _shared(pairs: Iterable[tuple[K, str]]) -> Iterator[list[str]]:
    """Those who have something in common, two at least."""
    found: dict[K, list[str]] = defaultdict(list)
    for key, slug in pairs:
        found[key].append(slug)
    return (slugs for slugs in found.values() if len(slugs) > 1)


def _listed(slugs: list[str]) -> str:
    return f"{', '.join(slugs[:-1])} and {slugs[-1]}"
