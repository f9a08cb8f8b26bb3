"""Names and meanings of roles and permissions."""

from collections.abc import Callable, Mapping

from ...domain.roles import Permission, Rights, Role
from ...language import Language

Label = Callable[[Language], str]

NAMES: Mapping[str, Label] = {
    Role.HOST: lambda language: language.text("Host"),
    Role.STAFF: lambda language: language.text("Staff"),
    Role.ADMIN: lambda language: language.text("Administrator"),
    Permission.CONSENTS: lambda language: language.text("May change consents"),
    Permission.REVEAL: lambda language: language.text("May see sensitive values in full"),
    Permission.VAULT: lambda language: language.text("May open the vault of proofs"),
}
HINTS: Mapping[str, Label] = {
    Role.HOST: lambda language: language.text("May be booked, sees own bookings and calendars"),
    Role.STAFF: lambda language: language.text("Sees contacts and consents of the organisation"),
    Role.ADMIN: lambda language: language.text("People, policies and system. At least one stays."),
    Permission.CONSENTS: lambda language: language.text(
        "Records, imports and exports them; for staff and administrators"
    ),
    Permission.REVEAL: lambda language: language.text("Each look is logged"),
    Permission.VAULT: lambda language: language.text(
        "The proof of the consents of people who were erased. Each look is logged"
    ),
}


def rights_words(rights: Rights, language: Language) -> str:
    """Such as "Host, Administrator, May change consents", for the middle of a line."""
    return words_of(str(rights), language)


def words_of(stored: str, language: Language) -> str:
    """As `rights_words`, of stored rights; unknown words stay as they are."""
    return ", ".join(NAMES[each](language) if each in NAMES else each for each in stored.split())
