"""What the pages about a person share."""

from uuid import UUID

from ...actions.access.people import LastAdmin, PersonRefused
from ...actions.setup.rights import StillBooked
from ...domain.ids import read_id
from ...domain.people import Person
from ...language import Language
from ..http.signed_in_pages import SignedInRequest

PEOPLE = "/admin/people"


def person_id(request: SignedInRequest) -> UUID:
    """The person in the address. Raises NotFound."""
    return read_id(request.params["id"])


def why_refused(error: PersonRefused, person: Person, language: Language) -> str:
    match error:
        case LastAdmin():
            return language.text(
                "{name} is the only administrator. Make somebody else an administrator first: otherwise "
                "nobody could change anything here any more.",
                name=person.name,
            )
        case StillBooked(coming=coming, held=held):
            return language.plural(
                "{name} can't stop being a host while {count} booking is upcoming or waiting to be "
                "confirmed. Cancel it first, or remove {name}: you are then asked what happens to it.",
                "{name} can't stop being a host while {count} bookings are upcoming or waiting to be "
                "confirmed. Cancel them first, or remove {name}: you are then asked what happens to them.",
                coming + held,
                name=person.name,
            )
        case _:
            return no_role(language)


def no_role(language: Language) -> str:
    return language.text("Tick at least one role: without one there is nothing to sign in for.")
