"""QR codes of links."""

import segno
from markupsafe import Markup


def qr_svg(link: str, title: str) -> Markup:
    """The QR code (ISO/IEC 18004) as inline SVG with its quiet zone. `title`: its alternative text."""
    drawn = segno.make(link, error="m").svg_inline(svgclass="qr", lineclass=None, omitsize=True, title=title)
    return Markup(drawn)  # noqa: S704 - drawn here, and segno escapes the title
