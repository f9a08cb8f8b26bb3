"""Slots offered for choosing."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One time. `value`: its UTC instant. `label`: its clock time."""

    value: str
    label: str
    checked: bool = False


def choice_of(start: datetime, label: str, *, checked: bool = False) -> SlotChoice:
    return SlotChoice(slot_value(start), label, checked)


def slot_value(start: datetime) -> str:
    """A slot's value in forms and addresses: its instant, so that both 02:30s of an autumn night differ."""
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
