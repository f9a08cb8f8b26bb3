"""The consequences of an erasure, in words."""

from collections.abc import Iterator

from ....actions.privacy.requests import Follows
from ....language import Language


def follows_in_words(found: Follows, language: Language) -> Iterator[str]:
    if found.merged:
        yield language.text(
            "What is kept of {others} is included: it was merged with this contact, and so is the same person.",
            others=", ".join(sorted(each.address or each.phone for each in found.merged)),
        )
    if found.coming:
        yield language.plural(
            "{count} upcoming booking keeps what it needs until it is over. Cancel it first if it should not "
            "take place.",
            "{count} upcoming bookings keep what they need until they are over. Cancel them first if they "
            "should not take place.",
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
            "The proof of {count} step of their consents is sealed until {day}, and can be opened only with "
            "their address.",
            "The proof of {count} steps of their consents is sealed until {day}, and can be opened only with "
            "their address.",
            found.details,
            day=language.long_date(found.kept_until.date()),
        )
    if found.mails:
        yield language.plural("{count} waiting email is dropped.", "{count} waiting emails are dropped.", found.mails)
