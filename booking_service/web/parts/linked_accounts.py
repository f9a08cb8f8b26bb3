"""Linked accounts of an identity provider, as their owner and administrators see them."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ...config.settings import Oidc
from ...domain.identities import Identity
from ...language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """`since`: when it was linked, in words, with its address."""

    id: str
    provider: str
    since: str


def account_line(identity: Identity, chosen: Oidc, *, language: Language, zone: ZoneInfo) -> AccountLine:
    """The account, with the provider's known name; a provider no longer configured is named by its host."""
    day = language.full_date(identity.linked_at.astimezone(zone).date())
    since = language.text("Linked on {day}", day=day)
    return AccountLine(
        id=str(identity.id),
        provider=chosen.label if identity.issuer == chosen.issuer else urlsplit(identity.issuer).hostname or "",
        since=f"{identity.email} · {since}" if identity.email else since,
    )
