"""Fields in which something is set up, as a page draws them."""

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
    """`kind`: text, short, long, date, select, radio, or checks, whose boxes are called by the name and their value. `also`: the
    id of what explains it beside its own hint."""

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
