"""The setup file of a service under test: Ada with one calendar. What she offers, and when, is up to who asks."""

from collections.abc import Mapping

WEEKDAYS = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "9-17")
CONSULTATIONS = """
[hosts.ada.meetings.intro]
title = "30-minute consultation"
duration = "30 min"
notice = "1 h"
horizon_days = 365
doi = "on"
place = "video"
location = "https://meet.example.org/ada"
guests_at_most = 3

[hosts.ada.meetings.quick]
title = "Quick question"
duration = "15 min"
notice = "1 h"
horizon_days = 365
doi = "off"
place = "phone"
location = "+49 30 901820"
"""
_ADA = """
[organisation]
name = "{office}"
imprint = "{office}, Berlin"
contact = "office@example.org"

[hosts.ada]
name = "Ada Lovelace"
email = "ada@example.org"
zone = "Europe/Berlin"

[hosts.ada.hours]
{hours}

[hosts.ada.accounts.main]
url = "{url}"
username = "{user}"
password_env = "ADA_PASSWORD"

[[hosts.ada.accounts.main.calendars]]
url = "{calendar}"
target = true
"""


def setup_of_ada(
    *,
    url: str,
    user: str,
    calendar: str,
    office: str = "Analytical Engines",
    hours: Mapping[str, str] = WEEKDAYS,
    meetings: str = CONSULTATIONS,
) -> str:
    """TOML. `url`: the CalDAV server, `calendar`: where her one calendar is there; `meetings`: tables below hosts.ada."""
    days = "\n".join(f'{day} = "{spans}"' for day, spans in hours.items())
    return _ADA.format(office=office, hours=days, url=url, user=user, calendar=calendar) + meetings
