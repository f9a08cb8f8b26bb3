"""One question or consent block of a booking form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from starlette.responses import Response

from ...actions.consent import import_fields
from ...actions.consent.find import purposes_for
from ...actions.consent.profile import LONGEST
from ...actions.consent.question_fields import FieldUnfit, Misfit
from ...actions.setup import meeting_types
from ...actions.setup.meeting_types import MeetingTypeChanged, OwnMeeting
from ...actions.setup.names import free_name
from ...domain.audit import named
from ...domain.errors import NotFound
from ...domain.form_order import Item, arranged, items
from ...domain.localized_text import HostText, InLanguages, LocalizedText, worded
from ...domain.meeting import ConsentBlock, MeetingType
from ...domain.questions import TICKED, WITH_OPTIONS, OnlyAfter, Question, QuestionKind
from ...domain.text import NAME_LENGTH, one_line
from ...language import LANGUAGES, Language
from ..http.forms import Problem
from ..http.responses import page, see_other
from ..http.signed_in_pages import SignedInRequest, desk_frame
from ..parts.setting_fields import Option
from .booking_words import title
from .meeting_view import item_id, kind_name
from .meeting_words import MEETINGS
from .meeting_words import label as setting_label

NEW, CONSENT = "new", "consent"
_AFTER = re.compile(r"([a-z0-9-]+)=(.*)", re.DOTALL)
_OPTIONS_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class TextView:
    """A text in one language; the host's own has no language's name."""

    name: str
    label: str
    value: str
    options_name: str
    options: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """`locked`: saved as sensitive, for good. `afters`: answers that it can follow. `fields`: profile fields for its
    answer.

    `by_mail`: invitees confirm by mail, without which no answer is kept in a field.
    """

    back: str
    action: str
    meeting: LocalizedText
    new: bool
    text: TextView
    others: tuple[TextView, ...]
    kinds: tuple[Option, ...]
    required: bool
    sensitive: bool
    locked: bool
    afters: tuple[Option, ...]
    fields: tuple[Option, ...]
    by_mail: bool
    problems: tuple[Problem, ...]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """`purposes`: name and label of those not asked for yet. `current`: this block's."""

    back: str
    action: str
    meeting: LocalizedText
    current: str
    purposes: tuple[tuple[str, str], ...]


def show(request: SignedInRequest) -> Response:
    """GET /host/meetings/{slug}/questions/{id}"""
    own, item = _own(request)
    if isinstance(item, ConsentBlock) or request.params["id"] == CONSENT:
        return _consent_page(request, own, item if isinstance(item, ConsentBlock) else None)
    return _question_page(request, own, item, _typed_of(item, _writer(own)))


def save(request: SignedInRequest) -> Response:
    """POST …/{id}: save in place, a new one as the last; or remove with `act=remove`."""
    own, item = _own(request)
    if request.form.get("act") == "remove":
        return _removed(request, own, item)
    if request.params["id"] == CONSENT or isinstance(item, ConsentBlock):
        return _consent_saved(request, own)
    made, wrong = _read(request.form, own.meeting, item, request.language, writer=_writer(own))
    if made is not None and not wrong:
        try:
            return _saved(request, own, _with(own.meeting, item, made))
        except ValueError:
            wrong = {
                "options": request.language.text(
                    "Another question is asked only after an answer to this one. Change that question first."
                )
            }
        except FieldUnfit as unfit:
            wrong = {"field": _unfit(unfit, request.language)}
    return _question_page(request, own, item, request.form, wrong)


def _own(request: SignedInRequest) -> tuple[OwnMeeting, Item | None]:
    """Raises NotFound: no such question in this host's meeting type."""
    own = meeting_types.own(request.rt, request.person.host_id, request.params["slug"])
    id = request.params["id"]
    found = next((each for each in items(own.meeting) if item_id(each) == id), None)
    if found is None and id not in (NEW, CONSENT):
        raise NotFound("there is no such question")
    return own, found


def _writer(own: OwnMeeting) -> str:
    return own.host.language.partition("-")[0]


def _back(request: SignedInRequest, own: OwnMeeting) -> str:
    return request.href(f"{MEETINGS}/{own.meeting.slug}", did="saved") + "#fold-questions"


def _saved(request: SignedInRequest, own: OwnMeeting, after: MeetingType) -> Response:
    try:
        meeting_types.save(request.rt, own.meeting, after, by=named(request.person), now=request.now)
    except MeetingTypeChanged:  # it was just changed: the act applies to the present state
        return save(request)
    return see_other(_back(request, own))


def _with(meeting: MeetingType, item: Item | None, made: Question) -> MeetingType:
    """A new question goes after the others, and before consents that stand after all of them."""
    if item is None:
        return replace(meeting, questions=(*meeting.questions, made))
    return arranged(meeting, [made if each is item else each for each in items(meeting)])


def _removed(request: SignedInRequest, own: OwnMeeting, item: Item | None) -> Response:
    row = [each for each in items(own.meeting) if each is not item]
    try:
        return _saved(request, own, arranged(own.meeting, row))
    except ValueError:
        wrong = {
            "remove": request.language.text(
                "Another question is asked only after an answer to this one. Change that question first."
            )
        }
        return _question_page(request, own, item, _typed_of(item, _writer(own)), wrong)


def _consent_saved(request: SignedInRequest, own: OwnMeeting) -> Response:
    """A new block goes after all questions; it is moved on the meeting type's page."""
    purpose = request.form.get("purpose", "")
    if purpose not in dict(_not_asked(request, own.meeting)):
        return _consent_page(request, own, None)
    after = replace(own.meeting, purposes=(*own.meeting.purposes, ConsentBlock(purpose)))
    return _saved(request, own, after)


def _not_asked(request: SignedInRequest, meeting: MeetingType) -> tuple[tuple[str, str], ...]:
    """The purposes that can be asked for here and are not, with their names."""
    asked, names = {each.purpose for each in meeting.purposes}, _names(request)
    on_offer = meeting_types.purposes_on_offer(request.rt)
    return tuple((each, names.get(each, each)) for each in on_offer if each not in asked)


def _names(request: SignedInRequest) -> dict[str, str]:
    return dict(purposes_for(request.rt, request.language.code))


def _consent_page(request: SignedInRequest, own: OwnMeeting, block: ConsentBlock | None) -> Response:
    view = ConsentView(
        back=request.href(f"{MEETINGS}/{own.meeting.slug}") + "#fold-questions",
        action=request.href(f"{MEETINGS}/{own.meeting.slug}/questions/{request.params['id']}"),
        meeting=title(own.meeting, request.language),
        current=_names(request).get(block.purpose, block.purpose) if block else "",
        purposes=_not_asked(request, own.meeting),
    )
    return page(request, "host/consent_block.html", view, desk_frame(request))


def _typed_of(item: Item | None, writer: str) -> dict[str, str]:
    """The form fields of an existing question."""
    if not isinstance(item, Question):
        return {"kind": str(QuestionKind.TEXT)}
    versions = _versions(item.label, writer)
    typed = {"label" if code == writer else f"label.{code}": text for code, text in versions.items()}
    options = [_versions(each, writer) for each in item.options]
    for code in LANGUAGES:
        lines = [each.get(code, "") for each in options]
        typed["options" if code == writer else f"options.{code}"] = "\n".join(lines) if any(lines) else ""
    after = item.only_after
    return {
        **typed,
        "kind": str(item.kind),
        "required": "yes" if item.required else "no",
        "sensitive": "yes" if item.sensitive else "",
        "after": f"{after.question}={after.answer}" if after else "",
        "field": item.field,
    }


def _versions(text: HostText, writer: str) -> dict[str, str]:
    return {writer: text} if isinstance(text, str) else dict(text.versions)


def _read(
    form: Mapping[str, str], meeting: MeetingType, item: Item | None, language: Language, *, writer: str
) -> tuple[Question | None, dict[str, str]]:
    """The question as typed; or None and the problems by field."""
    wrong: dict[str, str] = {}
    label = _text({code: one_line(form.get(_name("label", code, writer), "")) for code in LANGUAGES}, writer)
    if label is None or any(len(text) > NAME_LENGTH for text in _versions(label, writer).values()):
        wrong["label"] = language.text("Write a question of up to {most} characters.", most=NAME_LENGTH)
    kind = QuestionKind(form["kind"]) if form.get("kind") in set(QuestionKind) else QuestionKind.TEXT
    options = _options(form, writer) if kind in WITH_OPTIONS else ()
    if kind in WITH_OPTIONS and not 1 <= len(options) <= _OPTIONS_AT_MOST:
        wrong["options"] = language.text("Write the answers to choose from, one on each line.")
    standing = item if isinstance(item, Question) else None
    if label is None or wrong:
        return None, wrong
    try:
        return (
            Question(
                key=standing.key if standing else _new_key(label, meeting, writer),
                label=label,
                kind=kind,
                required=form.get("required") == "yes",
                sensitive=form.get("sensitive") == "yes" or bool(standing and standing.sensitive),
                options=options,
                only_after=_after(form.get("after", "")),
                field=form.get("field", ""),
            ),
            {},
        )
    except ValueError:
        return None, {"options": language.text("Two of the answers are the same.")}


def _new_key(label: HostText, meeting: MeetingType, writer: str) -> str:
    return free_name(
        worded(label, writer, writer=writer).text, (each.key for each in meeting.questions), language=writer
    )


def _name(part: str, code: str, writer: str) -> str:
    return part if code == writer else f"{part}.{code}"


def _text(versions: Mapping[str, str], writer: str) -> HostText | None:
    written = tuple((code, text) for code, text in versions.items() if text)
    if not written:
        return None
    return written[0][1] if [code for code, _ in written] == [writer] else InLanguages(written)


def _options(form: Mapping[str, str], writer: str) -> tuple[HostText, ...]:
    """One option per line; the lines of other languages correspond by position."""
    lines = {
        code: [one_line(each)[:NAME_LENGTH] for each in form.get(_name("options", code, writer), "").splitlines()]
        for code in LANGUAGES
    }
    count = max(len(each) for each in lines.values())
    found = (
        _text({code: each[at] if at < len(each) else "" for code, each in lines.items()}, writer) for at in range(count)
    )
    return tuple(each for each in found if each is not None)


def _after(chosen: str) -> OnlyAfter | None:
    matched = _AFTER.fullmatch(chosen)
    return OnlyAfter(matched[1], matched[2]) if matched else None


def _question_page(
    request: SignedInRequest,
    own: OwnMeeting,
    item: Item | None,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
) -> Response:
    language, writer, wrong = request.language, _writer(own), wrong or {}
    standing = item if isinstance(item, Question) else None
    view = QuestionView(
        back=request.href(f"{MEETINGS}/{own.meeting.slug}") + "#fold-questions",
        action=request.href(f"{MEETINGS}/{own.meeting.slug}/questions/{request.params['id']}"),
        meeting=title(own.meeting, language),
        new=item is None,
        text=_text_view(typed, writer, writer, language),
        others=tuple(_text_view(typed, code, writer, language) for code in LANGUAGES if code != writer),
        kinds=tuple(
            Option(str(each), kind_name(each, language), "", typed.get("kind") == each) for each in QuestionKind
        ),
        required=typed.get("required") == "yes",
        sensitive=typed.get("sensitive") == "yes",
        locked=bool(standing and standing.sensitive),
        afters=_afters(own.meeting, standing, typed.get("after", ""), language, writer=writer),
        fields=_fields(request, typed.get("field", "")),
        by_mail=own.meeting.wants_doi(forced=request.organisation.doi_forced),
        problems=tuple(Problem(name, text) for name, text in wrong.items()),
        wrong=wrong,
    )
    return page(request, "host/question.html", view, desk_frame(request), status=422 if wrong else 200)


def _fields(request: SignedInRequest, chosen: str) -> tuple[Option, ...]:
    """ "None", or a profile field; empty where there are no fields."""
    language = request.language
    there = {each.slug: each for each in import_fields.choices(request.rt, language.code)}
    if not there:
        return ()
    none = Option("", language.text("In none"), "", chosen not in there)
    return (
        none,
        *(
            Option(
                slug,
                language.text("{field} (encrypted)", field=each.label) if each.sensitive else each.label,
                "",
                slug == chosen,
            )
            for slug, each in there.items()
        ),
    )


def _unfit(unfit: FieldUnfit, language: Language) -> str:
    match unfit.misfit:
        case Misfit.UNKNOWN:
            return language.text("This field no longer exists. Choose another one.")
        case Misfit.SENSITIVE:
            return language.text(
                "The question is sensitive, and everybody who sees contacts could read this field. Choose a field that is encrypted, or none."
            )
        case Misfit.TOO_LONG:
            return language.text(
                "A field holds one line of up to {most} characters, and an answer may be longer. Choose another kind of answer, write shorter answers to choose from, or choose no field.",
                most=LONGEST,
            )
        case _:
            assert_never(unfit.misfit)


def _text_view(typed: Mapping[str, str], code: str, writer: str, language: Language) -> TextView:
    name, options = _name("label", code, writer), _name("options", code, writer)
    spoken = "" if code == writer else setting_label(f"title.{code}", language).partition(", ")[2]
    return TextView(name, spoken, typed.get(name, ""), options, typed.get(options, ""))


def _afters(
    meeting: MeetingType, standing: Question | None, chosen: str, language: Language, *, writer: str
) -> tuple[Option, ...]:
    """ "Always", or after each possible answer to another question."""
    answers = [
        (each, answer)
        for each in meeting.questions
        if standing is None or each.key != standing.key
        for answer in ((TICKED,) if each.kind is QuestionKind.TICK else each.values(writer))
    ]
    given = {f"{each.key}={answer}": _after_words(each, answer, language, writer) for each, answer in answers}
    if chosen and chosen not in given and standing is not None and standing.only_after is not None:
        given[chosen] = chosen.partition("=")[2]
    always = Option("", language.text("Always"), "", not chosen)
    return (always, *(Option(value, text, "", value == chosen) for value, text in given.items()))


def _after_words(question: Question, answer: str, language: Language, writer: str) -> str:
    return language.text(
        "Only if “{question}” is “{answer}”",
        question=worded(question.label, language.code, writer=writer).text,
        answer=language.answer(question, answer, writer=writer),
    )
