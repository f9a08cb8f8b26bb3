"""Why an answer about a consent was refused, for the person concerned."""

from ...domain.consent_moves import ConsentRefused, Why
from ...language import Language


def refused_words(refusal: ConsentRefused, language: Language) -> str:
    if refusal.why is Why.STOPPED:
        return language.text(
            "The use of this address's data was stopped. It has to be allowed again before anything can be agreed to."
        )
    return language.text("This question is not open any more. Nothing was changed.")
