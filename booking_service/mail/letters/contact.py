"""The footer of all letters to contacts: who is responsible, and where the reader ends what the mail is about."""

from ..facts import ContactFacts
from .blocks import Block, FurtherLink, Letter
from .phrases import Reader, imprint


def to_contact(reader: Reader, facts: ContactFacts, subject: str, *blocks: Block) -> Letter:
    organisation, language = facts.organisation, reader.language
    return Letter(
        language=language,
        subject=subject,
        blocks=blocks,
        imprint=imprint(organisation, organisation.name, language),
        imprint_foreign=organisation.own(organisation.imprint, language.code).foreign,
        privacy=facts.links["privacy"],
        preferences=FurtherLink(language.text("Email options"), facts.links["preferences"]),
        footer=facts.footer,
    )
