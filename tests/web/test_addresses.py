"""The table of addresses: no page stands where a host's page could."""

from starlette.routing import Route

from booking_service.actions.setup.names import RESERVED
from booking_service.web.app import table
from booking_service.web.http.endpoint import PageRoutes
from tests.web.site import Site, every_route


def test_no_host_can_take_the_address_of_a_page(s: Site) -> None:
    """A host of that name would have pages that nobody can reach."""
    paths = [route.path for route in every_route(table(PageRoutes(s.w.rt))) if isinstance(route, Route)]
    firsts = {path.split("/")[1] for path in paths} - {""}
    assert len(firsts) > 10
    assert {first for first in firsts if "{" not in first} - RESERVED == set()
