"""The fields of contacts' profiles, between the setup file and the database."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from ....crypto.ids import new_id
from ....domain.localized_text import HostText, InLanguages
from ....storage import fields, hosts, purposes
from ....storage.fields import ProfileField
from ...consent import profile
from .field_tables import WantedField
from .write import Tree


def store(session: Session, wanted: Iterable[WantedField], *, now: datetime) -> list[str]:
    """Make the fields what the file says. Returns what can't be: what was sealed stays so."""
    problems, known = [], {each.slug for each in purposes.every(session)}
    language = hosts.organisation(session).default_language
    for each in wanted:
        standing = fields.find(session, each.slug)
        if standing is not None and standing.sensitive and not each.sensitive:
            problems.append(f"fields.{each.slug}.sensitive: its values are sealed for good")
            continue
        if each.purpose and each.purpose not in known:
            problems.append(f"fields.{each.slug}.purpose: there is no purpose {each.purpose!r}")
            continue
        field = ProfileField(
            id=standing.id if standing else new_id(now),
            slug=each.slug,
            labels=_labels(each.label, language),
            personal=each.personal,
            sensitive=each.sensitive,
            purpose=each.purpose,
        )
        if field != standing:
            fields.save(session, field)
        if field.sensitive and standing is not None and not standing.sensitive:
            profile.owe_sealing(session, field, now=now)
    return problems


def fields_tree(session: Session) -> Tree:
    return {each.slug: _field(each) for each in fields.every(session)}


def left_alone(session: Session, wanted: Iterable[WantedField]) -> Iterable[str]:
    mentioned = {each.slug for each in wanted}
    return (f"fields.{each.slug}" for each in fields.every(session) if each.slug not in mentioned)


def _field(field: ProfileField) -> Tree:
    label: HostText = next(iter(field.labels.values()), field.slug)
    if len(field.labels) > 1:
        label = InLanguages(tuple(field.labels.items()))
    return {"label": label, "personal": field.personal, "sensitive": field.sensitive, "purpose": field.purpose}


def _labels(label: HostText, language: str) -> dict[str, str]:
    return {language: label} if isinstance(label, str) else dict(label.versions)
