"""What may be written in place of the usual mails, and what is refused with its line and a guess."""

import pytest

from booking_service.domain.effects import MailKind
from booking_service.domain.mail_texts import (
    NEUTRAL_LENGTH,
    RULES,
    SUBJECT_LENGTH,
    TEXT_LENGTH,
    Fault,
    TextFault,
    Word,
    faults,
    filled,
)

GOOD = {kind: "\n\n".join(f"{{{word}}}" for word in rule.words) for kind, rule in RULES.items()}


def of_text(kind: MailKind, text: str) -> list[Fault]:
    return list(faults(kind, subject="Hello", text=text))


@pytest.mark.parametrize("kind", RULES)
def test_every_placeholder_on_the_list_may_stand_in_its_mail(kind: MailKind) -> None:
    assert of_text(kind, GOOD[kind]) == []


def test_an_unknown_placeholder_is_refused_with_its_line_and_a_guess() -> None:
    found = of_text(MailKind.CONFIRM_BOOKING, "Hello,\n\nplease\nconfirm: {confirm_lnk}")
    assert found == [Fault("text", TextFault.UNKNOWN, 4, "confirm_lnk", "confirm_link")]
    assert of_text(MailKind.BOOKED, "{qqqqqq}") == [Fault("text", TextFault.UNKNOWN, 1, "qqqqqq")]


def test_what_has_no_value_in_a_mail_what_is_broken_and_what_is_missing_is_refused() -> None:
    assert of_text(MailKind.BOOKED, "{act_link}") == [Fault("text", TextFault.NOT_HERE, 1, "act_link")]
    assert of_text(MailKind.BOOKED, "ok\n{when") == [Fault("text", TextFault.BROKEN, 2, "{")]
    assert of_text(MailKind.BOOKED, "when}") == [Fault("text", TextFault.BROKEN, 1, "}")]
    assert of_text(MailKind.CANCELLED, "Sorry") == [Fault("text", TextFault.MISSING, 0, "news")]
    assert of_text(MailKind.BOOKED, " \n") == [Fault("text", TextFault.EMPTY)]
    assert faults(MailKind.MOVED, subject="{details}", text="x") == (
        Fault("subject", TextFault.IN_SUBJECT, word="details"),
    )
    assert faults(MailKind.MOVED, subject="", text="x") == (Fault("subject", TextFault.EMPTY),)
    assert faults(MailKind.BOOKED, subject="", text="x") == ()  # its subject is fixed


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("Hello {name}", TextFault.NOT_PROVEN),
        ("![us](us.png)", TextFault.PICTURE),
        ("<img src=x>", TextFault.PICTURE),
        ("See https://example.org", TextFault.WEB),
        ("Also our newsletter", TextFault.SELLING),
        ("Jetzt 20 % sparen", TextFault.SELLING),
    ],
)
def test_what_asks_an_unproven_address_says_no_more_than_that(line: str, wrong: TextFault) -> None:
    for kind in (MailKind.CONFIRM_BOOKING, MailKind.HOLD_REMINDER):
        assert [(each.wrong, each.line) for each in of_text(kind, f"Hello,\n{line}")] == [(wrong, 2)]
    assert of_text(MailKind.BOOKED, line) == []
    assert [each.wrong for each in of_text(MailKind.CONFIRM_BOOKING, "word " * 150)] == [TextFault.NOT_NEUTRAL]


def test_a_text_and_a_subject_may_be_as_long_as_is_said_and_no_longer() -> None:
    for kind, most, wrong in (
        (MailKind.BOOKED, TEXT_LENGTH, TextFault.TOO_LONG),
        (MailKind.CONFIRM_BOOKING, NEUTRAL_LENGTH, TextFault.NOT_NEUTRAL),
    ):
        assert of_text(kind, "x" * most) == []
        assert [(each.wrong, each.word) for each in of_text(kind, "x" * (most + 1))] == [(wrong, str(most))]
    assert faults(MailKind.MOVED, subject="x" * SUBJECT_LENGTH, text="x") == ()
    [told] = faults(MailKind.MOVED, subject="x" * (SUBJECT_LENGTH + 1), text="x")
    assert (told.field, told.wrong) == ("subject", TextFault.TOO_LONG)


def test_values_are_values_and_are_not_looked_into_again() -> None:
    values = {Word.NAME: "{email} {{ 7*7 }} {x.__class__}", Word.EMAIL: "grace@example.org"}
    assert filled("Hello {name}!", values) == "Hello {email} {{ 7*7 }} {x.__class__}!"
    assert [each.wrong for each in of_text(MailKind.BOOKED, "{name.__class__}")] == [TextFault.UNKNOWN]
    assert of_text(MailKind.BOOKED, "{{ name }}")
    assert of_text(MailKind.BOOKED, "{% for x in y %}")
