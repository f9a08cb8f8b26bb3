"""The settings of a purpose: opt-in, accepted bases, conditions, review."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.responses import Response

from ....actions.setup import purposes
from ....actions.setup.purposes import PurposeChanged, PurposeShown
from ....domain.purposes import Accepts, OptIn, Purpose, PurposeKind
from ....domain.text import one_line
from ....language import Language
from ...http.forms import Problem
from ...http.parsing import read_day
from ...http.responses import page, see_other
from ...http.signed_in_pages import SignedInRequest, desk_frame
from ...parts.menus import MenuEntry
from . import conditions_form
from .conditions_form import ConditionRow
from .purpose_words import PURPOSES, accepts_name, mail_text_name

_DAYS_AT_MOST = 36_500
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """`calls`: a purpose for calls, without mailed link and policy. `unproven`: the warning to confirm first.

    `single`: why a tick without confirmation by mail is doubtful; "" where it is not used.
    """

    back: str
    name: str
    title: str
    action: str
    opt_in: tuple[MenuEntry, ...]
    accepts: tuple[MenuEntry, ...]
    implied: tuple[MenuEntry, ...]
    calls: bool
    single: str
    unproven: str
    lasts: str
    review_on: str
    template: tuple[MenuEntry, ...]
    reminder_template: tuple[MenuEntry, ...]
    conditions: tuple[ConditionRow, ...]
    seen: str
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]
    outdated: bool


def show(request: SignedInRequest) -> Response:
    """GET /admin/consents/purposes/{slug}/settings. Raises NotFound."""
    found = _found(request)
    return _form(request, found, _filled(found.purpose))


def save(request: SignedInRequest) -> Response:
    """POST /admin/consents/purposes/{slug}/settings. Raises NotFound."""
    found = _found(request)
    after, problems = _read(request, found)
    unproven = _switches_off(found, after)
    if unproven and not request.form.get("sure"):
        problems.append(Problem("sure", request.language.text("Tick that this is your decision.")))
    if problems:
        return _form(request, found, request.form, problems=tuple(problems), unproven=unproven)
    if request.form.get("seen", "") != _stamp(found.purpose):
        return _form(request, found, request.form, outdated=True)
    try:
        purposes.save(request.rt, found.purpose, after, by=request.actor.name, now=request.now)
    except PurposeChanged:
        return _form(request, _found(request), request.form, outdated=True)
    did = "same" if after == found.purpose else "saved"
    return see_other(request.href(f"{PURPOSES}/{found.purpose.slug}", did=did))


def _found(request: SignedInRequest) -> PurposeShown:
    return purposes.show(request.rt, request.params["slug"], language=request.language.code, now=request.now)


def _switches_off(found: PurposeShown, after: Purpose) -> bool:
    """Whether ticks were confirmed by mail and will not be; never for calls."""
    rules, before = found.rules, found.purpose
    return before.kind is not PurposeKind.PHONE and before.asks_by_mail(rules) and not after.asks_by_mail(rules)


def _filled(purpose: Purpose) -> dict[str, str]:
    """The form fields of a purpose."""
    return {
        "opt_in": purpose.opt_in.value,
        "accepts": purpose.accepts.value if purpose.accepts else "",
        "implied": "" if purpose.implied is None else _YES if purpose.implied else _NO,
        "lasts": str(purpose.lasts.days) if purpose.lasts is not None else "",
        "review_on": purpose.review_on.isoformat() if purpose.review_on else "",
        "template": purpose.template,
        "reminder_template": purpose.reminder_template,
        **conditions_form.filled(purpose.conditions),
    }


def _fields(found: PurposeShown, language: Language) -> dict[str, str]:
    return {each.slug: each.label(language.code) for each in found.fields}


def _stamp(purpose: Purpose) -> str:
    """A fingerprint by which a form shows the state it was filled from."""
    return "|".join(f"{name}={text}" for name, text in sorted(_filled(purpose).items())).replace("\n", "/")


def _read(request: SignedInRequest, found: PurposeShown) -> tuple[Purpose, list[Problem]]:
    form, language, purpose, problems = request.form, request.language, found.purpose, list[Problem]()
    lasts, review = one_line(form.get("lasts", "")), one_line(form.get("review_on", ""))
    if lasts and not (lasts.isascii() and lasts.isdigit() and len(lasts) <= 5 and 0 < int(lasts) <= _DAYS_AT_MOST):
        problems.append(Problem("lasts", language.text("Enter a number of days, or leave it empty")))
        lasts = ""
    if review and read_day(review) is None:
        problems.append(Problem("review_on", language.text("Enter a date as YYYY-MM-DD, or leave it empty")))
    conditions = conditions_form.read(form, _fields(found, language), purpose.conditions, language, problems)
    mail = {name: _mail_text(name, form, found, language, problems) for name in ("template", "reminder_template")}
    implied, accepts, opt_in = form.get("implied", ""), form.get("accepts", ""), form.get("opt_in", "")
    after = replace(
        purpose,
        opt_in=OptIn(opt_in) if opt_in in set(OptIn) else purpose.opt_in,
        accepts=Accepts(accepts) if accepts in set(Accepts) else None,
        implied={_YES: True, _NO: False}.get(implied),
        lasts=timedelta(days=int(lasts)) if lasts else None,
        review_on=read_day(review),
        template=mail["template"],
        reminder_template=mail["reminder_template"],
        conditions=conditions,
    )
    if purpose.kind is PurposeKind.PHONE:
        after = replace(after, accepts=purpose.accepts, implied=purpose.implied)
    return after, problems


def _mail_text(
    field: str, form: Mapping[str, str], found: PurposeShown, language: Language, problems: list[Problem]
) -> str:
    """The name of a text; "" for the usual one. The present one may stay even if it was deleted."""
    name = form.get(field, "")
    if name and name not in found.mail_texts and name != _filled(found.purpose)[field]:
        problems.append(Problem(field, language.text("Choose one of the existing texts")))
        return ""
    return name


def _form(
    request: SignedInRequest,
    found: PurposeShown,
    typed: Mapping[str, str],
    *,
    problems: tuple[Problem, ...] = (),
    unproven: bool = False,
    outdated: bool = False,
) -> Response:
    language, purpose = request.language, found.purpose
    view = SettingsView(
        back=request.href(f"{PURPOSES}/{purpose.slug}"),
        name=found.name,
        title=language.text("Settings of “{what}”", what=found.name),
        action=request.href(request.path),
        opt_in=tuple(MenuEntry(each, _opt_in(each, found, language), typed.get("opt_in") == each) for each in OptIn),
        accepts=_accepts(found, typed, language),
        implied=_implied(found, typed, language),
        calls=purpose.kind is PurposeKind.PHONE,
        single=_single(found, language),
        unproven=_unproven(language) if unproven else "",
        lasts=one_line(typed.get("lasts", ""))[:20],
        review_on=one_line(typed.get("review_on", ""))[:20],
        template=_mail_texts("template", found, typed, language),
        reminder_template=_mail_texts("reminder_template", found, typed, language),
        conditions=conditions_form.rows(typed, _fields(found, language), purpose.conditions, language),
        seen=_stamp(purpose),
        problems=problems,
        wrong={each.field: each.text for each in problems},
        outdated=outdated,
    )
    status = 422 if problems else 409 if outdated else 200
    return page(request, "admin/consents/purpose_settings.html", view, desk_frame(request), status=status)


def _opt_in(opt_in: OptIn, found: PurposeShown, language: Language) -> str:
    match opt_in:
        case OptIn.ORGANISATION if found.purpose.kind is PurposeKind.PHONE or not found.rules.opt_in:
            return language.text("Same as the organisation: a tick counts at once")
        case OptIn.ORGANISATION:
            return language.text("Same as the organisation: a mailed link confirms it")
        case OptIn.ON:
            return language.text("A mailed link confirms it (double opt-in)")
        case OptIn.OFF:
            return language.text("It counts at once, without an email (single opt-in)")


def _accepts(found: PurposeShown, typed: Mapping[str, str], language: Language) -> tuple[MenuEntry, ...]:
    usual = language.text("Same as the organisation: {what}", what=accepts_name(found.rules.accepts, language))
    named = [("", usual), *((each.value, accepts_name(each, language)) for each in Accepts)]
    return tuple(MenuEntry(value, text, typed.get("accepts", "") == value) for value, text in named)


def _mail_texts(field: str, found: PurposeShown, typed: Mapping[str, str], language: Language) -> tuple[MenuEntry, ...]:
    named = [("", language.text("The organisation's usual one")), *((each, each) for each in found.mail_texts)]
    stands = _filled(found.purpose)[field]
    if stands and stands not in found.mail_texts:
        named.append((stands, mail_text_name(stands, found.mail_texts, language)))
    return tuple(MenuEntry(value, text, typed.get(field, "") == value) for value, text in named)


def _implied(found: PurposeShown, typed: Mapping[str, str], language: Language) -> tuple[MenuEntry, ...]:
    yes, no = language.text("It is enough"), language.text("It is not enough")
    usual = language.text("Same as the organisation: {what}", what=yes if found.rules.implied else no)
    named = [("", usual), (_NO, no), (_YES, yes)]
    return tuple(MenuEntry(value, text, typed.get("implied", "") == value) for value, text in named)


def _single(found: PurposeShown, language: Language) -> str:
    if found.purpose.kind is PurposeKind.PHONE or found.purpose.asks_by_mail(found.rules):
        return ""
    return language.text(
        "Here a tick counts at once, although anybody can type an address. Such consents are legally "
        "doubtful, and nothing is sent because of them unless they are accepted below. Double opt-in is "
        "recommended."
    )


def _unproven(language: Language) -> str:
    return language.text(
        "You can no longer prove who consented: anybody can type somebody else’s address. Courts in Germany and Austria have held advertising to such addresses unlawful; the burden of proof is yours. Double opt-in is recommended."
    )
