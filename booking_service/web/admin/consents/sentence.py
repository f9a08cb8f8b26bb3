"""Sentences to read out on the phone, one per purpose: who agreed to what, when, how, and how it ended."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ....actions.consent.dossier import Agreement, Dossier, Evidence
from ....domain.consent import Act, Asked, Entry, How, Standing
from ....domain.purposes import EVERY, Part, parts_of
from ....language import Language
from ...parts.consent_reason import reason_words
from .words import how


def sentences(dossier: Dossier, language: Language, *, now: datetime) -> tuple[str, ...]:
    """One sentence for each purpose with entries. What ended everything is said with each thing it ended, else once.

    Dates are in the organisation's zone, as in exported lists, so that everybody reads out the same.
    """
    writers = [_Said(dossier, each, language) for each in dossier.purposes]
    told = [text for each in writers if (text := each.purpose(now=now))]
    for_all = next((text for each in writers if (text := each.ended_everything())), "")
    return (*told, for_all) if for_all and not any(for_all in each for each in told) else tuple(told)


def sentence(dossier: Dossier, evidence: Evidence, language: Language, *, now: datetime) -> str:
    """The sentence of one purpose; "" without entries."""
    writer = _Said(dossier, evidence, language)
    return writer.purpose(now=now) or writer.ended_everything()


def clock(language: Language, instant: datetime, zone: ZoneInfo) -> str:
    """For example "14 March 2026, 16:02"."""
    local = instant.astimezone(zone)
    return f"{language.long_date(local.date())}, {language.time(local)}"


def since(language: Language, standing: Standing, zone: ZoneInfo) -> str:
    """From when a grant counts, with time, or the day alone if it was given elsewhere; "" for none."""
    if standing.since is None:
        return ""
    return language.long_date(standing.since_on) if standing.since_on else clock(language, standing.since, zone)


class _Said:
    """Builds the sentence of one purpose."""

    def __init__(self, dossier: Dossier, evidence: Evidence, language: Language) -> None:
        self._dossier, self._evidence, self._language, self._zone = dossier, evidence, language, dossier.zone

    def purpose(self, *, now: datetime) -> str:
        """The sentence; "" without entries."""
        standing = self._evidence.row.standing
        agreed = self._agreed(self._evidence.agreed) if self._evidence.agreed else ""
        if standing.rests_on is None:
            return self._asked(standing.asked(now=now))
        since = "" if standing.granted else self._ended(standing.rests_on)
        if standing.rests_on.act is Act.REOPENED:
            since = self._reopened(standing.rests_on)
        return " ".join(filter(None, (agreed, since))) if agreed or standing.rests_on.purpose != EVERY else ""

    def ended_everything(self) -> str:
        """The end of everything, where that is the standing; else ""."""
        entry = self._evidence.row.standing.rests_on
        return self._ended(entry) if entry is not None and entry.purpose == EVERY else ""

    def _agreed(self, agreement: Agreement) -> str:
        match agreement.answer.entry.act:
            case Act.RECORDED:
                return self._recorded(agreement)
            case Act.CONFIRMED if agreement.question is not None:
                told = self._confirmed(agreement)
            case _:
                told = self._given(agreement)
        shown = agreement.shown
        box = parts_of(shown)[Part.BOX] if shown is not None else ""
        return told + (" " + self._language.text("The text was: “{text}”", text=box) if box else "")

    def _confirmed(self, agreement: Agreement) -> str:
        question = agreement.question or agreement.answer
        body = question.body
        return self._language.text(
            "{who} agreed to “{purpose}” on {time}, {where}; confirmed by the link mailed to {address} on {confirmed}.",
            who=self._who(agreement.answer.body),
            purpose=self._evidence.name,
            time=self._at(question.entry),
            where=self._where(question.entry, body),
            address=str(body.get("address", "")) or self._language.text("their address"),
            confirmed=self._at(agreement.answer.entry),
        )

    def _given(self, agreement: Agreement) -> str:
        answer, body = agreement.answer, agreement.answer.body
        return self._language.text(
            "{who} agreed to “{purpose}” on {time}, {where}.",
            who=self._who(body),
            purpose=self._evidence.name,
            time=self._at(answer.entry),
            where=self._where(answer.entry, body),
        )

    def _recorded(self, agreement: Agreement) -> str:
        answer, language = agreement.answer, self._language
        body, standing = answer.body, agreement.standing
        since = standing.since or answer.entry.at
        facts = {
            "who": self._who(body),
            "purpose": self._evidence.name,
            "date": language.long_date(standing.since_on or since.astimezone(self._zone).date()),
            "source": str(body.get("source") or "")
            or reason_words(str(body.get("reason", "")), language)
            or how(answer.entry.how, language),
            "staff": self._staff(answer.entry, body),
            "recorded": self._at(answer.entry),
        }
        if answer.entry.implied:
            return language.text(
                "“{purpose}” is based on an existing relationship with {who}: {source}. {staff} recorded it "
                "on {recorded}.",
                **facts,
            )
        told = language.text(
            "{who} agreed to “{purpose}” on {date}: {source}. {staff} recorded it on {recorded}.", **facts
        )
        return " ".join(filter(None, (told, str(body.get("description", "")))))

    def _reopened(self, entry: Entry) -> str:
        body = self._body(entry)
        return self._language.text(
            "{staff} took back our opt-out of “{purpose}” on {recorded}: {source}.",
            staff=self._staff(entry, body),
            purpose=self._evidence.name,
            recorded=self._at(entry),
            source=str(body.get("reason") or how(entry.how, self._language)),
        )

    def _ended(self, entry: Entry) -> str:
        language, body = self._language, self._body(entry)
        facts = {"who": self._who(body), "purpose": self._evidence.name, "time": self._at(entry)}
        staff = self._staff(entry, body)
        if entry.act is Act.ERASED and not entry.by_contact:
            return language.text("{staff} erased the data of {who} on {time}.", staff=staff, **facts)
        if entry.act is Act.ERASED:
            return language.text("{who} asked to be erased; that was done on {time}.", **facts)
        if entry.purpose == EVERY:
            return self._ended_everything(entry, staff, str(body.get("reason", "")), facts)
        if entry.act is Act.DECLINED:
            return language.text("{who} answered the question about “{purpose}” with no on {time}.", **facts)
        if entry.how is How.TOLD:
            return language.text(
                "{who} ended “{purpose}” on {time}; {staff} was told and passed it on.", staff=staff, **facts
            )
        if entry.by_contact:
            return language.text("{who} ended “{purpose}” on {time}, {how}.", how=how(entry.how, language), **facts)
        return language.text(
            "{staff} ended “{purpose}” on {time}: {reason}.", staff=staff, reason=str(body.get("reason", "")), **facts
        )

    def _ended_everything(self, entry: Entry, staff: str, reason: str, facts: dict[str, str]) -> str:
        language = self._language
        if entry.how is How.TOLD:
            return language.text(
                "{who} ended every use of their data on {time}; {staff} was told and passed it on.",
                staff=staff,
                **facts,
            )
        if entry.by_contact:
            return language.text(
                "{who} ended every use of their data on {time}, {how}.", how=how(entry.how, language), **facts
            )
        return language.text(
            "{staff} ended every use of the data of {who} on {time}: {reason}.", staff=staff, reason=reason, **facts
        )

    def _asked(self, asked: Asked | None) -> str:
        question, language = self._evidence.waits or self._evidence.question, self._language
        if question is None or asked is None:
            return ""
        facts = {
            "who": self._who(question.body),
            "purpose": self._evidence.name,
            "time": self._at(question.entry),
        }
        if asked is Asked.LAPSED:
            return language.text("{who} was asked about “{purpose}” on {time} and did not answer in time.", **facts)
        return language.text("{who} was asked about “{purpose}” on {time} and has not answered yet.", **facts)

    def _who(self, body: dict[str, Any]) -> str:
        """Their name at that time."""
        contact = self._dossier.contact
        return str(
            body.get("who") or contact.name or contact.address or contact.phone or self._language.text("The person")
        )

    def _body(self, entry: Entry) -> dict[str, Any]:
        """The stored detail; empty for an entry of a contact that is no longer merged."""
        return next((each.body for each in self._dossier.links if each.entry.id == entry.id), {})

    def _at(self, entry: Entry) -> str:
        """The instant as it is spoken."""
        local = entry.at.astimezone(self._zone)
        language = self._language
        return language.text("{date}, {time}", date=language.long_date(local.date()), time=language.time(local))

    def _where(self, entry: Entry, body: dict[str, Any]) -> str:
        page = str(body.get("page", ""))
        if page and entry.how is How.FORM:
            return self._language.text("on the booking page {page}", page=page)
        if not entry.by_contact:
            return self._language.text("asked by {staff}", staff=self._staff(entry, body))
        return how(entry.how, self._language)

    def _staff(self, entry: Entry, body: dict[str, Any]) -> str:
        return str(body.get("staff") or self._dossier.staff.get(entry.by) or self._language.text("staff"))
