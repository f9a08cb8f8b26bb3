"""What erasing somebody comes to, before it is decided."""

from collections.abc import Iterator

from ....actions.privacy.requests import Follows
from ....language import Language


def follows_in_words(found: Follows, language: Language) -> Iterator[str]:
    if found.merged:
        yield language.text(
            "What is kept of {others} goes along: it is merged with this contact, and so the same person.",
            others=", ".join(sorted(each.address or each.phone for each in found.merged)),
        )
    if found.coming:
        yield language.plural(
            "{count} coming booking keeps what it needs until it is over. Cancel it before, if it is not to take place.",
            "{count} coming bookings keep what they need until they are over. Cancel them before, if they are not to take place.",
            len(found.coming),
        )
    if found.over:
        yield language.plural(
            "{count} past booking loses name, address and answers.",
            "{count} past bookings lose name, address and answers.",
            found.over,
        )
    if found.values:
        yield language.plural("{count} stored field is emptied.", "{count} stored fields are emptied.", found.values)
    if found.kept_until:
        yield language.plural(
            "What proves {count} step of their consents is sealed until {day}, and opens by their address only.",
            "What proves {count} steps of their consents is sealed until {day}, and opens by their address only.",
            found.details,
            day=language.long_date(found.kept_until.date()),
        )
    if found.mails:
        yield language.plural(
            "{count} email that waits is dropped.", "{count} emails that wait are dropped.", found.mails
        )
