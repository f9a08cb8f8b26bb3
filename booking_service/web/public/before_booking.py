"""What a person who asks for a time is promised before they do:
what is sent, who decides, and whether the time is held."""

from dataclasses import dataclass

from ...domain.meeting import Approval, HoldPolicy, MeetingType
from ...language import Language


@dataclass(frozen=True, slots=True)
class Promise:
    """`button` says what happens, `sending` while it does, `hint` what becomes of the mail address."""

    button: str
    sending: str
    hint: str


def promise(meeting: MeetingType, said: Language, *, host: str, asks_by_mail: bool) -> Promise:
    """Nothing is promised that a person still has to agree to, and no hold where the first to confirm wins."""
    if not asks_by_mail and meeting.approval is Approval.NONE:
        hint = said.text("We send the confirmation to this address.")
        return Promise(said.text("Book this time"), said.text("Booking…"), hint)
    if not asks_by_mail:
        return _asked(said, said.text("{host} decides. We send the answer to this address.", host=host))
    if meeting.approval is Approval.BEFORE:
        return _asked(said, said.text("{host} decides first. Then we send one link to this address.", host=host))
    return _mailed(meeting, said, _link(meeting, said, host=host))


def _link(meeting: MeetingType, said: Language, *, host: str) -> str:
    if meeting.approval is Approval.AFTER:
        return said.text("We send one link to this address. Once you have confirmed, {host} decides.", host=host)
    if meeting.hold_policy is HoldPolicy.NONE:
        return said.text("We send one link to this address. The time goes to whoever confirms first.")
    return said.text("We send one link to this address. The time is yours when you confirm it.")


def _asked(said: Language, hint: str) -> Promise:
    return Promise(said.text("Ask for this time"), said.text("Sending…"), hint)


def _mailed(meeting: MeetingType, said: Language, hint: str) -> Promise:
    if meeting.hold_policy is HoldPolicy.NONE:
        return Promise(said.text("Email me the link"), said.text("Sending…"), hint)
    return Promise(said.text("Hold this time and email me the link"), said.text("Holding…"), hint)
