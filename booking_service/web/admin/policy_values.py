"""Policies as form fields, fold by fold, written and read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ...domain.colours import read_colour
from ...domain.people import Organisation
from ...domain.policies import Policies
from ...domain.purposes import REMINDERS_AT_MOST, Accepts, Condition, ConsentRules
from ...domain.retention import AUDIT_DAYS_AT_LEAST, LONGEST_DAYS
from ...domain.roles import SecondFactor
from ...domain.text import NAME_LENGTH, one_line
from ...language import LANGUAGES
from ..parts.texts import read_text, written
from . import policy_reminders
from .consents import conditions_form

TEXT_LENGTH = 20_000
CONTACT_LENGTH = 1000
TEXTS = ("imprint", "privacy", "statement", "footer")
CONDITIONS = conditions_form.NAMES
FOLDS: Mapping[str, tuple[str, ...]] = {
    "confirm": ("doi",),
    "consents": ("opt_in", "accepts", "implied"),
    "asking": policy_reminders.FIELDS,
    "page": ("page", "confirm_withdrawals_too", *CONDITIONS),
    "keeping": ("retain_days", "audit_days", "erase_after"),
    "signing": tuple(f"second_factor.{each}" for each in SecondFactor),
    "languages": (*(f"languages.{code}" for code in LANGUAGES), "default_language"),
    "about": ("name", "contact", "accent"),
    **{text: tuple(f"{text}.{code}" for code in LANGUAGES) for text in TEXTS},
}
# The keys in the setup file, by which the last author is found.
KEYS: Mapping[str, tuple[str, ...]] = {
    "confirm": ("organisation.doi_forced",),
    "consents": ("consents.opt_in", "consents.accepts", "consents.implied"),
    "asking": tuple(f"consents.{each}" for each in policy_reminders.FIELDS),
    "page": ("consents.page", "consents.confirm_withdrawals_too", "consents.page_conditions"),
    "keeping": ("organisation.retain_days", "organisation.audit_days", "consents.erase_after"),
    "signing": ("organisation.second_factor",),
    "languages": ("organisation.languages", "organisation.default_language"),
    "about": ("organisation.name", "organisation.contact", "organisation.accent"),
    "imprint": ("organisation.imprint",),
    "privacy": ("organisation.privacy",),
    "statement": ("consents.statement",),
    "footer": ("consents.footer",),
}


def values_of(policies: Policies, *, usual_days: int) -> dict[str, str]:
    """All fields. `usual_days`: how long details are kept where no policy says."""
    organisation, rules = policies.organisation, policies.rules
    writer = organisation.default_language
    return {
        "doi": "forced" if organisation.doi_forced else "hosts",
        "opt_in": "on" if rules.opt_in else "off",
        "accepts": str(rules.accepts),
        "implied": "on" if rules.implied else "off",
        "remind_every": str(rules.remind_every.days),
        "reminders": str(rules.reminders),
        "remind_unproven": "on" if rules.remind_unproven else "off",
        "question_lasts": str(rules.question_lasts.days),
        "erase_after": str(rules.erase_after.days),
        "page": "on" if rules.page.active else "off",
        "confirm_withdrawals_too": "on" if rules.confirm_withdrawals_too else "off",
        **dict.fromkeys(CONDITIONS, ""),
        **conditions_form.filled(rules.page.conditions),
        "retain_days": str(organisation.days_kept(usual_days)),
        "audit_days": str(organisation.audit_days),
        **{f"second_factor.{each}": "yes" if each in organisation.second_factor else "" for each in SecondFactor},
        **{f"languages.{code}": "yes" if code in organisation.languages else "" for code in LANGUAGES},
        "default_language": writer,
        "name": organisation.name,
        "contact": organisation.contact,
        "accent": organisation.accent,
        **written("imprint", organisation.imprint, writer=writer),
        **written("privacy", organisation.privacy, writer=writer),
        **written("statement", rules.page.statement, writer=writer),
        **written("footer", rules.page.footer, writer=writer),
    }


def read(fold: str, typed: Mapping[str, str], before: Policies, *, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    """The policies with this fold as typed, and the names of unreadable fields."""
    return _READERS[fold](typed, before, usual_days)


def with_conditions(before: Policies, conditions: tuple[Condition, ...]) -> Policies:
    """The policies with these conditions on who sees the whole preferences page."""
    return _ruled(before, page=replace(before.rules.page, conditions=conditions))


def _confirm(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    if typed.get("doi") not in ("forced", "hosts"):
        return before, ("doi",)
    return _organised(before, doi_forced=typed["doi"] == "forced"), ()


def _consents(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    known = {"opt_in": ("on", "off"), "accepts": tuple(Accepts), "implied": ("on", "off")}
    wrong = tuple(name for name, values in known.items() if typed.get(name) not in values)
    if wrong:
        return before, wrong
    opt_in, implied = (typed[name] == "on" for name in ("opt_in", "implied"))
    return _ruled(before, opt_in=opt_in, accepts=Accepts(typed["accepts"]), implied=implied), ()


def _asking(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    every, lasts = (_days(typed.get(name, ""), least=1) for name in ("remind_every", "question_lasts"))
    times, unproven = _days(typed.get("reminders", ""), least=0), typed.get("remind_unproven", "")
    if every is None or lasts is None or times is None or times > REMINDERS_AT_MOST or unproven not in ("on", "off"):
        read = {
            "remind_every": every is not None,
            "reminders": times is not None and times <= REMINDERS_AT_MOST,
            "remind_unproven": unproven in ("on", "off"),
            "question_lasts": lasts is not None,
        }
        return before, tuple(name for name, good in read.items() if not good)
    return (
        _ruled(
            before,
            remind_every=timedelta(days=every),
            reminders=times,
            remind_unproven=unproven == "on",
            question_lasts=timedelta(days=lasts),
        ),
        (),
    )


def _page(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    wrong = tuple(name for name in ("page", "confirm_withdrawals_too") if typed.get(name) not in ("on", "off"))
    if wrong:
        return before, wrong
    page = replace(before.rules.page, active=typed["page"] == "on")
    return _ruled(before, page=page, confirm_withdrawals_too=typed["confirm_withdrawals_too"] == "on"), ()


def _keeping(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    retain = _days(typed.get("retain_days", ""), least=0)
    audit = _days(typed.get("audit_days", ""), least=AUDIT_DAYS_AT_LEAST)
    erase = _days(typed.get("erase_after", ""), least=0)
    if retain is None or audit is None or erase is None:
        read = {"retain_days": retain, "audit_days": audit, "erase_after": erase}
        return before, tuple(name for name, days in read.items() if days is None)
    undecided = before.organisation.retain_days is None and retain == usual_days
    kept = _organised(before, retain_days=None if undecided else retain, audit_days=audit)
    return _ruled(kept, erase_after=timedelta(days=erase)), ()


def _signing(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    chosen = tuple(each for each in SecondFactor if typed.get(f"second_factor.{each}"))
    return _organised(before, second_factor=chosen), ()


def _languages(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    chosen = tuple(code for code in LANGUAGES if typed.get(f"languages.{code}"))
    default = typed.get("default_language", "")
    if not chosen:
        return before, ("languages",)
    if default not in chosen:
        return before, ("default_language",)
    standing = before.organisation.languages
    kept = (*(code for code in standing if code in chosen), *(code for code in chosen if code not in standing))
    return _organised(before, languages=kept, default_language=default), ()


def _about(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
    name, contact = one_line(typed.get("name", "")), one_line(typed.get("contact", ""))
    accent, wrong = typed.get("accent", "").strip(), []
    if not 0 < len(name) <= NAME_LENGTH:
        wrong.append("name")
    if len(contact) > CONTACT_LENGTH:
        wrong.append("contact")
    try:
        accent = read_colour(accent) if accent else ""
    except ValueError:
        wrong.append("accent")
    return _organised(before, name=name, contact=contact, accent=accent), tuple(wrong)


def _text_of(name: str) -> Callable[[Mapping[str, str], Policies, int], tuple[Policies, tuple[str, ...]]]:
    def reader(typed: Mapping[str, str], before: Policies, usual_days: int) -> tuple[Policies, tuple[str, ...]]:
        wrong = tuple(field for field in FOLDS[name] if len(typed.get(field, "")) > TEXT_LENGTH)
        text = read_text(name, typed, writer=before.organisation.default_language)
        rules = before.rules.page
        if name == "statement":
            return _ruled(before, page=replace(rules, statement=text)), wrong
        if name == "footer":
            return _ruled(before, page=replace(rules, footer=text)), wrong
        return _organised(before, **{name: text}), wrong

    return reader


def _days(typed: str, *, least: int) -> int | None:
    number = typed.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(LONGEST_DAYS))):
        return None
    return int(number) if least <= int(number) <= LONGEST_DAYS else None


def _organised(before: Policies, **changes: Any) -> Policies:
    organisation: Organisation = replace(before.organisation, **changes)
    return replace(before, organisation=organisation)


def _ruled(before: Policies, **changes: Any) -> Policies:
    rules: ConsentRules = replace(before.rules, **changes)
    return replace(before, rules=rules)


_READERS: Mapping[str, Callable[[Mapping[str, str], Policies, int], tuple[Policies, tuple[str, ...]]]] = {
    "confirm": _confirm,
    "consents": _consents,
    "asking": _asking,
    "page": _page,
    "keeping": _keeping,
    "signing": _signing,
    "languages": _languages,
    "about": _about,
    **{name: _text_of(name) for name in TEXTS},
}
