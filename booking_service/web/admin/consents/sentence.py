"""One sentence per purpose to read out on the phone: who agreed to what, when, where and how, and the text of it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ....actions.consent.dossier import Dossier, Evidence
from ....domain.consent import Act, Asked, Basis, Entry, Standing
from ....domain.purposes import Part, parts_of
from ....language import Language
from .words import how


def sentence(dossier: Dossier, evidence: Evidence, language: Language, *, zone: ZoneInfo, now: datetime) -> str:
    """What can be said of one purpose; "" where nothing was ever said about it."""
    standing = evidence.row.standing
    writer = _Said(dossier, evidence, language, zone)
    match standing.basis:
        case Basis.DOUBLE:
            return writer.confirmed()
        case Basis.FORM:
            return writer.confirmed() if _act(evidence) is Act.CONFIRMED else writer.given()
        case Basis.USER | Basis.IMPLIED:
            return writer.recorded()
        case Basis.OUT_USER | Basis.OUT_CONTACT:
            return writer.ended()
        case _:
            return writer.asked(standing.asked(now=now))


def clock(language: Language, instant: datetime, zone: ZoneInfo) -> str:
    """14 March 2026, 16:02"""
    local = instant.astimezone(zone)
    return f"{language.long_date(local.date())}, {language.time(local)}"


def since(language: Language, standing: Standing, zone: ZoneInfo) -> str:
    """Since when a grant counts: 14 March 2026, 16:02; of what was given elsewhere the day alone. "" where there is none."""
    if standing.since is None:
        return ""
    return language.long_date(standing.since_on) if standing.since_on else clock(language, standing.since, zone)


class _Said:
    """The pieces that the sentences share."""

    def __init__(self, dossier: Dossier, evidence: Evidence, language: Language, zone: ZoneInfo) -> None:
        self._dossier, self._evidence, self._language, self._zone = dossier, evidence, language, zone

    def confirmed(self) -> str:
        question, answer = self._evidence.question, self._evidence.answer
        if question is None or answer is None:
            return ""
        body = question.body
        agreed = self._language.text(
            "{who} agreed to “{purpose}” on {time}, {where}; confirmed by the link mailed to {address} on {confirmed}.",
            who=self._who(body),
            purpose=self._evidence.name,
            time=self._at(question.entry),
            where=self._where(question.entry, body),
            address=str(body.get("address", "")) or self._language.text("their address"),
            confirmed=self._at(answer.entry),
        )
        return agreed + self._text()

    def given(self) -> str:
        answer = self._evidence.answer
        if answer is None:
            return ""
        body = answer.body
        agreed = self._language.text(
            "{who} agreed to “{purpose}” on {time}, {where}.",
            who=self._who(body),
            purpose=self._evidence.name,
            time=self._at(answer.entry),
            where=self._where(answer.entry, body),
        )
        return agreed + self._text()

    def recorded(self) -> str:
        answer, language = self._evidence.answer, self._language
        if answer is None:
            return ""
        body, standing = answer.body, self._evidence.row.standing
        since = standing.since or answer.entry.at
        facts = {
            "who": self._who(body),
            "purpose": self._evidence.name,
            "date": language.long_date(standing.since_on or since.astimezone(self._zone).date()),
            "source": str(body.get("source") or body.get("reason") or how(answer.entry.how, language)),
            "staff": self._staff(answer.entry, body),
            "recorded": self._at(answer.entry),
        }
        if answer.entry.act is Act.REOPENED:
            return language.text("{staff} took our opt-out of “{purpose}” back on {recorded}: {source}.", **facts)
        if answer.entry.implied:
            return language.text(
                "“{purpose}” rests on an existing relationship with {who}: {source}. {staff} recorded it on {recorded}.",
                **facts,
            )
        told = language.text(
            "{who} agreed to “{purpose}” on {date}: {source}. {staff} recorded it on {recorded}.", **facts
        )
        return " ".join(filter(None, (told, str(body.get("description", "")))))

    def ended(self) -> str:
        answer, language = self._evidence.answer, self._language
        if answer is None:
            return language.text("“{purpose}” is ended.", purpose=self._evidence.name)
        body = answer.body
        facts = {"who": self._who(body), "purpose": self._evidence.name, "time": self._at(answer.entry)}
        if answer.entry.by_contact:
            return language.text(
                "{who} ended “{purpose}” on {time}, {how}.", how=how(answer.entry.how, language), **facts
            )
        return language.text(
            "{staff} ended “{purpose}” on {time}: {reason}.",
            staff=self._staff(answer.entry, body),
            reason=str(body.get("reason", "")),
            **facts,
        )

    def asked(self, asked: Asked | None) -> str:
        question, language = self._evidence.waits or self._evidence.question, self._language
        if asked is Asked.DECLINED and self._evidence.answer is not None:
            return language.text(
                "{who} answered the question about “{purpose}” with no on {time}.",
                who=self._who(self._evidence.answer.body),
                purpose=self._evidence.name,
                time=self._at(self._evidence.answer.entry),
            )
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
        """As they were called then, whatever they are called now."""
        contact = self._dossier.contact
        return str(
            body.get("who") or contact.name or contact.address or contact.phone or self._language.text("The person")
        )

    def _at(self, entry: Entry) -> str:
        return clock(self._language, entry.at, self._zone)

    def _where(self, entry: Entry, body: dict[str, Any]) -> str:
        page = str(body.get("page", ""))
        if page:
            return self._language.text("on the booking page {page}", page=page)
        if not entry.by_contact:
            return self._language.text("asked by {staff}", staff=self._staff(entry, body))
        return how(entry.how, self._language)

    def _staff(self, entry: Entry, body: dict[str, Any]) -> str:
        return str(body.get("staff") or self._dossier.staff.get(entry.by) or self._language.text("staff"))

    def _text(self) -> str:
        shown = self._evidence.shown
        box = parts_of(shown)[Part.BOX] if shown is not None else ""
        return " " + self._language.text("The text was: “{text}”", text=box) if box else ""


def _act(evidence: Evidence) -> Act | None:
    return evidence.answer.entry.act if evidence.answer else None
