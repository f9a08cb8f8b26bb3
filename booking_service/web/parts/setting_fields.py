"""Form fields for settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    text: str
    hint: str
    chosen: bool
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """`kind`: text, short, long, date, select, radio, or checks (boxes named by the field and their value).

    `also`: the id of a further explanation beside its own hint.
    """

    name: str
    label: str
    value: str
    kind: str
    hint: str = ""
    also: str = ""
    error: str = ""
    optional: bool = False
    options: tuple[Option, ...] = ()

    @property
    def described_by(self) -> str:
        own = [f"{self.name}-{part}" for part, text in (("hint", self.hint), ("error", self.error)) if text]
        return " ".join([self.also, *own] if self.also else own)
