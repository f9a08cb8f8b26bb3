"""A letter in the words of a host or the organisation, with everything in it that must not be missing.

Table, button, links and code are those of the usual letter. Where the text has a placeholder for one, it stands there;
the others are added below.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from ...domain.effects import Mail, MailKind, MailRole
from ...domain.localized_text import worded
from ...domain.mail_texts import RULES, Word, filled, pieces
from ...domain.text import one_line
from ...language import zone_label
from ..facts import MailFacts, OwnText
from ..headers import clean
from .blocks import Block, Button, FurtherLink, Letter, Quote, Says, Table
from .phrases import Reader, moment, until

_LINKS = {
    Word.CONFIRM_LINK: ("confirm",),
    Word.MANAGE_LINK: ("manage",),
    Word.PAGE_LINK: ("page",),
    Word.ACT_LINK: ("act", "release"),
    Word.OFFER_LINK: ("offer",),
}


def text_kind(mail: Mail, *, told: bool, confirmed: bool) -> MailKind | None:
    """Whose text the mail has: a recipient who never heard of a moved booking is told that it stands.

    None: always the usual text; for guests, who did not ask for mail, except in their own kinds of mail; and where a
    cancelled booking never stood.
    """
    if mail.to is MailRole.GUEST and mail.kind is not MailKind.UNINVITED:
        return None
    if mail.kind in (MailKind.CANCELLED, MailKind.HOST_CANCELLED) and not confirmed:
        return None
    if told:
        return mail.kind
    return {MailKind.MOVED: MailKind.BOOKED, MailKind.HOST_MOVED: MailKind.HOST_BOOKED}.get(mail.kind, mail.kind)


def in_own_words(usual: Letter, own: OwnText, *, kind: MailKind, reader: Reader, facts: MailFacts) -> Letter:
    """The letter about a booking, in these words."""
    short = {
        Word.WHEN: moment(reader, facts.booking.time.start),
        Word.OFFERED: moment(reader, (facts.booking.on_offer or facts.booking.time).start),
        Word.UNTIL: reader.language.instant(facts.booking.hold_until, reader.zone),
    }
    return rewritten(usual, own, kind=kind, values=_values(reader, facts), short=short, links=_links(usual, facts))


def rewritten(
    usual: Letter,
    own: OwnText,
    *,
    kind: MailKind,
    values: Mapping[Word, str],
    short: Mapping[Word, str],
    links: Mapping[Word, Block],
) -> Letter:
    """The letter in these words. `short`: values that differ in a subject. `links`: buttons and links by
    placeholder."""
    values = {**values, Word.NEWS: _news(usual)}
    placed: set[int] = set()
    blocks = tuple(_written(own.text, values, {**_places(usual), **{w: (each,) for w, each in links.items()}}, placed))
    placed_words = {piece for piece in pieces(own.text) if isinstance(piece, Word)}
    rest = (each for each in usual.blocks if id(each) not in placed and _stays(each, placed_words))
    subject = usual.subject if RULES[kind].fixed_subject else one_line(filled(own.subject, {**values, **short}))
    return replace(usual, subject=subject, blocks=(*blocks, *rest))


def _news(usual: Letter) -> str:
    """The first paragraph of the usual letter that may be replaced."""
    return next((each.text for each in usual.blocks if isinstance(each, Says) and each.unless is None), "")


def _stays(block: Block, placed_words: set[Word]) -> bool:
    """Whether the paragraph must stay, as the text does not say it."""
    return not isinstance(block, Says) or (block.unless is not None and block.unless not in placed_words)


def _values(reader: Reader, facts: MailFacts) -> Mapping[Word, str]:
    language, booking = reader.language, facts.booking
    zone: ZoneInfo = reader.zone
    offered = booking.on_offer or booking.time
    return {
        Word.WHEN: language.when(booking.time.start, booking.time.end, zone),
        Word.OFFERED: language.when(offered.start, offered.end, zone),
        Word.ZONE: zone_label(booking.time.start, zone),
        Word.TITLE: worded(facts.meeting.title, language.code, writer=facts.host.language).text,
        Word.HOST: facts.host.name,
        Word.ORGANISATION: facts.organisation.name or facts.host.name,
        Word.UNTIL: until(reader, booking.hold_until),
        Word.NAME: clean(booking.invitee.name),
        Word.EMAIL: clean(booking.invitee.email),
    }


def _links(usual: Letter, facts: MailFacts) -> Mapping[Word, Block]:
    by_url = {each.url: each for each in reversed(usual.blocks) if isinstance(each, Button | FurtherLink)}
    known = {**facts.links, "offer": f"{facts.links.get('manage', '')}/offered"}
    found = ((word, by_url.get(known.get(name, ""))) for word, names in _LINKS.items() for name in names)
    return {word: block for word, block in found if block is not None}


def _places(usual: Letter) -> Mapping[Word, tuple[Block, ...]]:
    """The blocks by the placeholders that place them; empty for one that this letter does not have."""
    tables = [each for each in usual.blocks if isinstance(each, Table)]
    worded = tuple(each for each in usual.blocks if isinstance(each, Quote) or _is_wording(each))
    return {Word.DETAILS: tuple(tables[:1]), Word.WORDING: worded}


def _is_wording(block: Block) -> bool:
    return isinstance(block, Says) and block.unless == Word.WORDING


def _written(
    text: str, values: Mapping[Word, str], places: Mapping[Word, tuple[Block, ...]], placed: set[int]
) -> Iterator[Block]:
    """Paragraphs of the text, cut where a block is placed. Each block stands once, at its first placeholder."""
    paragraph = ""
    for piece in pieces(text):
        if not isinstance(piece, Word):
            paragraph += piece
        elif piece in values:
            paragraph += values[piece]
        else:
            yield from _paragraphs(paragraph)
            paragraph = ""
            for block in places.get(piece, ()):
                if id(block) not in placed:
                    placed.add(id(block))
                    yield block
    yield from _paragraphs(paragraph)


def _paragraphs(text: str) -> Iterator[Says]:
    yield from (Says(each.strip()) for each in text.split("\n\n") if each.strip())
