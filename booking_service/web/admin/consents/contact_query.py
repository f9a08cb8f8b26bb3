"""The filter for contacts in an address or form."""

from collections.abc import Mapping

from ....domain.contact_filter import LISTS, Filter
from ....domain.text import one_line
from ...http.parsing import read_day

LONGEST = 254  # of the search text, which may be an address
NAMES = ("q", "purpose", "standing", "source", "from", "to", "id")


def read_filter(given: Mapping[str, str]) -> Filter:
    """The filter; unreadable parts are ignored."""
    query = {name: one_line(given.get(name, "")[:LONGEST]) for name in NAMES}
    standing = query["standing"]
    return Filter(
        purpose=query["purpose"],
        standing=standing if standing in LISTS else "",
        source=query["source"],
        given_from=read_day(query["from"]),
        given_to=read_day(query["to"]),
        optin_id=query["id"],
        text=query["q"],
    )
