"""Setups that are allowed but probably not meant: hosts of one name, hosts writing to one calendar."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from sqlmodel import Session

from ...domain.people import Host
from ...domain.sentences import Sentence
from ...language import SOURCE, language_of
from ...storage import calendars, hosts
from ...storage.calendars import Connected

K = TypeVar("K", bound=Hashable)


def doubts(session: Session) -> Iterator[str]:
    """All doubts in English, without full stop, for the command line."""
    english = language_of(SOURCE)
    found = doubts_among(hosts.every(session), calendars.every(session))
    return (english.sentence(each).removesuffix(".") for each in found)


def doubts_among(everyone: Iterable[Host], connected: Iterable[Connected]) -> Iterator[Sentence]:
    """A sentence for each doubt. Hosts that take no bookings are skipped."""
    active = [host for host in everyone if host.active]
    target_of = {each.host_id: each for each in connected if each.target}
    for slugs in _shared((host.name.casefold(), host.slug) for host in active):
        yield Sentence("{hosts} have the same name, so people can't tell them apart.", hosts=_listed(slugs))
    targets = ((target_of[host.id].url, host.slug) for host in active if host.id in target_of)
    for slugs in _shared((url.rstrip("/"), slug) for url, slug in targets):
        yield Sentence(
            "{hosts} write to the same calendar, so a booking with one of them makes the others busy.",
            hosts=_listed(slugs),
        )


def _shared(pairs: Iterable[tuple[K, str]]) -> Iterator[list[str]]:
    """The groups of at least two that have something in common."""
    found: dict[K, list[str]] = defaultdict(list)
    for key, slug in pairs:
        found[key].append(slug)
    return (slugs for slugs in found.values() if len(slugs) > 1)


def _listed(slugs: list[str]) -> Sentence:
    return Sentence("{some} and {last}", some=", ".join(slugs[:-1]), last=slugs[-1])
