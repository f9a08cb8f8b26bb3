"""axe-core on a page: all of its rules, or those alone that look at colours."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_READY = "() => window.axe !== undefined"
_OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}


def found_by_axe(page: Page, *, colours_only: bool = False) -> list[str]:
    """What is wrong with the page as it is shown now, one line each.

    `colours_only` is for a second look at the same width in another colour scheme: no other rule depends on colours.
    """
    if not page.evaluate(_READY):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], **(_OF_COLOURS if colours_only else {})}
    response = page.evaluate("options => axe.run(options)", options)
    return [_line(each) for each in response["violations"]]


def _line(violation: dict[str, Any]) -> str:
    nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
    return f"{violation['id']}: {violation['help']} — {nodes}"
