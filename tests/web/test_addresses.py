"""The table of addresses: no page stands where a host's page could."""

import re

from starlette.routing import BaseRoute, Match, Route

from booking_service.actions.setup.names import RESERVED
from booking_service.web.app import table
from booking_service.web.http.endpoint import PageRoutes
from booking_service.web.http.late_routes import LateRoutes
from tests.web.site import Site, every_route


def test_no_host_can_take_the_address_of_a_page(s: Site) -> None:
    """A host of that name would have pages that nobody can reach."""
    paths = [route.path for route in every_route(table(PageRoutes(s.w.rt))) if isinstance(route, Route)]
    firsts = {path.split("/")[1] for path in paths} - {""}
    assert len(firsts) > 10
    assert {first for first in firsts if "{" not in first} - RESERVED == set()


def test_each_address_of_a_door_is_led_there(s: Site) -> None:
    """A door is imported with the first request below its paths; an address that is below none of them would be nobody's."""
    shown = table(PageRoutes(s.w.rt))
    doors = [each for each in shown if isinstance(each, LateRoutes)]
    assert len(doors) == 5
    led: dict[str, BaseRoute | None] = {}
    for door in doors:
        for path in [each.path for each in door.routes if isinstance(each, Route)]:
            scope = {
                "type": "http",
                "path": re.sub(r"{\w+}", "name", path),
                "method": "GET",
                "root_path": "",
                "headers": [],
            }
            first = next((each for each in shown if each.matches(scope)[0] is Match.FULL), None)
            if first is not door:
                led[path] = first
    assert led == {}
