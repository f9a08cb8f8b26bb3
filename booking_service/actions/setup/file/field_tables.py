"""The tables of a setup file about the fields of contacts' profiles."""

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
    """Something that is kept of contacts. `sensitive`: sealed, which is never taken back; `shown`: how many characters at its end
    then stay visible at most; `purpose`: what allows to keep it; `editable`: people may change it on their own page."""

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
