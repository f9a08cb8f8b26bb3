"""What pages show of API tokens: what each is for, when it was used, and why one can't be made."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import assert_never
from zoneinfo import ZoneInfo

from ...domain.api_tokens import NAME_LENGTH, ApiToken, Scope
from ...language import Language


@dataclass(frozen=True, slots=True)
class TokenLine:
    """`revoke`: the button's value; "" for a revoked token."""

    name: str
    about: str
    used: str
    revoke: str


@dataclass(frozen=True, slots=True)
class ScopeView:
    value: str
    text: str
    chosen: bool


def scope_views(scopes: Sequence[Scope], form: Container[str], language: Language) -> tuple[ScopeView, ...]:
    """What a token can be for, as it was chosen in the form."""
    return tuple(ScopeView(each.value, scope_name(each, language), each.value in form) for each in scopes)


def scope_name(scope: Scope, language: Language) -> str:
    match scope:
        case Scope.READ:
            return language.text("Find consents")
        case Scope.WRITE:
            return language.text("Record consents and opt people out")
        case Scope.BOOKINGS:
            return language.text("Read your bookings")
        case Scope.SETUP:
            return language.text("Read meeting types, hours and calendars")
        case Scope.WEBHOOKS:
            return language.text("Add and remove webhooks")
        case _:
            assert_never(scope)


def scope_names(token: ApiToken, language: Language) -> str:
    return ", ".join(scope_name(each, language) for each in sorted(token.scopes))


def use_of(token: ApiToken, language: Language, zone: ZoneInfo) -> str:
    """When it was revoked, else when it was last used."""
    if token.revoked_at is not None:
        date = language.long_date(token.revoked_at.astimezone(zone).date())
        return language.text("Revoked on {date}", date=date)
    if token.used_at is None:
        return language.text("Never used")
    return language.text("Last used on {date}", date=language.long_date(token.used_at.astimezone(zone).date()))


def problem_of(why: str, language: Language, *, scopes: Sequence[Scope]) -> tuple[str, str]:
    """The field that is wrong, and why a token can't be made (`TokenNotMade.why`)."""
    match why:
        case "taken":
            return (
                "name",
                language.text("A token with this name already works: revoke it first, or choose another name"),
            )
        case "scopes":
            return (scopes[0].value, language.text("Choose what it is for"))
        case "person":
            return ("email", language.text("This person is not allowed to do what the token is for"))
        case "second-factor":
            return (
                "email",
                language.text(
                    "The organisation requires a second factor of this person: they must first set one up on "
                    "their profile"
                ),
            )
        case _:
            return ("name", language.text("Give it a name of at most {count} characters", count=NAME_LENGTH))


def result_of(did: str, language: Language) -> str:
    """What became of a press on Revoke."""
    match did:
        case "revoked":
            return language.text("It no longer works.")
        case "over":
            return language.text("It was already revoked.")
        case _:
            return ""
