"""What invitees are told before they book: what is sent, who decides, and whether the time is held."""

from dataclasses import dataclass

from ...domain.meeting import Approval, HoldPolicy, MeetingType
from ...language import Language


@dataclass(frozen=True, slots=True)
class Promise:
    """`button`: its label; `sending`: while it is pressed. `hint`: about the mail address."""

    button: str
    sending: str
    hint: str


def promise(meeting: MeetingType, language: Language, *, host: str, asks_by_mail: bool) -> Promise:
    """Nothing that somebody still has to agree to is promised, and no hold where the first to confirm wins."""
    if not asks_by_mail and meeting.approval is Approval.NONE:
        hint = language.text("We send the confirmation to this address.")
        return Promise(language.text("Book this time"), language.text("Booking…"), hint)
    if not asks_by_mail:
        return _asked(language, language.text("{host} decides. We send the answer to this address.", host=host))
    if meeting.approval is Approval.BEFORE:
        return _asked(
            language, language.text("{host} decides first. Then we send one link to this address.", host=host)
        )
    return _mailed(meeting, language, _link(meeting, language, host=host))


def _link(meeting: MeetingType, language: Language, *, host: str) -> str:
    if meeting.approval is Approval.AFTER:
        return language.text("We send one link to this address. Once you have confirmed, {host} decides.", host=host)
    if meeting.hold_policy is HoldPolicy.NONE:
        return language.text("We send one link to this address. The time goes to whoever confirms first.")
    return language.text("We send one link to this address. The time is yours when you confirm it.")


def _asked(language: Language, hint: str) -> Promise:
    return Promise(language.text("Ask for this time"), language.text("Sending…"), hint)


def _mailed(meeting: MeetingType, language: Language, hint: str) -> Promise:
    if meeting.hold_policy is HoldPolicy.NONE:
        return Promise(language.text("Email me the link"), language.text("Sending…"), hint)
    return Promise(language.text("Hold this time and email me the link"), language.text("Holding…"), hint)


def used_for(language: Language, *, days: int, asks_consents: bool, keeps_answers: bool) -> str:
    """What the form says about the use of the details. `days`: until erasure, after the meeting.

    `asks_consents`: the form has a consent's box. `keeps_answers`: some answers are kept in the profile.
    """
    if asks_consents:
        told = language.plural(
            "What you enter is used for this meeting and erased {count} day after it. If you give a consent above, your name and address are also used for that, and kept with the proof of it beyond that day.",
            "What you enter is used for this meeting and erased {count} days after it. If you give a consent above, your name and address are also used for that, and kept with the proof of it beyond that day.",
            days,
        )
        return f"{told} {language.text('What is also kept in your profile stays there.')}" if keeps_answers else told
    if keeps_answers:
        return language.plural(
            "What you enter is used for this meeting and erased {count} day after it. What is also kept in your profile stays there.",
            "What you enter is used for this meeting and erased {count} days after it. What is also kept in your profile stays there.",
            days,
        )
    return language.plural(
        "What you enter is used for this meeting only and erased {count} day after it.",
        "What you enter is used for this meeting only and erased {count} days after it.",
        days,
    )
