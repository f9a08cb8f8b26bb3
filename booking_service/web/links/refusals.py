"""Why an answer about a consent was not taken, for the person whose it is."""

from ...domain.consent_moves import ConsentRefused, Why
from ...language import Language


def refused_words(refusal: ConsentRefused, language: Language) -> str:
    if refusal.why is Why.STOPPED:
        return language.text(
            "For this address the use of its data was stopped. It has to be allowed again before anything can be agreed to."
        )
    return language.text("This question is not open any more. Nothing was changed.")
