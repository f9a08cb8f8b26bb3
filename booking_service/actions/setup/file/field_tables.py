"""Tables of the setup file about profile fields."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ....domain.localized_text import HostText
from ....domain.text import EXPOSED_AT_MOST
from .tables import Flag, Form, HostTitle, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedField:
    slug: str
    label: HostText
    personal: bool
    sensitive: bool
    shown: int
    purpose: str
    editable: bool


class FieldForm(Form):
    """A profile field. `sensitive`: sealed, for good. `shown`: readable characters at the end of a value, at most.

    `purpose`: whose consent allows to keep it. `editable`: people may change it on their own page.
    """

    label: HostTitle
    personal: Flag = True
    sensitive: Flag = False
    shown: Annotated[int, Field(strict=True, ge=0, le=EXPOSED_AT_MOST)] = EXPOSED_AT_MOST
    purpose: Line = ""
    editable: Flag = False

    def wanted(self, slug: str) -> WantedField:
        return WantedField(
            slug=slug,
            label=self.label,
            personal=self.personal,
            sensitive=self.sensitive,
            shown=self.shown,
            purpose=self.purpose,
            editable=self.editable,
        )
