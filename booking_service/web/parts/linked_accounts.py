"""The accounts of an identity provider that sign somebody in, as their owner and administrators see them."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ...config.settings import Oidc
from ...domain.identities import Identity
from ...language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account of an identity provider. `since`: when it was linked, in words, and its address."""

    id: str
    provider: str
    since: str


def account_line(identity: Identity, chosen: Oidc, *, language: Language, zone: ZoneInfo) -> AccountLine:
    """The provider by the name that people know; one that is set up no more by its host."""
    day = language.full_date(identity.linked_at.astimezone(zone).date())
    since = language.text("Linked on {day}", day=day)
    return AccountLine(
        id=str(identity.id),
        provider=chosen.label if identity.issuer == chosen.issuer else urlsplit(identity.issuer).hostname or "",
        since=f"{identity.email} · {since}" if identity.email else since,
    )
