"""What is set up, in the form of the setup file: for `export-setup`, and to name changes by the file's keys."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import tomlkit
from tomlkit.items import AoT, Item, Table

from ....config.notation import show_duration
from ....domain.availability import WorkingHours, spans_text
from ....domain.localized_text import InLanguages
from ....domain.meeting import MeetingType
from ....domain.people import Host, Organisation
from ....domain.questions import Question
from ....storage.calendars import Account, Connected
from .tables import WEEKDAYS

Tree = dict[str, Any]
_INNER = ("accounts", "meetings", "mails")

_HEADER = (
    "# Made by `booking-service export-setup`. `booking-service apply` reads it back; passwords stay outside of it."
)
_PASSWORD = "a stored password stays where this variable is not set"  # noqa: S105 (a remark)


def organisation_tree(organisation: Organisation) -> Tree:
    return {
        "name": organisation.name,
        "imprint": organisation.imprint,
        "privacy": organisation.privacy,
        "contact": organisation.contact,
        "accent": organisation.accent,
        "logo": organisation.logo,
        "languages": list(organisation.languages),
        "default_language": organisation.default_language,
        "doi_forced": organisation.doi_forced,
        "retain_days": organisation.retain_days,
        "audit_days": organisation.audit_days,
        "second_factor": [str(each) for each in organisation.second_factor],
    }


def host_tree(host: Host) -> Tree:
    """The host's own keys, without accounts and meeting types."""
    return {
        "name": host.name,
        "email": host.email,
        "zone": host.zone.key,
        "language": host.language,
        "per_day": host.limits.per_day,
        "per_week": host.limits.per_week,
        "listed": host.listed,
        "active": host.active,
        "accent": host.accent,
        "welcome": host.welcome,
        "picture": host.picture,
        "hold_mark": host.hold_mark,
        "hours": _week(host.hours),
        "overrides": [
            {"first_on": each.first_on, "last_on": each.last_on, "hours": spans_text(each.spans), "name": each.name}
            for each in host.overrides
        ]
        or None,
        "holidays": host.holidays.region,
        "works_on": list(host.holidays.works_on),
    }


def account_tree(account: Account, connected: Sequence[Connected]) -> Tree:
    """The account without its password; a reference to it is added when the tree is written."""
    return {
        "url": account.url,
        "username": account.username,
        "auth": account.auth,
        "calendars": [
            {"url": each.url, "name": each.name, "conflicts": each.conflicts, "target": each.target}
            for each in connected
        ],
    }


def meeting_tree(meeting: MeetingType) -> Tree:
    rules = meeting.rules
    return {
        "title": meeting.title,
        "description": meeting.description,
        "duration": rules.duration,
        "increment": rules.increment,
        "buffer_before": rules.buffer_before,
        "buffer_after": rules.buffer_after,
        "notice": rules.notice,
        "horizon_days": rules.horizon.days,
        "last_on": rules.horizon.last_on,
        "per_day": rules.per_day,
        "per_week": rules.per_week,
        "hold_lifetime": meeting.hold_lifetime,
        "doi": str(meeting.doi),
        "approval": str(meeting.approval),
        "approval_lifetime": meeting.approval_lifetime,
        "hold_policy": str(meeting.hold_policy),
        "tell_of_holds": meeting.tell_of_holds,
        "calendar_wins": meeting.calendar_wins,
        "place": str(meeting.place),
        "location": meeting.location,
        "calendar": meeting.calendar,
        "guests_at_most": meeting.guests_at_most,
        "change_until": meeting.change_until,
        "moves_at_most": meeting.moves_at_most,
        "remind_before": list(meeting.remind_before),
        "alarm_before": meeting.alarm_before,
        "embed_from": list(meeting.embed_from),
        "listed": meeting.listed,
        "one_time_only": meeting.one_time_only,
        "active": meeting.active,
        "hours": _week(meeting.hours) if meeting.hours else None,
        "questions": [_question_tree(question) for question in meeting.questions] or None,
        "purposes": [asdict(block) for block in meeting.purposes] or None,
    }


def _question_tree(question: Question) -> Tree:
    tree: Tree = {"key": question.key, "label": question.label, "kind": str(question.kind)}
    tree |= {"required": question.required, "sensitive": question.sensitive, "options": list(question.options) or None}
    tree |= {"only_after": asdict(question.only_after) if question.only_after else None}
    return {**tree, "field": question.field or None}


def flat(tree: Tree, above: str = "") -> dict[str, str]:
    """Dotted key → its value as a person reads it. Array elements are named by what they are about, not by position."""
    return dict(_flat(tree, above))


def differences(before: Tree, after: Tree) -> Iterator[tuple[str, str | None, str | None]]:
    """Each key that differs, with its value before and after; None for a missing one."""
    was, now = flat(before), flat(after)
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            yield key, was.get(key), now.get(key)


def to_toml(tree: Tree) -> str:
    """The TOML that `read.parse` reads back to the same values."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEADER.removeprefix("# ")))
    if "organisation" in tree:
        document.add("organisation", _table(tree["organisation"]))
    if "consents" in tree:
        document.add("consents", _table(tree["consents"]))
    for name in ("purposes", "fields", "mails"):
        if tree.get(name):
            every = tomlkit.table(is_super_table=True)
            for slug, each in tree[name].items():
                every.add(slug, _table(each))
            document.add(name, every)
    hosts = tomlkit.table(is_super_table=True)
    for slug, host in tree.get("hosts", {}).items():
        hosts.add(slug, _host_table(slug, host))
    if tree.get("hosts"):
        document.add("hosts", hosts)
    return document.as_string()


def password_variable(host: str, account: str) -> str:
    """The environment variable for an exported password. Never BOOKING_…, which are settings."""
    return re.sub(r"[^A-Z0-9]", "_", f"{host}_{account}_calendar_password".upper())


def _host_table(slug: str, tree: Tree) -> Table:
    table = _table({key: value for key, value in tree.items() if key not in _INNER})
    accounts, meetings, mails = (tomlkit.table(is_super_table=True) for _ in range(3))
    for key, account in tree.get("accounts", {}).items():
        accounts.add(key, _account_table(account, variable=password_variable(slug, key)))
    for key, meeting in tree.get("meetings", {}).items():
        meetings.add(key, _table(meeting))
    for kind, mail in tree.get("mails", {}).items():
        mails.add(kind, _table(mail))
    for name, inner in zip(_INNER, (accounts, meetings, mails), strict=True):
        if tree.get(name):
            table.add(name, inner)
    return table


def _account_table(tree: Tree, *, variable: str) -> Table:
    table = _table({key: value for key, value in tree.items() if key != "calendars"})
    reference = tomlkit.string(variable)
    reference.comment(_PASSWORD)
    table.add("password_env", reference)
    if tree["calendars"]:
        table.add("calendars", _array_of_tables(tree["calendars"]))
    return table


def _table(tree: Tree) -> Table:
    """Scalars first, as everything after an inner table's header belongs to that."""
    table = tomlkit.table()
    inner = {key: value for key, value in tree.items() if _is_table(value)}
    for key, value in tree.items():
        if key not in inner and value is not None and value != "":
            table.add(key, _item(value))
    for key, value in inner.items():
        table.add(key, _table(value) if isinstance(value, dict) else _array_of_tables(value))
    return table


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def _array_of_tables(elements: Sequence[Tree]) -> AoT:
    array = tomlkit.aot()
    for each in elements:
        array.append(_table(each))
    return array


def _item(value: object) -> Item:
    match value:
        case timedelta():
            return tomlkit.string(show_duration(value))
        case str() if "\n" in value and not value.startswith("\n"):
            return tomlkit.string(value, multiline=True)
        case InLanguages(versions):
            table = tomlkit.inline_table()
            table.update({code: _item(text) for code, text in versions})
            return table
        case list():
            array = tomlkit.array()
            for each in value:
                array.append(_item(each))
            return array
        case _:
            return tomlkit.item(value)


def _flat(tree: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        name = f"{above}.{key}" if above else key
        match value:
            case None | "" | []:
                continue
            case dict():
                yield from _flat(value, name)
            case InLanguages(versions):
                yield from ((f"{name}.{code}", text) for code, text in versions)
            case [dict(), *_]:
                for told, each in _told_apart(value):
                    yield from _flat(each, f"{name}[{told}]")
            case _:
                yield name, _shown(value)


def _told_apart(elements: Sequence[Tree]) -> Iterator[tuple[str, Tree]]:
    """Each element by what it is about; equal names, as of two conditions on one field, are numbered."""
    met = Counter[str]()
    for each in elements:
        about = _identity(each)
        met[about] += 1
        yield (about if met[about] == 1 else f"{about} {met[about]}"), each


def _identity(element: Tree) -> str:
    if "first_on" in element:
        return f"{element['first_on']}…{element['last_on']}"
    return str(element.get("key") or element.get("purpose") or element.get("field") or element["url"])


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case timedelta():
            return show_duration(value)
        case InLanguages(versions):
            return " / ".join(text for _, text in versions)
        case date():
            return value.isoformat()
        case list():
            return ", ".join(_shown(each) for each in value)
        case _:
            return str(value)


def _week(hours: WorkingHours) -> Tree:
    return {day: spans_text(spans) for day, spans in zip(WEEKDAYS, hours.weekly, strict=True)}
