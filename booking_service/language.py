"""The languages of pages, mails and events: texts by gettext, dates and numbers by CLDR (Babel).

English is the source language. Catalogues are the .po files in locale/, read when first needed, so that there is no
build step and a missing translation shows English rather than nothing.
"""

import gettext
import io
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.core import get_global
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from .domain.browsers import browser_and_system
from .domain.meeting import Place
from .domain.questions import Answered, Question
from .domain.sentences import CountedSentence, Sentence

SOURCE = "en"
LANGUAGES = ("en", "de", "nl")
TAGS = (*LANGUAGES, "en-US")  # the tags of readers: a language, or one of a country with its own way to write times
_LOCALES = {"en": "en_GB", "en-US": "en_US"}  # the others are named as in CLDR
_CATALOGUES = Path(__file__).parent / "locale"
_DATES = {"en": "EEEE d MMMM y", "en-US": "EEEE, MMMM d, y", "de": "EEEE, d. MMMM y", "nl": "EEEE d MMMM y"}
_DAYS = {"en": "EEEE d MMMM", "en-US": "EEEE, MMMM d", "de": "EEEE, d. MMMM", "nl": "EEEE d MMMM"}
_SHORT = {"en": "EEE d MMM", "en-US": "EEE, MMM d", "de": "EEE, d. MMM", "nl": "EEE d MMM"}


class Language:
    """One language for texts, dates and numbers. Messages are looked up as a whole, then placeholders are filled in.

    `tag`: one of TAGS (BCP 47). `code`: its language, for the catalogue. `twelve_hours`: the clock has twelve.
    """

    def __init__(self, tag: str) -> None:
        self.tag, self.code = tag, tag.partition("-")[0]
        self.locale = Locale.parse(_LOCALES.get(tag, tag))
        self.twelve_hours = "a" in self.locale.time_formats["short"].pattern
        self._catalogue = _catalogue(self.code)

    def text(self, message: str, /, **values: object) -> str:
        """`message` in this language, its {placeholders} filled in."""
        translated = self._catalogue.gettext(message)
        return translated.format(**values) if values else translated

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form for `count`, which fills {count}."""
        return self._catalogue.ngettext(one, many, count).format(count=count, **values)

    def sentence(self, sentence: Sentence) -> str:
        """A sentence with its values, which may be sentences too, in this language."""
        values = {name: self.sentence(x) if isinstance(x, Sentence) else x for name, x in sentence.values.items()}
        if isinstance(sentence, CountedSentence):
            found = self._catalogue.ngettext(sentence.text, sentence.many, sentence.count)
            return found.format(count=sentence.count, **values)
        translated = self._catalogue.gettext(sentence.text)
        return translated.format(**values) if values else translated

    def full_date(self, day: date) -> str:
        """Such as "Tuesday 24 November 2026"."""
        return dates.format_date(day, _DATES[self.tag], locale=self.locale)

    def long_date(self, day: date) -> str:
        """Such as "24 November 2026"."""
        return dates.format_date(day, "long", locale=self.locale)

    def day(self, day: date) -> str:
        """Such as "Tuesday 24 November"."""
        return dates.format_date(day, _DAYS[self.tag], locale=self.locale)

    def short_day(self, day: date) -> str:
        """Such as "Tue 24 Nov"."""
        return dates.format_date(day, _SHORT[self.tag], locale=self.locale)

    def month(self, day: date) -> str:
        """Such as "November 2026"."""
        return dates.format_skeleton("yMMMM", day, locale=self.locale)

    def months(self, first: date, last: date) -> str:
        """ "November – December 2026", "December 2026 – January 2027", or one month alone."""
        if first.year != last.year:
            return f"{self.month(first)} – {self.month(last)}"
        begins = dates.format_date(first, "LLLL", locale=self.locale)
        return self.month(last) if first.month == last.month else f"{begins} – {self.month(last)}"

    def short_month(self, day: date) -> str:
        """Such as "Dec"."""
        return dates.format_date(day, "LLL", locale=self.locale)

    def weekdays(self) -> list[tuple[str, str]]:
        """Short and full names, from the week's first day on."""
        named = self.days_of_the_week()
        return [named[(self.week_begins_on + n) % 7] for n in range(7)]

    def days_of_the_week(self) -> list[tuple[str, str]]:
        """Short and full names from Monday on, whatever day the reader's week begins with."""
        short, full = self.locale.days["stand-alone"]["short"], self.locale.days["stand-alone"]["wide"]
        return [(short[day].rstrip("."), full[day]) for day in range(7)]

    @property
    def week_begins_on(self) -> int:
        """0 is Monday, 6 Sunday."""
        return self.locale.first_week_day

    def week_of(self, day: date) -> date:
        """The first day of its week."""
        return day - timedelta(days=(day.weekday() - self.week_begins_on) % 7)

    def time(self, local: datetime) -> str:
        """09:00; 9:00 AM"""
        return f"{self._digits(local)}{self._half(local)}"

    def time_to_the_second(self, local: datetime) -> str:
        """09:00:30; 9:00:30 AM"""
        return f"{self._digits(local)}:{local:%S}{self._half(local)}"

    def clock(self, instant: datetime, zone: tzinfo) -> str:
        """The time on the clocks of `zone`."""
        return self.time(instant.astimezone(zone))

    def span(self, start: datetime, end: datetime, zone: tzinfo) -> str:
        """ "09:00–09:30", "9:00–9:30 AM"; a repeated hour of an autumn night is told apart by its offset."""
        first, last = instants_in(zone, start, end)
        if first.utcoffset() != last.utcoffset() or ambiguous(first):
            return f"{self.time(first)} ({offset(first)})–{self.time(last)} ({offset(last)})"
        same_half = self._half(first) == self._half(last)
        return f"{self._digits(first) if same_half else self.time(first)}–{self.time(last)}"

    def when(self, start: datetime, end: datetime, zone: tzinfo) -> str:
        """Such as "Tuesday 24 November 2026, 09:00–09:30"."""
        return f"{self.full_date(start.astimezone(zone).date())}, {self.span(start, end, zone)}"

    def instant(self, instant: datetime, zone: tzinfo, *, today: date | None = None) -> str:
        """ "10:44" if today, else "Tuesday 24 November, 10:44"."""
        local = instant.astimezone(zone)
        return self.time(local) if local.date() == today else f"{self.day(local.date())}, {self.time(local)}"

    def city(self, zone: str) -> str:
        """The city of a zone: Copenhagen; Kopenhagen."""
        return dates.get_timezone_location(zone, locale=self.locale, return_city=True).rpartition("/")[2]

    def place(self, place: Place) -> str:
        """The kind of place, in a word or two."""
        match place:
            case Place.VIDEO:
                return self.text("Video call")
            case Place.PHONE:
                return self.text("Phone call")
            case Place.IN_PERSON:
                return self.text("In person")

    def browser(self, agent: str) -> str:
        """ "Firefox on Linux": the browser with this User-Agent, as its owner knows it."""
        browser, system = browser_and_system(agent)
        if browser and system:
            return self.text("{browser} on {system}", browser=browser, system=system)
        return browser or system or self.text("an unknown browser")

    def answer(self, question: Question, answer: str, *, writer: str) -> str:
        """An answer in this language. `writer`: the host's language."""
        return question.words(answer, self.code, writer=writer, ticked=self.text("Yes"))

    def days(self, first_on: date, last_on: date, *, this_year: int) -> str:
        """ "Thursday 24 December – Sunday 3 January", or one day alone; with the year if it isn't this one."""
        shown = [self.day(on) if on.year == this_year else self.full_date(on) for on in (first_on, last_on)]
        return shown[0] if first_on == last_on else f"{shown[0]} – {shown[1]}"

    def country(self, code: str) -> str:
        """Germany; Deutschland"""
        return str(self.locale.territories.get(code, code))

    def hours(self, length: timedelta) -> str:
        """A number of hours: 35.5."""
        return numbers.format_decimal(length / timedelta(hours=1), format="#,##0.##", locale=self.locale)

    def given(self, answered: Answered, *, writer: str) -> str:
        """An answer as it may leave this service: of a sensitive one only that it was given."""
        if answered.text is None:
            return self.text("answered, see the booking")
        return (
            answered.text if answered.question is None else self.answer(answered.question, answered.text, writer=writer)
        )

    def duration(self, length: timedelta) -> str:
        """30 minutes; 1 hour 30 minutes"""
        hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
        parts = []
        if hours:
            parts.append(self.plural("{count} hour", "{count} hours", hours))
        if minutes or not hours:
            parts.append(self.plural("{count} minute", "{count} minutes", minutes))
        return " ".join(parts)

    def _digits(self, local: datetime) -> str:
        return f"{local.hour % 12 or 12}:{local:%M}" if self.twelve_hours else f"{local:%H:%M}"

    def _half(self, local: datetime) -> str:
        """ " AM" with a non-breaking space; "" on a 24-hour clock."""
        if not self.twelve_hours:
            return ""
        names = self.locale.day_periods["format"]["abbreviated"]
        return f"\u00a0{names['am' if local.hour < 12 else 'pm']}"


@cache
def language_of(tag: str) -> Language:
    """The language of this tag; English if there is none."""
    return Language(tag if tag in TAGS else SOURCE)


def country_of(zone: str) -> str:
    """The ISO 3166-1 code of a zone's country; "" for none, as of UTC."""
    territory = get_global("zone_territories").get(zone, "")
    return territory if territory.isalpha() else ""


def zone_label(instant: datetime, zone: ZoneInfo) -> str:
    """ "Europe/Berlin (UTC+1)": the zone's name and its offset at that instant; "UTC" alone for UTC."""
    shown = offset(instant.astimezone(zone))
    return shown if zone.key == shown else f"{zone.key} ({shown})"


def offset(local: datetime) -> str:
    """Such as "UTC", "UTC+1" and "UTC+5:45"."""
    total = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    if total == 0:
        return "UTC"
    hours, minutes = divmod(abs(total), 60)
    return f"UTC{'+' if total > 0 else '−'}{hours}" + (f":{minutes:02d}" if minutes else "")


def instants_in(zone: tzinfo, *instants: datetime) -> list[datetime]:
    return [instant.astimezone(zone) for instant in instants]


def ambiguous(local: datetime) -> bool:
    """Whether this wall-clock time occurs twice (PEP 495)."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() and _exists(local)


def _exists(local: datetime) -> bool:
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def _catalogue(code: str) -> gettext.NullTranslations:
    path = _CATALOGUES / code / "messages.po"
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
