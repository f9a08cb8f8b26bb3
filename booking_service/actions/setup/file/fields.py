"""Profile fields between setup file and database."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from sqlmodel import Session

from ....crypto.ids import new_id
from ....domain.errors import UnknownPurpose
from ....domain.localized_text import HostText, InLanguages
from ....storage import fields, hosts
from ....storage.fields import ProfileField
from ...consent import profile_fields, question_fields
from ...consent.profile import LONGEST
from ...consent.profile_fields import AskedByConditions, StaysSensitive
from ...consent.question_fields import FieldUnfit, Misfit
from .field_tables import WantedField
from .read import WantedHost
from .write import Tree


def store(session: Session, wanted: Iterable[WantedField], *, now: datetime) -> list[str]:
    """Make the fields as the file says. Returns problems."""
    problems, language = [], hosts.organisation(session).default_language
    for each in wanted:
        standing = fields.find(session, each.slug)
        field = ProfileField(
            id=standing.id if standing else new_id(now),
            slug=each.slug,
            labels=_labels(each.label, language),
            personal=each.personal,
            sensitive=each.sensitive,
            shown=each.shown,
            purpose=each.purpose,
            editable=each.editable,
        )
        try:
            profile_fields.store(session, field, now=now)
        except StaysSensitive:
            problems.append(f"fields.{each.slug}.sensitive: its values are sealed for good")
        except UnknownPurpose:
            problems.append(f"fields.{each.slug}.purpose: there is no purpose {each.purpose!r}")
        except AskedByConditions as refusal:
            asking = ", ".join(refusal.asking.keys())
            problems.append(
                f"fields.{each.slug}.sensitive: nobody would meet a condition on what is sealed, so first take the field out of {asking}"
            )
    return problems


def misfits(session: Session, wanted: Iterable[WantedHost]) -> Iterable[str]:
    """Problems of questions whose answers can't be kept in the field they name."""
    for host in wanted:
        for meeting in host.meetings:
            for each in question_fields.misfits(session, meeting.questions):
                key = f"{host.where}.meetings.{meeting.slug}.questions[{each.question.key}].field"
                yield f"{key}: {_unfit(session, each)}"


def _unfit(session: Session, unfit: FieldUnfit) -> str:
    slug = unfit.question.field
    match unfit.misfit:
        case Misfit.UNKNOWN:
            there = ", ".join(each.slug for each in fields.every(session)) or "none"
            return f"there is no field {slug!r}: write [fields.{slug}]; there are: {there}"
        case Misfit.SENSITIVE:
            return (
                f"the question is sensitive, and everybody who sees contacts could read the field: write sensitive = true below "
                f"[fields.{slug}], which can't be taken back, or name a field that is"
            )
        case Misfit.TOO_LONG:
            return (
                f"a field holds one line of {LONGEST} characters, and an answer may be longer: ask for another kind than long, or "
                "write shorter options"
            )
        case _:
            assert_never(unfit.misfit)


def fields_tree(session: Session) -> Tree:
    return {each.slug: field_tree(each) for each in fields.every(session)}


def left_alone(session: Session, wanted: Iterable[WantedField]) -> Iterable[str]:
    mentioned = {each.slug for each in wanted}
    return (f"fields.{each.slug}" for each in fields.every(session) if each.slug not in mentioned)


def field_tree(field: ProfileField) -> Tree:
    label: HostText = next(iter(field.labels.values()), field.slug)
    if len(field.labels) > 1:
        label = InLanguages(tuple(field.labels.items()))
    return {
        "label": label,
        "personal": field.personal,
        "sensitive": field.sensitive,
        "shown": field.shown,
        "purpose": field.purpose,
        "editable": field.editable,
    }


def _labels(label: HostText, language: str) -> dict[str, str]:
    return {language: label} if isinstance(label, str) else dict(label.versions)
