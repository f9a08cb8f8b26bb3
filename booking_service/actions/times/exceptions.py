"""Exceptions to the weekly hours: the host's own, and public holidays on which they are away."""

from ...domain.availability import DAY, EARLIEST, LATEST, DateOverride, local_date
from ...domain.interval import Interval
from ...domain.people import Host
from ...public_holidays import closures


def exceptions_of(host: Host, window: Interval) -> tuple[DateOverride, ...]:
    """All exceptions that may apply in the window. For one single day the host's own wins, as it comes later."""
    start, end = max(window.start, EARLIEST), min(window.end, LATEST)
    if start >= end:
        return host.overrides
    first_on, last_on = local_date(start, host.zone) - 2 * DAY, local_date(end, host.zone) + 2 * DAY
    return (*closures(host.holidays, first_on, last_on), *host.overrides)
