"""Drawing the page of policies: a fold for each, with its state and author in the summary."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...actions.setup.policies import PoliciesInForce
from ...domain.policies import SetBy
from ...domain.retention import AUDIT_DAYS_AT_LEAST, LONGEST_DAYS
from ...domain.roles import Permission, SecondFactor
from ...domain.text import NAME_LENGTH
from ...language import LANGUAGES, Language
from ..http.responses import language_name
from ..parts.setting_fields import FieldView, Option
from . import policy_reminders
from .consents import conditions_form
from .consents.conditions_form import ConditionRow
from .people_words import NAMES, Label
from .policy_values import CONTACT_LENGTH, FOLDS, KEYS, TEXT_LENGTH, TEXTS

RADIOS = ("doi", "opt_in", "accepts", "implied", "remind_unproven", "page", "confirm_withdrawals_too")
_DAYS = ("retain_days", "audit_days", "erase_after")
_SHORT = 60  # of a text in a summary
NAMES_OF_POWERS: Mapping[SecondFactor, Label] = {
    SecondFactor.ADMINS: lambda language: language.text("Administrators"),
    SecondFactor.REVEAL: NAMES[Permission.REVEAL],
    SecondFactor.VAULT: NAMES[Permission.VAULT],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldView:
    """`state`: the decision in a word. `about`: who set it and when, or its values. `seen`: the values it was filled
    with.

    `changed`: what is stored where somebody else changed it meanwhile. `conditions`: with explanation
    `conditions_hint`, and `wrong` by field.
    """

    id: str
    title: str
    state: str
    about: str
    fields: tuple[FieldView, ...]
    seen: str
    hint: str = ""
    open: bool = False
    asks_why: bool = False
    why: str = ""
    changed: tuple[str, ...] = ()
    conditions: tuple[ConditionRow, ...] = ()
    conditions_hint: str = ""
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The values as typed, and as `stored`. `on_offer`: languages allowed by the process. `fields`: labels for
    conditions."""

    standing: PoliciesInForce
    values: Mapping[str, str]
    stored: Mapping[str, str]
    wrong: frozenset[str]
    language: Language
    on_offer: tuple[str, ...]
    fields: Mapping[str, str]


def title(id: str, language: Language) -> str:
    titles = {
        "confirm": language.text("Confirming bookings by email"),
        "consents": language.text("Double opt-in for consents"),
        "asking": language.text("Asking again for an answer"),
        "page": language.text("Preferences page for contacts"),
        "keeping": language.text("How long we keep things"),
        "signing": language.text("Second factor"),
        "languages": language.text("Languages"),
        "about": language.text("Name, contact, colour"),
        "logo": language.text("Logo"),
        "imprint": language.text("Imprint"),
        "privacy": language.text("Privacy text"),
        "statement": language.text("Statement on the preferences page"),
        "footer": language.text("Footer of emails about consents"),
    }
    return titles[id]


def hint(id: str, language: Language) -> str:
    """An explanation of a whole fold."""
    hints = {
        "imprint": language.text("Empty: name and contact of the organisation."),
        "privacy": language.text("Empty: a standard text that says how long things are kept."),
        "statement": language.text(
            "In your own words, such as who you are and how you handle data. It is shown to everybody who sees all "
            "of that page."
        ),
        "footer": language.text(
            "It appears above the link to the email options. Emails about a person’s own booking do not contain it."
        ),
        "signing": language.text(
            "A code from an app, in addition to any other way to sign in. People who have none set it up first; "
            "until then they can only use the rest."
        ),
        "page": language.text("Once it is switched on, you can announce it to contacts once, on the page for news."),
        "keeping": language.text("Requests that came to nothing are erased 24 hours after they ended."),
    }
    return hints.get(id, "")


def fields_of(id: str, drawn: Drawn) -> tuple[FieldView, ...]:
    if id == "languages":
        return (_languages(drawn), _default_language(drawn))
    if id == "signing":
        return (_second_factor(drawn),)
    if id == "page":
        return (_field("page", drawn), _field("confirm_withdrawals_too", drawn))
    return tuple(_field(name, drawn) for name in FOLDS[id])


def state(id: str, drawn: Drawn) -> str:
    language, stored = drawn.language, drawn.stored
    match id:
        case "confirm":
            return language.text("Everyone must") if stored["doi"] == "forced" else language.text("Hosts decide")
        case "consents":
            return language.text("On") if stored["opt_in"] == "on" else language.text("Off")
        case "page":
            return language.text("On") if stored["page"] == "on" else language.text("Off")
        case _:
            return ""


def values(id: str, drawn: Drawn) -> str:
    """A fold's values on one line."""
    language, stored = drawn.language, drawn.stored
    match id:
        case "keeping":
            return language.text(
                "Bookings {days} after the meeting · audit log {years}",
                days=_days(stored["retain_days"], language),
                years=_days(stored["audit_days"], language),
            )
        case "languages":
            return ", ".join(language_name(code) for code in LANGUAGES if stored[f"languages.{code}"])
        case "signing":
            wanted = [NAMES_OF_POWERS[each](language) for each in SecondFactor if stored[f"second_factor.{each}"]]
            return ", ".join(wanted) or language.text("Nobody has to have one")
        case "about":
            return stored["name"] or language.text("(empty)")
        case "consents":
            said = ("accepts", "implied") if stored["implied"] == "on" else ("accepts",)
            return " · ".join(f"{label(each, language)}: {choices(each, drawn)[stored[each]][0]}" for each in said)
        case "asking":
            return policy_reminders.told(stored, language)
        case "page":
            return shown_to(drawn) if drawn.standing.policies.rules.page.conditions else ""
        case "confirm":
            return ""
        case "statement" if not any(stored[name] for name in FOLDS[id]):
            return language.text("(empty)")
        case _:
            text = " ".join(next((stored[name] for name in FOLDS[id] if stored[name]), "").split())
            return (text if len(text) <= _SHORT else f"{text[:_SHORT]}…") or language.text("The usual text")


def shown_to(drawn: Drawn) -> str:
    """Who sees the whole preferences page, on one line."""
    return conditions_form.told(drawn.standing.policies.rules.page.conditions, drawn.fields, drawn.language)


def conditions(drawn: Drawn) -> tuple[ConditionRow, ...]:
    """Conditions on who sees the whole preferences page; none where there are no fields."""
    standing = drawn.standing.policies.rules.page.conditions
    return conditions_form.rows(drawn.values, drawn.fields, standing, drawn.language)


def conditions_hint(language: Language) -> str:
    return language.text(
        "Only contacts who meet all of these conditions see all of it; others see their email options. "
        "Without a condition: everybody. It applies at once, also to links mailed before."
    )


def set_by(id: str, standing: PoliciesInForce) -> SetBy | None:
    """Who last set anything in it."""
    found = [
        each
        for key, each in standing.set_by.items()
        if any(key == mine or key.startswith((f"{mine}.", f"{mine}[")) for mine in KEYS[id])
    ]
    return max(found, key=lambda each: each.at, default=None)


def label(name: str, language: Language) -> str:
    labels = {
        "doi": language.text("Must invitees confirm by email?"),
        "opt_in": language.text("When somebody ticks a consent"),
        "accepts": language.text("A newsletter or list may go to people with"),
        "implied": language.text("An existing relationship, without a yes"),
        **policy_reminders.labels(language),
        "page": language.text("What contacts see on it"),
        "confirm_withdrawals_too": language.text("When somebody ends a consent on it"),
        "retain_days": language.text("Details of invitees, days after the meeting"),
        "audit_days": language.text("Audit log, days"),
        "erase_after": language.text("Days until a deletion request is carried out"),
        "second_factor": language.text("Who needs one"),
        "languages": language.text("Languages of pages and emails"),
        "default_language": language.text("If the reader’s own is not among them"),
        "name": language.text("Name"),
        "contact": language.text("Contact"),
        "accent": language.text("Colour"),
    }
    part, _, code = name.partition(".")
    if name in labels:
        return labels[name]
    if part == "second_factor":
        return NAMES_OF_POWERS[SecondFactor(code)](language)
    return (
        language.text("Text, {language}", language=language_name(code)) if part != "languages" else language_name(code)
    )


def shown(name: str, value: str, drawn: Drawn) -> str:
    """A value where it is read rather than edited."""
    if name in RADIOS:
        return choices(name, drawn).get(value, ("", ""))[0]
    if name.startswith(("languages.", "second_factor.")):
        return drawn.language.text("Yes") if value else drawn.language.text("No")
    return value or drawn.language.text("(empty)")


def wrong_words(name: str, language: Language) -> str:
    part = name.partition(".")[0]
    match part:
        case "remind_every" | "reminders" | "question_lasts":
            return policy_reminders.wrong_words(name, language)
        case "retain_days" | "erase_after":
            return language.text("Write a number of days from {least} to {most}.", least=0, most=LONGEST_DAYS)
        case "audit_days":
            return language.text(
                "Write a number of days from {least} to {most}.", least=AUDIT_DAYS_AT_LEAST, most=LONGEST_DAYS
            )
        case "languages":
            return language.text("Choose at least one language.")
        case "default_language":
            return language.text("Choose one of the languages above.")
        case "name":
            return language.text("Write a name of up to {most} characters.", most=NAME_LENGTH)
        case "contact":
            return language.text("Shorten this to {most} characters or fewer.", most=CONTACT_LENGTH)
        case "accent":
            return language.text("Write a colour such as #0b5a4a, or leave it empty.")
        case text if text in TEXTS:
            return language.text("Shorten this to {most} characters or fewer.", most=TEXT_LENGTH)
        case _:
            return language.text("Choose one of these.")


def choices(name: str, drawn: Drawn) -> Mapping[str, tuple[str, str]]:
    """Value → words and consequence."""
    language = drawn.language
    match name:
        case "doi":
            return {
                "forced": (
                    language.text("Always, for every host"),
                    language.text(
                        "Nobody is booked whose address is not proven. Hosts see the switch, but cannot turn it."
                    ),
                ),
                "hosts": (language.text("Hosts decide"), _without(drawn)),
            }
        case "opt_in":
            return {
                "on": (language.text("We email a link; only opening it and pressing Confirm makes it active"), ""),
                "off": (
                    language.text("It is active at once"),
                    language.text("Not provable: a stranger could have typed the address. You will be asked again."),
                ),
            }
        case "implied":
            return {
                "off": (language.text("It is not enough"), ""),
                "on": (language.text("It is enough"), ""),
            }
        case "remind_unproven":
            return policy_reminders.choices(language)
        case "page":
            return {
                "on": (
                    language.text("all of it, by a fresh link"),
                    language.text(
                        "Bookings, lists, policies, stored data, tracking, other permissions, stop, copy and deletion. Conditions on fields of the profile can limit who sees it."
                    ),
                ),
                "off": (
                    language.text("their email options only"),
                    language.text(
                        "Ending an email stays as easy as it was: that can’t be switched off (Art. 7(3) "
                        "GDPR). Requests to see or delete data then reach you in other ways."
                    ),
                ),
            }
        case "confirm_withdrawals_too":
            return {
                "off": (language.text("It ends at once"), language.text("Recommended: ending is as easy as agreeing.")),
                "on": (
                    language.text("We email a link; only opening it and pressing the button ends it"),
                    language.text(
                        "Doubtful: ending has to be as easy as agreeing (Art. 7(3) GDPR). You will be asked again."
                    ),
                ),
            }
        case _:
            return {
                "double": (
                    language.text("double opt-in"),
                    language.text("Recommended: it is the only one that can be proven."),
                ),
                "user": (
                    language.text("double opt-in, and those entered by staff"),
                    language.text("You need a proof on paper for each."),
                ),
                "form": (
                    language.text("these, and those who ticked a form"),
                    language.text("Some addresses will be typed by strangers."),
                ),
            }


def _without(drawn: Drawn) -> str:
    standing, language = drawn.standing, drawn.language
    return language.plural(
        "For each meeting type. {without} of {count} has it off.",
        "For each meeting type. {without} of {count} have it off.",
        standing.meeting_types,
        without=standing.without,
    )


def _field(name: str, drawn: Drawn) -> FieldView:
    language, value = drawn.language, drawn.values.get(name, "")
    part = name.partition(".")[0]
    radio = name in RADIOS
    kind = "radio" if radio else "long" if part in TEXTS else "text"
    return FieldView(
        name=name,
        label=label(name, language),
        value=value,
        kind="short" if name in (*_DAYS, *policy_reminders.NUMBERS, "accent") else kind,
        hint=_explanation(name, language),
        also=f"fold-{part}-hint" if part in TEXTS else "",
        error=wrong_words(name, language) if name in drawn.wrong else "",
        optional=part in (*TEXTS, "contact", "accent"),
        options=tuple(Option(each, text, more, each == value) for each, (text, more) in choices(name, drawn).items())
        if radio
        else (),
    )


def _explanation(name: str, language: Language) -> str:
    """What a field does, and the consequences for existing data."""
    explanations = {
        "doi": language.text(
            "Whether a booking counts before the invitee has proven that the address is theirs. What is booked stays."
        ),
        "opt_in": language.text(
            "It applies to ticks from now on. Existing consents stay what they are: this never turns a tick "
            "into a double opt-in."
        ),
        "accepts": language.text(
            "Every email is checked when it is queued and again when it is sent, so a change applies at "
            "once, also to waiting lists. It does not change any consent."
        ),
        "implied": language.text("Whether that is lawful depends on what you send and where. Ask an expert."),
        **policy_reminders.explanations(language),
        "erase_after": language.text(
            "Until then staff may do it, put it off or refuse it. 0: at once. One month is the longest that "
            "the law allows without telling the person (Art. 12(3) GDPR). It applies to requests from now on."
        ),
        "page": language.text("Links in earlier emails open what is chosen here. What people said there stays."),
        "confirm_withdrawals_too": language.text(
            "The button of a mail program, the link in an email, a no to a question, the end of all use and "
            "what staff enter count at once, whatever you choose here. Waiting links keep working."
        ),
        "retain_days": language.text(
            "Then names, addresses and answers are erased, also those of older meetings, and can’t be "
            "recovered (Art. 5(1)(e) GDPR). Consents have their own period."
        ),
        "audit_days": language.text("Older entries are erased, including existing ones."),
    }
    return explanations.get(name, "")


def _second_factor(drawn: Drawn) -> FieldView:
    language = drawn.language
    return FieldView(
        name="second_factor",
        label=label("second_factor", language),
        value="",
        kind="checks",
        options=tuple(
            Option(each, NAMES_OF_POWERS[each](language), "", bool(drawn.values.get(f"second_factor.{each}")))
            for each in SecondFactor
        ),
    )


def _languages(drawn: Drawn) -> FieldView:
    language = drawn.language
    off = language.text("Left out by the settings of this server (ui.languages).")
    return FieldView(
        name="languages",
        label=label("languages", language),
        value="",
        kind="checks",
        error=wrong_words("languages", language) if "languages" in drawn.wrong else "",
        options=tuple(
            Option(
                code,
                language_name(code),
                "" if code in drawn.on_offer else off,
                bool(drawn.values.get(f"languages.{code}")),
            )
            for code in LANGUAGES
        ),
    )


def _default_language(drawn: Drawn) -> FieldView:
    language, chosen = drawn.language, drawn.values.get("default_language", "")
    return FieldView(
        name="default_language",
        label=label("default_language", language),
        value=chosen,
        kind="select",
        error=wrong_words("default_language", language) if "default_language" in drawn.wrong else "",
        options=tuple(Option(code, language_name(code), "", code == chosen) for code in LANGUAGES),
    )


def _days(written: str, language: Language) -> str:
    return language.plural("{count} day", "{count} days", int(written))
