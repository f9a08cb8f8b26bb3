"""Example consents: contacts in every standing, a waiting import, a deletion that is due."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ..actions.consent import append, imports, profile, purpose_standings
from ..actions.consent.contacts import find_or_make, locked
from ..actions.privacy import requests
from ..crypto.ids import new_id
from ..domain.consent import Detail, How
from ..domain.consent_file import Meaning, Plan
from ..domain.consent_moves import Change, Confirmed, Declined, OptedOut, Recorded, Stopped, Ticked, Withdrawn
from ..domain.meeting import ConsentBlock
from ..domain.purposes import EVERY, Part, Purpose, PurposeKind, Wording, texts_of
from ..runtime import Runtime
from ..storage import fields, meetings, privacy_requests, purposes
from ..storage.engine import snapshot, transaction
from ..storage.fields import ProfileField
from ..storage.privacy_requests import PrivacyRequest

_NEWSLETTER, _PHONE, _PARTNER, _INSURANCE = "newsletter", "phone", "partner", "insurance-number"
_REGION, _REGION_LABELS = "region", {"en": "Region", "de": "Gegend", "nl": "Regio"}
_PURPOSES = (
    Purpose(id=UUID(int=0xADB0), slug=_NEWSLETTER, kind=PurposeKind.EMAIL, lasts=timedelta(days=730)),
    Purpose(id=UUID(int=0xADB1), slug=_PHONE, kind=PurposeKind.PHONE),
    Purpose(id=UUID(int=0xADB2), slug=_PARTNER, kind=PurposeKind.CUSTOM),
    Purpose(id=UUID(int=0xADB3), slug=_INSURANCE, kind=PurposeKind.FIELD, allows_field=_INSURANCE),
)
_TEXTS: Mapping[str, Mapping[str, Mapping[Part, str]]] = {
    _NEWSLETTER: {
        "en": {
            Part.NAME: "Newsletter",
            Part.BOX: "Yes, send me the newsletter of Analytical Engines, about once a month.",
            Part.BENEFIT: "What we learned, and dates of open evenings.",
        },
        "de": {
            Part.NAME: "Newsletter",
            Part.BOX: "Ja, schicken Sie mir etwa monatlich den Newsletter von Analytical Engines.",
            Part.BENEFIT: "Was wir gelernt haben, und Termine offener Abende.",
        },
        "nl": {
            Part.NAME: "Nieuwsbrief",
            Part.BOX: "Ja, stuur me ongeveer maandelijks de nieuwsbrief van Analytical Engines.",
            Part.BENEFIT: "Wat we leerden, en data van open avonden.",
        },
    },
    _PHONE: {
        "en": {Part.NAME: "Calls", Part.BOX: "You may call me about new engines."},
        "de": {Part.NAME: "Anrufe", Part.BOX: "Sie dürfen mich wegen neuer Maschinen anrufen."},
        "nl": {Part.NAME: "Bellen", Part.BOX: "U mag me bellen over nieuwe machines."},
    },
    _PARTNER: {
        "en": {Part.NAME: "Partner contact", Part.BOX: "Pass my name and address on to the Difference Works."},
        "de": {
            Part.NAME: "Kontakt zum Partner",
            Part.BOX: "Geben Sie Namen und Adresse an die Difference Works weiter.",
        },
        "nl": {Part.NAME: "Contact met partner", Part.BOX: "Geef mijn naam en adres door aan de Difference Works."},
    },
    _INSURANCE: {
        "en": {Part.NAME: "Insurance number", Part.BOX: "You may keep my insurance number."},
        "de": {Part.NAME: "Versicherungsnummer", Part.BOX: "Sie dürfen meine Versicherungsnummer speichern."},
        "nl": {Part.NAME: "Verzekeringsnummer", Part.BOX: "U mag mijn verzekeringsnummer bewaren."},
    },
}
_QUESTION_LASTS = timedelta(days=12)
_STAFF = "office"
_FILE = """\
email,name,optin_source,optin_date
konrad@example.net,Konrad Zuse,Fair in Leipzig,2025-05-01
hedy@example.net,Hedy Lamarr,Fair in Leipzig,2025-05-01
emmy@example.net,Emmy Noether,Fair in Leipzig,31.02.2025
mary@example.net,Mary Somerville,Fair in Leipzig,2025-05-02
"""

_Say = Callable[[str, Change, int], UUID | None]


def make(rt: Runtime, *, now: datetime) -> None:
    """Create them unless there is a purpose; changes made since are kept."""
    if _purposes(rt, now=now - timedelta(days=800)):
        _contacts(rt, now=now)
        _deletion(rt, now=now)
        _block(rt)
        _import(rt, now=now)


def _purposes(rt: Runtime, *, now: datetime) -> bool:
    """False: there are purposes already, and nothing was made."""
    with transaction(rt.engine) as session:
        if purposes.every(session):
            return False
        for position, each in enumerate(_PURPOSES):
            purposes.save(session, each, position=position)
            for language, parts in _TEXTS[each.slug].items():
                texts = texts_of(dict(parts))
                made = Wording(
                    purpose=each.slug, language=language, version=1, texts=texts, made_at=now, made_by=f"staff:{_STAFF}"
                )
                purposes.add_wording(session, made)
            purpose_standings.write_down(rt, session, each)
        labels = {language: parts[Part.NAME] for language, parts in _TEXTS[_INSURANCE].items()}
        field = ProfileField(id=UUID(int=0xADB4), slug=_INSURANCE, labels=labels, sensitive=True, purpose=_INSURANCE)
        fields.save(session, field)
        fields.save(session, ProfileField(id=UUID(int=0xADB5), slug=_REGION, labels=_REGION_LABELS, editable=True))
    return True


def _block(rt: Runtime) -> None:
    """Put the newsletter's block among the questions of the introductory call."""
    with transaction(rt.engine) as session:
        for meeting in meetings.every(session):
            if meeting.slug == "intro":
                meetings.save(session, replace(meeting, purposes=(ConsentBlock(_NEWSLETTER),)))


def _contacts(rt: Runtime, *, now: datetime) -> None:
    """A contact in every standing of the newsletter; Grace in several purposes."""
    tick = {slug: Ticked(by_mail=True, lasts=_QUESTION_LASTS, wording=hash) for slug, hash in _shown(rt).items()}
    at_once = {slug: replace(each, by_mail=False) for slug, each in tick.items()}

    def person(name: str, *, phone: str = "") -> _Say:
        address = f"{name.split()[0].lower()}@example.net"
        detail = Detail(who=name, address=address, page="/ada/intro", language="en", network="203.0.113.0")

        def say(purpose: str, change: Change, days_ago: int) -> UUID | None:
            at = now - timedelta(days=days_ago)
            told = replace(detail, source="Fair in Leipzig", reason="Signed a card") if _by_hand(change) else detail
            with transaction(rt.engine) as session:
                made = find_or_make(rt, session, address=address, phone=phone, name=name, language="en", now=at)
                done = append.change(rt, session, made.id, purpose, change, detail=told, now=at)
            return done.entry.id if done.entry else None

        return say

    def answered(say: _Say, purpose: str, days_ago: int) -> None:
        if (question := say(purpose, tick[purpose], days_ago)) is not None:
            say(purpose, Confirmed(question, tick[purpose].wording), days_ago)

    grace = person("Grace Hopper", phone="+4930901821")
    for purpose in (_NEWSLETTER, _PARTNER, _INSURANCE):
        answered(grace, purpose, 90)
    grace(_PHONE, at_once[_PHONE], 90)
    with transaction(rt.engine) as session:
        whose = find_or_make(rt, session, address="grace@example.net", now=now)
        circle = locked(rt, session, whose.id)
        profile.fill(rt, session, circle, _INSURANCE, "A-7391-2264", now=now)
        profile.fill(rt, session, circle, _REGION, "New England", now=now)
    person("Mary Somerville")(_NEWSLETTER, Recorded(staff=_STAFF), 60)
    person("Charles Babbage")(_NEWSLETTER, Recorded(staff=_STAFF, implied=True), 400)
    person("Annabella Milbanke")(_NEWSLETTER, at_once[_NEWSLETTER], 45)
    person("Alan Turing")(_NEWSLETTER, tick[_NEWSLETTER], 2)
    person("Augustus Morgan")(_NEWSLETTER, tick[_NEWSLETTER], 30)
    declined = person("Luigi Menabrea")
    if (question := declined(_NEWSLETTER, tick[_NEWSLETTER], 21)) is not None:
        declined(_NEWSLETTER, Declined(question), 20)
    person("Sophia Frend")(_NEWSLETTER, OptedOut(staff=_STAFF), 14)
    left = person("John Herschel")
    answered(left, _NEWSLETTER, 200)
    left(_NEWSLETTER, Withdrawn(How.ONE_CLICK), 10)
    answered(person("William Hamilton"), _NEWSLETTER, 740)  # long enough ago to be expired
    stopped = person("Joseph Clement")
    answered(stopped, _NEWSLETTER, 120)
    stopped(EVERY, Stopped(), 5)
    answered(person("Karl-Heinz Müller"), _NEWSLETTER, 150)


def _shown(rt: Runtime) -> dict[str, bytes]:
    """The English wording of each purpose, which everybody was shown."""
    with snapshot(rt.engine) as session:
        return {each.slug: purposes.current_wordings(session, each.slug)["en"].hash for each in _PURPOSES}


def _by_hand(change: Change) -> bool:
    return isinstance(change, Recorded | OptedOut)


def _deletion(rt: Runtime, *, now: datetime) -> None:
    """A wish to be erased that is due in three days."""
    asked_at = now - timedelta(days=4)
    with transaction(rt.engine) as session:
        whose = find_or_make(rt, session, address="karl-heinz@example.net", now=now)
        wish = PrivacyRequest(
            id=new_id(asked_at), contact_id=whose.id, made_at=asked_at, due_at=asked_at + timedelta(days=7)
        )
        privacy_requests.save(session, wish)
        requests.owe(session, wish, due_at=wish.due_at, now=now)


def _import(rt: Runtime, *, now: datetime) -> None:
    """An import that was checked, with a wrong line, and not applied."""
    made = imports.start(rt, _FILE.encode(), name="fair-in-leipzig.csv", by=_STAFF, called="Office", now=now)
    columns = imports.plan_of(made).columns
    imports.plan(rt, made.id, Plan(columns=columns, purpose=_NEWSLETTER, meaning=Meaning.GIVEN, for_all={}), now=now)
