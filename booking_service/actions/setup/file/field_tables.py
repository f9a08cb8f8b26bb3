"""The tables of a setup file about the fields of contacts' profiles."""

from dataclasses import dataclass

from ....domain.localized_text import HostText
from .tables import Flag, Form, HostTitle, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedField:
    slug: str
    label: HostText
    personal: bool
    sensitive: bool
    purpose: str


class FieldForm(Form):
    """Something that is kept of contacts. `sensitive`: sealed, which is never taken back; `purpose`: what allows to keep it."""

    label: HostTitle
    personal: Flag = True
    sensitive: Flag = False
    purpose: Line = ""

    def wanted(self, slug: str) -> WantedField:
        return WantedField(
            slug=slug, label=self.label, personal=self.personal, sensitive=self.sensitive, purpose=self.purpose
        )
