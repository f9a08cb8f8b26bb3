"""Own texts of mails: a host's at /host/mails, the organisation's at /admin/mails, with the same pages."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from ...actions.mail import texts as mail_texts
from ...actions.mail.texts import InUse, MailSetup, OwnText, TextHasFaults, TextVersionChanged, TrialNotSent
from ...domain.effects import MailKind
from ...domain.errors import NotFound
from ...domain.mail_texts import (
    AS_ORGANISATION,
    NAME_LENGTH,
    ORGANISATION,
    RULES,
    USUAL,
    ChosenText,
    Fault,
    MailText,
    chosen_of,
    faults,
)
from ...domain.text import one_line, several_lines
from ...language import Language, language_of
from ..http.forms import Problem
from ..http.request import languages_of
from ..http.responses import Link, page, see_other
from ..http.security import MAIL_POLICY, PRIVATE, policy_with_frame
from ..http.signed_in_pages import Section, SignedInRequest, desk_frame
from ..parts.mail_names import mail_name
from ..parts.menus import MenuEntry
from .mail_words import meaning, recipients, when_sent

_LONGEST = 20_000  # characters of the input
_NUMBER = 9


@dataclass(frozen=True, slots=True)
class MailLine:
    name: str
    href: str
    when: str
    text: str
    off: bool


@dataclass(frozen=True, slots=True)
class MailGroup:
    """Mails to the same recipients."""

    heading: str
    lines: tuple[MailLine, ...]


@dataclass(frozen=True, slots=True)
class MailsView:
    groups: tuple[MailGroup, ...]
    organisation: bool


@dataclass(frozen=True, slots=True)
class LanguageLink:
    name: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's content. `seen`: the version that it was filled from, of the text named `of`."""

    name: str
    subject: str
    text: str
    seen: int
    of: str

    @property
    def follows(self) -> int:
        """The version that it replaces; 0 for a text of another name."""
        return self.seen if self.name == self.of else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorView:
    """`theirs`: a text saved by another window meanwhile; `namesake`: it has the name that was typed.

    `neutral`: the mail must only ask, not advertise.
    """

    title: str
    when: str
    back: str
    action: str
    preview: str
    shown: str
    languages: tuple[LanguageLink, ...]
    in_language: str
    choices: tuple[MenuEntry, ...]
    typed: Typed
    fixed_subject: str
    neutral: bool
    words: tuple[tuple[str, str], ...]
    versions: tuple[Link, ...]
    problems: tuple[Problem, ...]
    theirs: MailText | None
    namesake: bool
    done: str
    failed: str


def show(request: SignedInRequest) -> Response:
    """GET /host/mails, /admin/mails"""
    owner = _owner(request)
    groups: dict[str, list[MailLine]] = {}
    for each in mail_texts.find_all(request.rt, owner):
        heading = recipients(each.kind, request.language, own=owner != ORGANISATION)
        groups.setdefault(heading, []).append(_mail_line(request, each))
    view = MailsView(
        tuple(MailGroup(heading, tuple(lines)) for heading, lines in groups.items()), owner == ORGANISATION
    )
    return page(request, "host/mails.html", view, desk_frame(request))


def _mail_line(request: SignedInRequest, in_use: InUse) -> MailLine:
    kind, language = in_use.kind, request.language
    return MailLine(
        mail_name(kind, language),
        request.href(f"{request.path}/{kind}"),
        when_sent(kind, language),
        _text_name(in_use.chosen, _owner(request), language),
        in_use.off,
    )


def show_kind(request: SignedInRequest) -> Response:
    """GET /host/mails/{kind}?in=&name=&version="""
    kind = mail_texts.kind_of(request.params["kind"], _owner(request))
    standing = _standing(request, kind, _name(request))
    return _editor(request, kind, standing, _filled(request, kind, standing))


def act(request: SignedInRequest) -> Response:
    """POST /host/mails/{kind}: choose a text, save one, or mail it to oneself."""
    kind = mail_texts.kind_of(request.params["kind"], _owner(request))
    match request.form.get("act", ""):
        case "choose":
            return _choose(request, kind)
        case "test":
            return _test(request, kind)
        case _:
            return _save(request, kind)


def preview(request: SignedInRequest) -> Response:
    """GET and POST /host/mails/{kind}/preview?in=&as=: the mail with example data, on a page without any rights."""
    kind = mail_texts.kind_of(request.params["kind"], _owner(request))
    language = _in(request)
    typed = _typed(request, kind)
    if request.form.get("text") is None:
        standing = _standing(request, kind, _name(request))
        typed = _filled(request, kind, standing)
    if wrong := faults(kind, subject=typed.subject, text=typed.text):
        return _as_text("\n".join(mail_texts.sentence(each, request.language) for each in wrong), 422)
    made = mail_texts.example(
        request.rt,
        _owner(request),
        kind,
        language=language,
        own=OwnText(typed.subject, typed.text),
        to=request.person.email,
        now=request.now,
    )
    if request.form.get("as", request.query.get("as")) == "text":
        return _as_text(made.text, 200)
    return HTMLResponse(made.html, headers={**PRIVATE, "Content-Security-Policy": MAIL_POLICY})


def _as_text(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, {**PRIVATE, "Content-Security-Policy": MAIL_POLICY})


def _choose(request: SignedInRequest, kind: MailKind) -> Response:
    written = request.form.get("which", "")
    try:
        what = chosen_of(_owner(request), written)
    except ValueError as error:
        raise NotFound("there is no such choice") from error
    if not written:
        raise NotFound("there is no such choice")
    mail_texts.choose(request.rt, _owner(request), kind, what, by=request.actor, now=request.now)
    return see_other(request.href(request.path, **_carried(request), did="chosen"))


def _save(request: SignedInRequest, kind: MailKind) -> Response:
    typed = _typed(request, kind)
    standing = _standing(request, kind, typed.name)
    if not typed.name or len(typed.name) > NAME_LENGTH:
        wrong = request.language.text("Give the text a name of at most {most} characters.", most=NAME_LENGTH)
        return _editor(request, kind, standing, typed, problems=(Problem("name", wrong),))
    text = MailText(
        owner=_owner(request),
        kind=kind,
        name=typed.name,
        language=_in(request).code,
        version=typed.follows,
        subject=typed.subject,
        text=typed.text,
        at=request.now,
        by="",
    )
    try:
        mail_texts.save(request.rt, text, by=request.actor)
    except TextHasFaults as error:
        return _editor(request, kind, standing, typed, problems=_problems(error.faults, request.language))
    except TextVersionChanged as error:
        newest = error.standing.version if error.standing else 0
        again = Typed(typed.name, typed.subject, typed.text, newest, of=typed.name)
        namesake = typed.name != typed.of
        return _editor(request, kind, standing, again, theirs=error.standing, namesake=namesake)
    return see_other(request.href(request.path, **{**_carried(request), "name": typed.name}, did="saved"))


def _test(request: SignedInRequest, kind: MailKind) -> Response:
    typed = _typed(request, kind)
    standing = _standing(request, kind, typed.name)
    if wrong := faults(kind, subject=typed.subject, text=typed.text):
        return _editor(request, kind, standing, typed, problems=_problems(wrong, request.language))
    address = request.person.email
    try:
        mail_texts.send_test(
            request.rt,
            _owner(request),
            kind,
            language=_in(request),
            own=OwnText(typed.subject, typed.text),
            to=address,
            now=request.now,
        )
    except TrialNotSent as error:
        failed = request.language.text("The test was not sent: {reason}", reason=str(error))
        return _editor(request, kind, standing, typed, failed=failed)
    done = request.language.text("A test is on its way to {address}. It does not save anything.", address=address)
    return _editor(request, kind, standing, typed, done=done)


def _editor(
    request: SignedInRequest,
    kind: MailKind,
    standing: MailSetup,
    typed: Typed,
    *,
    problems: tuple[Problem, ...] = (),
    theirs: MailText | None = None,
    namesake: bool = False,
    done: str = "",
    failed: str = "",
) -> Response:
    language, rule = request.language, RULES[kind]
    carried = {**_carried(request), "name": typed.name[:NAME_LENGTH]}
    view = EditorView(
        title=mail_name(kind, language),
        when=when_sent(kind, language),
        back=request.href(request.path.rpartition("/")[0]),
        action=request.href(request.path, **{"in": _in(request).code}),
        preview=request.href(f"{request.path}/preview", **{"in": _in(request).code}),
        shown=request.href(f"{request.path}/preview", **carried),
        languages=_languages(request, carried),
        in_language=_in(request).code,
        choices=_choices(request, standing),
        typed=typed,
        fixed_subject=mail_texts.usual(kind, _in(request)).subject if rule.fixed_subject else "",
        neutral=rule.neutral,
        words=tuple((f"{{{each}}}", meaning(each, language)) for each in rule.words),
        versions=_versions(request, standing),
        problems=problems,
        theirs=theirs,
        namesake=namesake,
        done=done or _told(request.query.get("did", ""), language),
        failed=failed,
    )
    status = 422 if problems else 409 if theirs else 200
    headers = {"Content-Security-Policy": policy_with_frame()}
    return page(request, "host/mail.html", view, desk_frame(request), status=status, headers=headers)


def _owner(request: SignedInRequest) -> UUID:
    return ORGANISATION if request.route.section is Section.ORGANISATION else request.host_id


def _in(request: SignedInRequest) -> Language:
    """The mail's language: from the address, else the reader's."""
    code = request.query.get("in", "")
    codes = languages_of(request.rt, request.organisation)
    return language_of(code) if code in codes else request.language


def _name(request: SignedInRequest) -> str:
    return one_line(request.query.get("name", ""))[:NAME_LENGTH]


def _carried(request: SignedInRequest) -> dict[str, str]:
    return {"in": _in(request).code, **({"name": _name(request)} if _name(request) else {})}


def _standing(request: SignedInRequest, kind: MailKind, name: str) -> MailSetup:
    """With the owner's text of this name; without a name, the one in use or the first."""
    owner, language = _owner(request), _in(request)
    found = mail_texts.find(request.rt, owner, kind, name=name, language=language)
    if name or not found.texts:
        return found
    own = [each.name for each in found.texts if each.owner == owner]
    in_use = found.in_use.chosen
    first = in_use.name if in_use.owner == owner and in_use.name in own else next(iter(own), "")
    return mail_texts.find(request.rt, owner, kind, name=first, language=language) if first else found


def _filled(request: SignedInRequest, kind: MailKind, standing: MailSetup) -> Typed:
    """The form as first shown: the version in the address, the newest, or the usual text."""
    asked = request.query.get("version", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _NUMBER else 0
    shown = next((each for each in standing.versions if each.version == number), None)
    newest = standing.versions[0] if standing.versions else None
    shown = shown or newest
    if shown is None or newest is None:
        usual = mail_texts.usual(kind, _in(request))
        name = _name(request) or request.language.text("My own")
        return Typed(name, usual.subject, usual.text, 0, of=name)
    return Typed(shown.name, shown.subject, shown.text, newest.version, of=shown.name)


def _typed(request: SignedInRequest, kind: MailKind) -> Typed:
    form, seen = request.form, request.form.get("seen", "")
    fixed, name = RULES[kind].fixed_subject, one_line(form.get("name", "")[:_LONGEST])
    return Typed(
        name=name,
        subject=mail_texts.usual(kind, _in(request)).subject if fixed else one_line(form.get("subject", "")[:_LONGEST]),
        text=several_lines(form.get("text", "")[:_LONGEST]),
        seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) <= _NUMBER else 0,
        of=form.get("of", name),
    )


def _problems(found: tuple[Fault, ...], language: Language) -> tuple[Problem, ...]:
    return tuple(Problem(each.field, mail_texts.sentence(each, language)) for each in found)


def _choices(request: SignedInRequest, standing: MailSetup) -> tuple[MenuEntry, ...]:
    language, owner, in_use = request.language, _owner(request), standing.in_use
    offered: list[tuple[str, str, ChosenText | None]] = [(USUAL, language.text("The usual text"), ChosenText())]
    if owner != ORGANISATION:
        offered.insert(0, (AS_ORGANISATION, language.text("Same as the organisation"), None))
    for each in standing.texts:
        whose = "own" if each.owner == owner else "organisation"
        offered.append((f"{whose}:{each.name}", _text_name(each, owner, language), each))
    now = in_use.own if owner != ORGANISATION else in_use.chosen
    return tuple(MenuEntry(value, text, what == now) for value, text, what in offered)


def _text_name(chosen: ChosenText, owner: UUID, language: Language) -> str:
    if not chosen.name:
        return language.text("The usual text")
    if chosen.owner == owner:
        return language.text("Your own text “{name}”", name=chosen.name)
    return language.text("“{name}” from the organisation", name=chosen.name)


def _languages(request: SignedInRequest, carried: dict[str, str]) -> tuple[LanguageLink, ...]:
    here = _in(request).code
    names = {"de": "Deutsch", "en": "English", "nl": "Nederlands"}
    return tuple(
        LanguageLink(names[code], request.href(request.path, **{**carried, "in": code}), code == here)
        for code in sorted(languages_of(request.rt, request.organisation), key=lambda code: names[code])
    )


def _versions(request: SignedInRequest, standing: MailSetup) -> tuple[Link, ...]:
    language, zone = request.language, request.person.zone
    return tuple(
        Link(
            language.text(
                "Version {number}, {when}, {who}",
                number=each.version,
                when=language.instant(each.at, zone, today=request.now.astimezone(zone).date()),
                who=each.by,
            ),
            request.href(request.path, **{"in": _in(request).code, "name": each.name, "version": str(each.version)}),
        )
        for each in standing.versions
    )


def _told(did: str, language: Language) -> str:
    match did:
        case "saved":
            return language.text("Saved. The next email uses it.")
        case "chosen":
            return language.text("Chosen. The next email uses this text.")
        case _:
            return ""
