"""All data about a person as a readable document: headings with facts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from ...domain.availability import zone_kept
from ...language import Language, zone_label
from ...rendering import render
from .consent_reason import reason_words
from .mail_names import mail_name
from .own_data_words import (
    act,
    basis,
    booking_state,
    detail_name,
    how,
    looked_at,
    mailed_to,
    outcome,
    part,
    question,
    said_by,
)

Fact = tuple[str, str]
Thing = Mapping[str, Any]
_NONE = "–"


@dataclass(frozen=True, slots=True)
class Chapter:
    """`groups`: one per thing, each of labels and texts."""

    title: str
    groups: tuple[tuple[Fact, ...], ...]


@dataclass(frozen=True, slots=True)
class DataView:
    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def data_view(given: Thing, language: Language, *, zone: str, labels: Mapping[str, str]) -> DataView:
    """The same facts as for programs, with none left out. `zone`: of times. `labels`: of fields, by slug."""
    writer = _Writer(given, language, zone_kept(zone, otherwise=ZoneInfo("UTC")), labels)
    chapters = (
        (language.text("You"), [writer.person(given["person"])]),
        (language.text("Bookings"), map(writer.booking, given["bookings"])),
        (language.text("What applies"), map(writer.consent, given["consents"])),
        (language.text("What was said"), map(writer.entry, given["entries"])),
        (language.text("Emails"), map(writer.mail, given["mails"])),
        (language.text("Messages to you"), map(writer.message, given["messages"])),
        (language.text("What you were told about"), map(writer.told, given["told_of"])),
        (language.text("To whom we passed it on"), map(writer.passed_on, given["passed_on"])),
        (language.text("Who looked at it"), map(writer.looked, given["looked_at"])),
    )
    return DataView(
        title=language.text("Your data"),
        lead=language.text(
            "Held by {organisation}, as of {time}.", organisation=given["held_by"], time=writer.time(given["as_of"])
        ),
        chapters=tuple(Chapter(title, tuple(tuple(_filled(each)) for each in groups)) for title, groups in chapters),
    )


def detail_facts(body: Thing, language: Language, *, zone: ZoneInfo) -> tuple[Fact, ...]:
    """The detail of one entry, as labels and texts."""
    return tuple(_filled(_Writer({}, language, zone, {}).detail(body)))


def data_file(
    given: Thing,
    language: Language,
    *,
    zone: str,
    labels: Mapping[str, str],
    for_programs: bool,
    headers: Mapping[str, str],
) -> Response:
    """The file, as text or `for_programs`."""
    if for_programs:
        return _file(json.dumps(given, ensure_ascii=False, indent=2), "application/json", "data.json", headers)
    view = data_view(given, language, zone=zone, labels=labels)
    text = render("parts/own_data_file.html", language=language, view=view)
    return _file(text, "text/html; charset=utf-8", "data.html", headers)


def _file(text: str, media_type: str, name: str, headers: Mapping[str, str]) -> Response:
    given = {**headers, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=given)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a person's document in a language and zone."""

    given: Thing
    language: Language
    zone: ZoneInfo
    labels: Mapping[str, str]

    def time(self, written: str | None) -> str:
        """ "Monday 23 November 2026, 11:14:09, Europe/Berlin (UTC+1)"; "" for none."""
        if not written:
            return ""
        instant = datetime.fromisoformat(written)
        local = instant.astimezone(self.zone)
        day, clock = self.language.full_date(local.date()), self.language.time_to_the_second(local)
        return f"{day}, {clock}, {zone_label(instant, self.zone)}"

    def person(self, person: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("Name"), person["name"]
        yield language.text("Email"), person["address"]
        yield language.text("Phone"), person["phone"]
        yield language.text("Language"), self._spoken(person["language"])
        yield language.text("Known since"), self.time(person["known_since"])
        yield language.text("Use stopped on"), self.time(person["use_stopped_at"])
        yield from person["fields"].items()

    def booking(self, booking: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("What"), booking["what"]
        yield language.text("With"), booking["with"]
        yield language.text("Begins"), self.time(booking["starts_at"])
        yield language.text("Ends"), self.time(booking["ends_at"])
        yield language.text("State"), booking_state(booking["state"], language)
        yield language.text("Asked for"), self.time(booking["asked_for_at"])
        yield language.text("Name"), booking["name"]
        yield language.text("Email"), booking["address"]
        yield language.text("Time zone"), booking["zone"]
        yield language.text("Guests"), "\n".join(booking["guests"])
        yield from booking["answers"].items()
        yield language.text("Emails"), "\n".join(map(self._sent, booking["mails"]))
        told = (f"{self._receiver(each)}: {self.time(each['at'])}" for each in booking["passed_on"])
        yield language.text("Name and email passed on to"), "\n".join(told)

    def consent(self, consent: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("Purpose"), consent["name"]
        over = [language.text("Expired")] if consent["expired"] else []
        yield language.text("Standing"), " · ".join((basis(consent["standing"], language), *over))
        yield language.text("Since when"), self.time(consent["since"])
        yield language.text("Question"), question(consent["question"], language)

    def entry(self, entry: Thing) -> Iterator[Fact]:
        language, mine = self.language, entry["by"] == "you"
        yield language.text("What"), act(entry["act"], self._purpose(entry["purpose"]), language, mine=mine)
        yield language.text("When"), self.time(entry["at"])
        yield language.text("Said by"), said_by(entry["by"], language)
        yield language.text("In which way"), how(entry["how"], language)
        yield language.text("Record"), entry["id"]
        for name, text in (entry["shown"] or {}).items():
            yield part(name, language), text
        yield from self.detail(entry["detail"] or {})

    def mail(self, mail: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("When"), self.time(mail["at"])
        yield language.text("Email"), mail_name(mail["kind"], language)
        yield language.text("Address"), mail["address"]
        yield language.text("Outcome"), outcome(mail["outcome"], language)

    def message(self, message: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("When"), self.time(message["at"])
        yield language.text("Purpose"), self._purpose(message["purpose"])
        yield language.text("Subject"), message["subject"]
        yield language.text("Text"), message["text"]
        yield language.text("Outcome"), outcome(message["outcome"], language)
        yield language.text("Ended"), self.time(message["ended_at"])

    def told(self, told: Thing) -> Iterator[Fact]:
        yield self.language.text("When"), self.time(told["at"])
        yield self.language.text("Purpose"), self._purpose(told["purpose"])

    def passed_on(self, told: Thing) -> Iterator[Fact]:
        yield self.language.text("When"), self.time(told["at"])
        yield self.language.text("To whom"), self._receiver(told)
        yield self.language.text("Purpose"), self._purpose(told["purpose"])

    def looked(self, look: Thing) -> Iterator[Fact]:
        language = self.language
        yield language.text("When"), self.time(look["at"])
        yield language.text("Who"), said_by(look["by"], language)
        yield language.text("What"), looked_at(look["what"], self.labels, language)

    def _sent(self, mail: Thing) -> str:
        """ "Booked, to a guest: Monday 23 November 2026, 11:14:09, Europe/Berlin (UTC+1)"."""
        what = mail_name(mail["kind"], self.language), mailed_to(mail["to"], self.language)
        return f"{', '.join(filter(None, what))}: {self.time(mail['at'])}"

    def _receiver(self, told: Thing) -> str:
        if told["arrived"]:
            return str(told["to"])
        return self.language.text("{receiver} (sent, not confirmed)", receiver=told["to"])

    def detail(self, body: Thing) -> Iterator[Fact]:
        """An entry's detail; a text that was shown is not repeated."""
        for key, value in body.items():
            if isinstance(value, Mapping):
                yield from self.detail(value)
            elif key == "pressed_at":
                yield detail_name(key, self.language), self.time(value)
            elif key == "given_on":
                yield detail_name(key, self.language), self.language.long_date(datetime.fromisoformat(value).date())
            elif key == "reason":
                yield detail_name(key, self.language), reason_words(str(value), self.language)
            elif key == "language":
                yield detail_name(key, self.language), self._spoken(value)
            else:
                yield detail_name(key, self.language), str(value)

    def _purpose(self, slug: str) -> str:
        if slug in ("", "*"):
            return self.language.text("everything")
        return next((str(each["name"]) for each in self.given["consents"] if each["purpose"] == slug), slug)

    def _spoken(self, code: str) -> str:
        return str(self.language.locale.languages.get(code, code))


def _filled(facts: Iterable[Fact]) -> Iterator[Fact]:
    for label, text in facts:
        yield label, text or _NONE
