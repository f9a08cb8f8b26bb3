"""Tables of the setup file about own texts of mails, by the organisation and by hosts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from ....domain.effects import MailKind
from ....domain.mail_texts import NAME_LENGTH, RULES, faults, written_by
from ....domain.text import one_line, several_lines
from ....language import language_of
from ....mail.facts import OwnText
from ....mail.letters.defaults import starting_text
from ....mail.text_faults import sentence
from .lines import KeyPath
from .tables import Form, HostForm, Language, Line


def _text_name(value: str) -> str:
    if not 0 < len(one_line(value)) <= NAME_LENGTH:
        raise ValueError(f"write 1 to {NAME_LENGTH} characters")
    return one_line(value)


TextName = Annotated[str, AfterValidator(_text_name)]


class MailTextForm(Form):
    """A text in one language; without a subject where that is fixed."""

    subject: Line = ""
    text: Annotated[str, AfterValidator(several_lines), Field(max_length=20_000)]

    def own(self, kind: MailKind, language: str) -> OwnText:
        """A fixed subject is the usual one."""
        subject = starting_text(kind, language_of(language)).subject if RULES[kind].fixed_subject else self.subject
        return OwnText(subject, self.text)


class MailForm(Form):
    """One kind of mail. `use`: its text: "usual", "own:NAME", "organisation:NAME", or "as-organisation"."""

    use: Line = ""
    texts: dict[TextName, dict[Language, MailTextForm]] = Field(default={})


Mails = Mapping[MailKind, MailForm]


class HostWithMailsForm(HostForm):
    """A host with their own texts of mails."""

    mails: dict[MailKind, MailForm] = Field(default={})


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMail:
    """`texts`: by name and language."""

    kind: MailKind
    use: str
    texts: Mapping[tuple[str, str], OwnText]
    where: str


def wanted_mails(forms: Mails, place: KeyPath) -> tuple[WantedMail, ...]:
    return tuple(
        WantedMail(
            kind=kind,
            use=form.use,
            texts={
                (name, language): each.own(kind, language)
                for name, languages in form.texts.items()
                for language, each in languages.items()
            },
            where=".".join(str(each) for each in (*place, kind)),
        )
        for kind, form in forms.items()
    )


def wrong_in_mails(forms: Mails, owner: UUID, place: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """All faults of the texts, with their paths."""
    for kind, form in forms.items():
        if kind not in written_by(owner):
            yield (*place, kind), "the organisation alone writes this mail"
            continue
        for name, languages in form.texts.items():
            for language, each in languages.items():
                own = each.own(kind, language)
                for fault in faults(kind, subject=own.subject, text=own.text):
                    at = (*place, kind, "texts", name, language)
                    yield (*at, fault.field), sentence(fault, language_of("en"))
