"""What every letter to a contact has below its words: who is responsible, and where its reader ends what it is about."""

from ..facts import ContactFacts
from .blocks import Block, Letter, Way
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
        preferences=Way(language.text("Email options"), facts.links["preferences"]),
        footer=facts.footer,
    )
