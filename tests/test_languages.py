"""German and Dutch are whole: every text of the program is translated, fits, and reaches the reader by translation only."""

import re
import string
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import nodes

from booking_service.language import LANGUAGES, SOURCE, language_of, zone_label
from booking_service.rendering import environment
from tests.translatable import unspeakable

ROOT = Path(__file__).parent.parent
TRANSLATED = tuple(code for code in LANGUAGES if code != SOURCE)
SAME_WORD: dict[str, set[str | tuple[str, ...]]] = {
    "de": {"Browser", "Name", "Organisation", "Test: {subject}", "Text", "Logo", "Webhooks"},
    "nl": {
        "Antarctica",
        "Browser",
        "Contact",
        ("{count} contact", "{count} contacts, the latest change first"),
        "Menu",
        "Privacy",
        "Test: {subject}",
        "Logo",
        "Webhooks",
    },
}
BERLIN = ZoneInfo("Europe/Berlin")

translated = pytest.mark.parametrize("code", TRANSLATED)


@cache
def catalogue(code: str) -> Catalog:
    path = ROOT / "booking_service" / "locale" / code / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What Babel collects, by the command that babel.cfg names."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "-q",
        "extract",
        "-F",
        "babel.cfg",
        "-o",
        str(found),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    with found.open("rb") as file:
        return read_po(file)


def entries(found: Catalog) -> list[Message]:
    return [each for each in found if each.id]


def forms(of: Message) -> list[str]:
    """The texts of a translation: one, or one for each number."""
    return list(of.string) if isinstance(of.string, tuple | list) else [of.string or ""]


def originals(of: Message) -> tuple[str, ...]:
    return tuple(of.id) if isinstance(of.id, tuple | list) else (of.id,)


def placeholders(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


QUOTES = {"de": "„“", "nl": "“”"}
_ANY_QUOTE = re.compile('[“”„‟‘‚‛«»"]')
_APOSTROPHE = re.compile(r"(?<=\w)’(?=\w)|(?<=\w)’(?= )|(?<!\S)’(?=\w)")
_PROGRAM = re.compile(r"`[^`]*`")


def unquoted(text: str, *, code: str) -> str:
    """What is wrong with the quotation marks of a text: none but this language's pair, each opened and closed."""
    opening, closing = QUOTES[code]
    prose = _APOSTROPHE.sub("", _PROGRAM.sub("", text))
    strange = {*_ANY_QUOTE.findall(prose)} - {opening, closing} | ({"’"} & {*prose})
    if strange:
        return "".join(sorted(strange))
    marks = "".join(each for each in prose if each in QUOTES[code])
    return "" if marks == QUOTES[code] * (len(marks) // 2) else marks


@translated
def test_a_language_has_one_kind_of_quotation_marks(code: str) -> None:
    found = {
        form: wrong for each in entries(catalogue(code)) for form in forms(each) if (wrong := unquoted(form, code=code))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("code", "text", "wrong"),
    [
        ("nl", "Ja tegen “{what}”: agenda’s en ’s avonds", ""),
        ("nl", "Ja tegen ‘{what}’", "‘’"),
        ("nl", "Ja tegen “{what}", "“"),
        ("de", "Ja zu „{what}“", ""),
        ("de", "Ja zu “{what}”", "”"),
        ("de", '`a = "b"`', ""),
    ],
)
def test_quotation_marks_are_told_from_apostrophes(code: str, text: str, wrong: str) -> None:
    assert unquoted(text, code=code) == wrong


def test_the_program_has_texts(sources: Catalog) -> None:
    found = {originals(each)[0] for each in entries(sources)}
    of_each_kind = {
        "Confirm booking",
        "{count} minute",
        "Still free? Book it again",
        "Guest: {address}",
        "Your current time is still yours.",
        "The calendar server did not answer, or not in time.",
        "There is no such page",
    }
    assert of_each_kind <= found
    assert not [text for text in found if "SELECT" in text or "state =" in text]


@translated
def test_every_text_is_translated_and_no_translation_is_left_over(code: str, sources: Catalog) -> None:
    asked, given = ({originals(each) for each in entries(found)} for found in (sources, catalogue(code)))
    assert given - asked == set()
    assert asked - given == set()
    assert not catalogue(code).obsolete
    assert [each.id for each in entries(catalogue(code)) if each.fuzzy] == []


@translated
def test_every_number_has_its_form(code: str) -> None:
    for each in entries(catalogue(code)):
        assert len(forms(each)) == (catalogue(code).num_plurals if each.pluralizable else 1), each.id
        assert all(form.strip() for form in forms(each)), each.id


@translated
def test_the_placeholders_are_those_of_the_source(code: str) -> None:
    for each in entries(catalogue(code)):
        for source, form in zip(originals(each), forms(each), strict=True):
            assert placeholders(form) == placeholders(source), each.id


@translated
def test_no_text_is_translated_twice(code: str) -> None:
    file = ROOT / "booking_service" / "locale" / code / "messages.po"
    texts = re.findall(r"^msgid (.+?)^msgstr", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert [text for text, times in Counter(texts).items() if times > 1] == []


@translated
def test_a_translation_is_no_copy(code: str) -> None:
    copies = {
        each.id
        for each in entries(catalogue(code))
        if set(forms(each)) & set(originals(each)) and re.search(r"[a-z]", re.sub(r"\{[^}]*\}", "", originals(each)[0]))
    }
    assert copies == SAME_WORD[code]


@translated
def test_a_translation_begins_ends_and_quotes_as_its_language_does(code: str) -> None:
    for each in entries(catalogue(code)):
        for source, form in zip(originals(each), forms(each), strict=True):
            assert form == form.strip(), each.id
            assert not set(re.sub("`[^`]*`", "", form)) & set("\"'"), each.id
            assert form.endswith((".", "?", ":", "…")) == source.endswith((".", "?", ":", "…")), each.id


@translated
def test_what_is_to_be_typed_is_the_same_in_every_language(code: str) -> None:
    for each in entries(catalogue(code)):
        for source, form in zip(originals(each), forms(each), strict=True):
            assert sorted(re.findall("`[^`]*`", form)) == sorted(re.findall("`[^`]*`", source)), each.id


@translated
def test_a_translation_is_about_as_long_as_its_source(code: str) -> None:
    """Buttons and headings must fit where the English ones do."""
    for each in entries(catalogue(code)):
        for source, form in zip(originals(each), forms(each), strict=True):
            assert len(form) <= 1.5 * len(source) + 14, each.id


@translated
def test_nothing_is_called_booked_that_the_source_does_not_call_so(code: str) -> None:
    """Who reads that word before confirming stops looking for the email."""
    for each in entries(catalogue(code)):
        language = " ".join(forms(each)).lower()
        if "gebucht" in language or "geboekt" in language:
            assert "booked" in " ".join(originals(each)).lower(), each.id
        assert "reservier" not in language, each.id
        assert "reserve" not in language, each.id


@pytest.mark.parametrize(
    ("code", "informal"), [("de", r"\b(du|dir|dich|dein\w*)\b"), ("nl", r"\b(je|jij|jou|jouw|jullie)\b")]
)
def test_readers_are_addressed_politely(code: str, informal: str) -> None:
    assert [
        each.id for each in entries(catalogue(code)) if re.search(informal, " ".join(forms(each)), re.IGNORECASE)
    ] == []


def test_every_text_stands_as_one_literal_where_it_is_said() -> None:
    """Else no extraction finds it. Explanations and steps of calendars are collected where they are written down."""
    package = ROOT / "booking_service"
    files = [
        package / "invites.py",
        *(file for part in ("web", "mail", "actions") for file in (package / part).rglob("*.py")),
    ]
    assert sorted(call for file in files for call in unspeakable(file.read_bytes())) == [
        "Sentence(explained.remedy)",
        "Sentence(explained.sentence)",
        "Sentence(field.description or '')",
        "language.text(explanation.remedy)",
        "language.text(explanation.sentence)",
        "language.text(meant.remedy)",
        "language.text(meant.sentence)",
        "language.text(step.text, **step.values)",
    ]


def test_every_text_stands_as_one_literal_in_templates() -> None:
    for name in environment().list_templates(extensions=["html", "txt"]):
        tree = environment().parse(environment().loader.get_source(environment(), name)[0])  # type: ignore[union-attr]
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
                texts = call.args[: 2 if call.node.name == "ngettext" else 1]
                assert all(isinstance(each, nodes.Const) for each in texts), f"{name}:{call.lineno}"


@pytest.mark.parametrize(
    ("code", "full", "day", "short", "month", "march"),
    [
        ("en", "Tuesday 24 November 2026", "Tuesday 24 November", "Tue 24 Nov", "November 2026", "Tue 2 Mar"),
        (
            "de",
            "Dienstag, 24. November 2026",
            "Dienstag, 24. November",
            "Di., 24. Nov.",
            "November 2026",
            "Di., 2. März",
        ),
        ("nl", "dinsdag 24 november 2026", "dinsdag 24 november", "di 24 nov", "november 2026", "di 2 mrt"),
    ],
)
def test_dates_are_written_as_people_write_them(
    code: str, full: str, day: str, short: str, month: str, march: str
) -> None:
    language, on = language_of(code), date(2026, 11, 24)
    assert (language.full_date(on), language.day(on), language.short_day(on), language.month(on)) == (
        full,
        day,
        short,
        month,
    )
    assert language.short_day(date(2027, 3, 2)) == march


@pytest.mark.parametrize("code", LANGUAGES)
def test_clocks_count_to_24_and_weeks_begin_on_monday(code: str) -> None:
    language, start = language_of(code), datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
    assert language.span(start, start + timedelta(minutes=30), BERLIN) == "15:00–15:30"
    assert language.locale.first_week_day == 0
    assert "H" in language.locale.time_formats["short"].pattern
    assert language.weekdays()[0][1].lower() in ("monday", "montag", "maandag")


def test_american_english_counts_to_twelve_and_begins_the_week_on_sunday() -> None:
    language, on = language_of("en-US"), date(2026, 11, 24)
    assert (language.full_date(on), language.short_day(on)) == ("Tuesday, November 24, 2026", "Tue, Nov 24")
    assert language.text("Confirm booking") == "Confirm booking"
    assert language.weekdays()[0][1] == "Sunday"
    assert (language.week_of(on), language.week_of(date(2026, 11, 22))) == (date(2026, 11, 22), date(2026, 11, 22))
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=BERLIN)
    spans = {
        language.span(midnight + timedelta(hours=h, minutes=m), midnight + timedelta(hours=h, minutes=m + 30), BERLIN)
        for h, m in ((0, 0), (9, 0), (11, 30), (12, 0), (23, 30))
    }
    assert spans == {
        "12:00–12:30\u00a0AM",
        "9:00–9:30\u00a0AM",
        "11:30\u00a0AM–12:00\u00a0PM",
        "12:00–12:30\u00a0PM",
        "11:30\u00a0PM–12:00\u00a0AM",
    }


@pytest.mark.parametrize(
    ("code", "one", "both"),
    [("en", "1 hour", "2 hours 1 minute"), ("de", "1 Stunde", "2 Stunden 1 Minute"), ("nl", "1 uur", "2 uur 1 minuut")],
)
def test_lengths_are_said_in_the_right_number(code: str, one: str, both: str) -> None:
    language = language_of(code)
    assert (language.duration(timedelta(hours=1)), language.duration(timedelta(minutes=121))) == (one, both)


def test_a_zone_is_named_with_its_offset_and_utc_once() -> None:
    winter = datetime(2026, 11, 26, 8, tzinfo=UTC)
    labels = [zone_label(winter, ZoneInfo(key)) for key in ("Europe/Berlin", "Europe/London", "UTC")]
    assert labels == ["Europe/Berlin (UTC+1)", "Europe/London (UTC)", "UTC"]


@pytest.mark.parametrize(
    ("code", "one_year", "two_years", "alone"),
    [
        ("en", "November – December 2026", "December 2026 – January 2027", "November 2026"),
        ("de", "November – Dezember 2026", "Dezember 2026 – Januar 2027", "November 2026"),
        ("nl", "november – december 2026", "december 2026 – januari 2027", "november 2026"),
    ],
)
def test_months_of_one_year_name_it_once(code: str, one_year: str, two_years: str, alone: str) -> None:
    language = language_of(code)
    assert language.months(date(2026, 11, 1), date(2026, 12, 31)) == one_year
    assert language.months(date(2026, 12, 1), date(2027, 1, 31)) == two_years
    assert language.months(date(2026, 11, 1), date(2026, 11, 30)) == alone
