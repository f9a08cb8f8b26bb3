"""The picture of a link, for whoever points a phone at it."""

import segno
from markupsafe import Markup


def qr_svg(link: str, title: str) -> Markup:
    """The code (ISO/IEC 18004) as SVG inside a page, with the quiet zone around it. `title`: what it is, in words."""
    drawn = segno.make(link, error="m").svg_inline(svgclass="qr", lineclass=None, omitsize=True, title=title)
    return Markup(drawn)  # noqa: S704 - drawn here, and segno escapes the title
