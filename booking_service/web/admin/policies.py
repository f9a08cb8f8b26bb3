"""Policies for all hosts: shown with who set them, and changed one fold at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from ...actions.consent import find
from ...actions.setup import pictures
from ...actions.setup import policies as stored_policies
from ...actions.setup.policies import PoliciesChanged, PoliciesInForce
from ...domain.audit import named
from ...domain.pictures import NotAPicture
from ...domain.policies import REASON_LENGTH, Policies, Weight, weight
from ...domain.text import one_line
from ..http.forms import Problem, too_long
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..http.static import picture_address
from ..parts.picture_form import PictureForm, chosen, refused
from .consents import conditions_form
from .policy_folds import (
    Drawn,
    FoldView,
    conditions,
    conditions_hint,
    fields_of,
    hint,
    label,
    set_by,
    shown,
    shown_to,
    state,
    title,
    values,
    wrong_words,
)
from .policy_values import CONDITIONS, FOLDS, read, values_of, with_conditions

POLICIES = "/admin/policies"
LOGO = "logo"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliciesView:
    action: str
    organisation: str
    audit: str
    folds: tuple[FoldView, ...]
    logo: PictureForm
    logo_open: bool
    problems: tuple[Problem, ...]
    counted: str
    did: str
    changed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SureView:
    """The question before a weighty change. `hidden`: the typed values. `act`: the button's label."""

    title: str
    warning: str
    why_not: str
    consequences: tuple[str, ...]
    action: str
    hidden: tuple[tuple[str, str], ...]
    reason: str
    reason_error: str
    sure_error: str
    sure_text: str
    act: str
    back: str


@dataclass(frozen=True, slots=True)
class _Worked:
    """The fold that was edited. `changed`: what somebody else saved in it meanwhile."""

    fold: str
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    changed: tuple[str, ...] = ()


def show(request: SignedInRequest) -> Response:
    """GET /admin/policies"""
    return _page(request, stored_policies.show(request.rt))


def save(request: SignedInRequest) -> Response:
    """POST /admin/policies: one fold, all or nothing. A weighty change is asked about first, with a reason."""
    fold = request.form.get("fold", "")
    if fold not in FOLDS:
        return see_other(request.href(POLICIES))
    standing = stored_policies.show(request.rt)
    before, usual = standing.policies, request.rt.settings.privacy.retain_days
    now = _of_fold(fold, values_of(before, usual_days=usual))
    typed = {name: request.form.get(name, "") for name in FOLDS[fold]}
    after, wrong = read(fold, typed, before, usual_days=usual)
    problems = {name: wrong_words(name, request.language) for name in wrong} | _wrong_reason(request)
    if fold == "page":
        after, wrong_conditions = _conditions(request, after)
        problems |= wrong_conditions
    if fold != "about" and not before.organisation.name:
        problems[FOLDS[fold][0]] = request.language.text("Give the organisation its name first, below.")
    if problems:
        return _page(request, standing, _Worked(fold, request.form, problems), status=422)
    seen = _seen(request)
    if seen != now and after != before:
        return _page(
            request, standing, _Worked(fold, request.form, {}, _changed(request, standing, seen, now)), status=409
        )
    weighty = weight(before, after, usual_days=usual)
    if weighty and not (_reason(request) and request.form.get("sure")):
        return _ask(request, fold, weighty, before, after)
    try:
        stored_policies.save(
            request.rt, before, after, by=named(request.person), reason=_reason(request), now=request.now
        )
    except PoliciesChanged:
        return save(request)
    return see_other(request.href(POLICIES, did=fold) + f"#fold-{fold}")


def _conditions(request: SignedInRequest, policies: Policies) -> tuple[Policies, Mapping[str, str]]:
    """The policies with the typed conditions, and problems by field."""
    problems, language = list[Problem](), request.language
    fields, standing = find.fields_for(request.rt, language.code), policies.rules.page.conditions
    typed = conditions_form.read(request.form, fields, standing, language, problems)
    return with_conditions(policies, typed), {each.field: each.text for each in problems}


def keep_logo(request: SignedInRequest) -> Response:
    """POST /admin/policies/logo: set it, or remove it."""
    standing = stored_policies.show(request.rt)
    if not standing.policies.organisation.name:
        return _logo_refused(request, standing, request.language.text("Give the organisation its name first."))
    try:
        logo = chosen(request.form, request.file("picture"))
    except NotAPicture as refusal:
        return _logo_refused(request, standing, refused(refusal, request.language))
    pictures.keep_logo(request.rt, logo, by=named(request.person), now=request.now)
    return see_other(request.href(POLICIES, did=LOGO) + f"#fold-{LOGO}")


def _logo_refused(request: SignedInRequest, standing: PoliciesInForce, why: str) -> Response:
    return _page(request, standing, _Worked(LOGO, {}, {LOGO: why}), status=422)


def _of_fold(fold: str, every: Mapping[str, str]) -> dict[str, str]:
    return {name: every[name] for name in FOLDS[fold]}


def _reason(request: SignedInRequest) -> str:
    return one_line(request.form.get("reason", ""))


def _wrong_reason(request: SignedInRequest) -> dict[str, str]:
    count = len(_reason(request))
    return {"reason": too_long(request.language, REASON_LENGTH, count)} if count > REASON_LENGTH else {}


def _seen(request: SignedInRequest) -> Mapping[str, str]:
    """The values that the form was filled with; empty where unreadable, so that they differ."""
    try:
        seen = json.loads(request.form.get("as-seen", ""))
    except ValueError:
        return {}
    return seen if isinstance(seen, dict) else {}


def _drawn(
    request: SignedInRequest,
    standing: PoliciesInForce,
    fields: Mapping[str, str],
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Drawn:
    stored = values_of(standing.policies, usual_days=request.rt.settings.privacy.retain_days)
    return Drawn(
        standing=standing,
        values={**stored, **typed},
        stored=stored,
        wrong=frozenset(wrong),
        language=request.language,
        on_offer=tuple(request.rt.settings.ui.languages),
        fields=fields,
    )


def _changed(
    request: SignedInRequest, standing: PoliciesInForce, seen: Mapping[str, str], now: Mapping[str, str]
) -> tuple[str, ...]:
    """What is stored now, where it differs from what the form was filled with."""
    language = request.language
    drawn = _drawn(request, standing, find.fields_for(request.rt, language.code), {}, {})
    differ = [name for name, value in now.items() if seen.get(name) != value]
    found = [(label(name, language), shown(name, now[name], drawn)) for name in differ if name not in CONDITIONS]
    if not set(CONDITIONS).isdisjoint(differ):
        found.append((language.text("Who sees all of it"), shown_to(drawn)))
    return tuple(language.text("{what} is now: {value}", what=what, value=value) for what, value in found)


def _page(
    request: SignedInRequest, standing: PoliciesInForce, worked: _Worked | None = None, *, status: int = 200
) -> Response:
    language, wrong = request.language, worked.wrong if worked else {}
    did = request.query.get("did", "") if worked is None else ""
    fields = find.fields_for(request.rt, language.code)
    view = PoliciesView(
        action=request.href(POLICIES),
        organisation=standing.policies.organisation.name,
        audit=request.href("/admin/audit", area="setup"),
        folds=tuple(_fold(request, standing, fields, id, worked) for id in FOLDS),
        problems=tuple(Problem(name, text) for name, text in wrong.items()),
        counted=language.plural(
            "Nothing is saved yet: {count} thing needs a correction",
            "Nothing is saved yet: {count} things need a correction",
            len(wrong),
        ),
        logo=_logo(request, standing, wrong.get(LOGO, "")),
        logo_open=LOGO in (did, worked.fold if worked else ""),
        did=language.text("Saved: {what}.", what=title(did, language)) if did in (*FOLDS, LOGO) else "",
        changed=f"fold-{worked.fold}" if worked and worked.changed else "",
    )
    return page(request, "admin/policies.html", view, desk_frame(request), status=status)


def _logo(request: SignedInRequest, standing: PoliciesInForce, wrong: str) -> PictureForm:
    organisation = standing.policies.organisation
    return PictureForm(
        name=LOGO,
        label=title(LOGO, request.language),
        action=request.href(f"{POLICIES}/logo"),
        shown=picture_address(request.rt.settings.root_path, organisation.logo),
        text=request.language.text("Logo of {organisation}", organisation=organisation.name),
        wrong=wrong,
    )


def _fold(
    request: SignedInRequest, standing: PoliciesInForce, fields: Mapping[str, str], id: str, worked: _Worked | None
) -> FoldView:
    mine = worked if worked is not None and worked.fold == id else None
    typed = {name: mine.typed.get(name, "") for name in FOLDS[id]} if mine else {}
    drawn = _drawn(request, standing, fields, typed, mine.wrong if mine else {})
    return FoldView(
        id=id,
        title=title(id, request.language),
        state=state(id, drawn),
        about=" · ".join(filter(None, (values(id, drawn), _who(request, standing, id)))),
        fields=fields_of(id, drawn),
        seen=json.dumps(_of_fold(id, drawn.stored), sort_keys=True),
        hint=hint(id, request.language),
        open=mine is not None or request.query.get("did") == id,
        asks_why=id == "confirm",
        why=mine.typed.get("reason", "") if mine else "",
        changed=mine.changed if mine else (),
        conditions=conditions(drawn) if id == "page" else (),
        conditions_hint=conditions_hint(request.language),
        wrong=mine.wrong if mine else {},
    )


def _who(request: SignedInRequest, standing: PoliciesInForce, id: str) -> str:
    who, language = set_by(id, standing), request.language
    if who is None:
        return ""
    day = language.long_date(who.at.astimezone(request.person.zone).date())
    told = language.text("set by {person} on {day}", person=who.by, day=day)
    return language.text("{told}: “{reason}”", told=told, reason=who.reason) if who.reason else told


def _ask(request: SignedInRequest, fold: str, weighty: Weight, before: Policies, after: Policies) -> Response:
    """The consequences, before it is done; missing inputs are named after a press of the button."""
    language, asked = request.language, request.form.get("asked") == "yes"
    reason, sure = _reason(request), bool(request.form.get("sure"))
    kept = {name: request.form.get(name, "") for name in (*FOLDS[fold], "as-seen")}
    heading, warning, why_not, act = _question(request, weighty)
    view = SureView(
        title=heading,
        warning=warning,
        why_not=why_not,
        consequences=tuple(_consequences(request, weighty, before, after)),
        action=request.href(POLICIES),
        hidden=(("fold", fold), ("asked", "yes"), *kept.items()),
        reason=reason,
        reason_error=language.text("Say why: it is kept in the audit log.") if asked and not reason else "",
        sure_error=language.text("Tick that this is your decision.") if asked and not sure else "",
        sure_text=language.text(
            "I have read this and decide it for {organisation}", organisation=before.organisation.name
        ),
        act=act,
        back=request.href(POLICIES),
    )
    return page(request, "admin/policies_sure.html", view, desk_frame(request), status=422 if asked else 200)


def _question(request: SignedInRequest, weighty: Weight) -> tuple[str, str, str, str]:
    """Heading, warning, explanation, and the button's label."""
    language = request.language
    if weighty.consents_unproven:
        return (
            language.text("Switch double opt-in for consents off?"),
            language.text("You can no longer prove who consented"),
            language.text(
                "Anybody can type somebody else’s address. Courts in Germany and Austria have held advertising to such addresses "
                "unlawful; the burden of proof is yours."
            ),
            language.text("Switch it off"),
        )
    if weighty.withdrawals_wait:
        return (
            language.text("Have the end of a consent confirmed by email?"),
            language.text("Ending a consent may then be harder than agreeing"),
            language.text(
                "It has to be as easy (Art. 7(3) GDPR). Those who press Stop and do not open that email keep "
                "getting what they wanted to end, and you are responsible for it."
            ),
            language.text("Have it confirmed"),
        )
    if weighty.bookings_unproven:
        return (
            language.text("Let hosts decide about confirming by email?"),
            language.text("Then people may be booked who did not ask for it"),
            language.text(
                "Anybody can type somebody else’s address. Without confirmation it gets invitations and reminders nobody "
                "asked for, which its owner may take to be unlawful advertising; and strangers can fill a calendar."
            ),
            language.text("Let hosts decide"),
        )
    return (
        language.text("Keep things for a shorter time?"),
        language.text("Anything older is erased at once"),
        language.text("Only a backup could bring it back."),
        language.text("Erase what is older"),
    )


def _consequences(request: SignedInRequest, weighty: Weight, before: Policies, after: Policies) -> list[str]:
    language, lines = request.language, []
    if weighty.bookings_unproven:
        standing = stored_policies.show(request.rt)
        lines.append(
            language.plural(
                "{count} meeting type has it off: whoever books it is booked at once.",
                "{count} meeting types have it off: whoever books them is booked at once.",
                standing.without,
            )
        )
        lines.append(language.text("Holds that are waiting for confirmation continue as they are."))
    if weighty.consents_unproven:
        lines.append(language.text("New ticks become active at once, recorded as single opt-in."))
        if after.rules.accepts == "double":
            lines.append(
                language.text(
                    "Your sending policy accepts double opt-in only: people with a single opt-in would still get nothing."
                )
            )
        lines.append(language.text("People who have not answered yet stay asked; their links keep working."))
    if weighty.withdrawals_wait:
        lines.append(
            language.text(
                "Stop on the preferences page waits for a press on an emailed link, for 24 hours; without it "
                "nothing changes."
            )
        )
        lines.append(
            language.text(
                "The button of a mail program, the link in an email, a no to a question and “Stop using my data” still count at once."
            )
        )
    if weighty.erases:
        lines += _erased(request, after)
    return lines


def _erased(request: SignedInRequest, after: Policies) -> tuple[str, ...]:
    gone, language = stored_policies.erased_by(request.rt, after, now=request.now), request.language
    return (
        language.plural(
            "{count} booking loses names, addresses and answers; when it was and how it went stays.",
            "{count} bookings lose names, addresses and answers; when they were and how they went stays.",
            gone.bookings,
        ),
        language.plural(
            "{count} entry of the audit log is erased.", "{count} entries of the audit log are erased.", gone.entries
        ),
    )
