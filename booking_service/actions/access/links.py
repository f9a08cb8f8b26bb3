"""Mailed links: made again whenever a mail is rendered, stored as hashes, invalid once their generation is over."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, candidates, hash_of, token_for, well_formed
from ...domain.booking import Booking
from ...domain.errors import BookingErased, UnknownBooking
from ...runtime import Runtime
from ...storage import access, bookings, hosts, meetings
from ...storage.engine import snapshot

# The links that end when the address is corrected; those of the host and of guests do not.
OF_THE_INVITEE = (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.NOT_ME, LinkPurpose.STOP)


def remember(rt: Runtime, session: Session, booking: Booking) -> None:
    """Store the hashes of all links that mails of this booking can contain."""
    theirs = [(purpose, "") for purpose in (*OF_THE_INVITEE, LinkPurpose.ACT)]
    theirs += [(LinkPurpose.GUEST, guest) for guest in booking.guests]
    access.put_links(session, dict(_hashed(rt, booking, purpose, guest) for purpose, guest in theirs))


def token(rt: Runtime, booking: Booking, purpose: LinkPurpose, *, guest: str = "") -> str:
    """The token for a mail that is rendered now: always the same, even after the key ring was rotated.

    Only hashes are stored, so after a rotation the key that made it is searched for.
    """
    made = candidates(rt.ring, purpose=purpose, subject=_subject(booking.id, guest), generation=booking.generation)
    if len(made) == 1:
        return made[0]
    with snapshot(rt.engine) as session:
        return next((each for each in made if access.find_link(session, hash_of(each))), made[0])


def opened(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, str]:
    """The booking that a link of this purpose opens, and the guest it was made for ("" for none).

    Raises UnknownBooking: no such link, another purpose, or an old generation; BookingErased: its booking is erased.
    """
    return _opened(session, token, purpose, bookings.get)


def locked(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, str]:
    """As `opened`, with the host locked.

    A concurrent decision, such as another address, is waited for, and the link must be valid after it.
    """
    return _opened(session, token, purpose, bookings.lock)


def replaced(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, int]:
    """The booking of a link whose generation ended with a corrected address, and that generation.

    Raises UnknownBooking, BookingErased.
    """
    link = access.find_link(session, hash_of(token)) if well_formed(token) else None
    if link is None or link.purpose != purpose:
        raise UnknownBooking("no booking answers to this link")
    booking = bookings.get(session, link.booking_id)
    refuse_erased(session, booking)
    if link.generation >= booking.generation:
        raise UnknownBooking("this link is still good")
    return booking, link.generation


def _opened(
    session: Session, token: str, purpose: LinkPurpose, read: Callable[[Session, UUID], Booking]
) -> tuple[Booking, str]:
    link = access.find_link(session, hash_of(token)) if well_formed(token) else None
    if link is None or link.purpose != purpose:
        raise UnknownBooking("no booking answers to this link")
    booking = read(session, link.booking_id)
    refuse_erased(session, booking)
    if link.generation != booking.generation:
        raise UnknownBooking("this link was replaced by a newer one")
    return booking, link.guest


def refuse_erased(session: Session, booking: Booking) -> None:
    """Raises BookingErased, with the meeting type where a new time can be chosen."""
    if booking.erased:
        host, meeting = hosts.get(session, booking.host_id), meetings.get(session, booking.meeting_type_id)
        bookable = host.active and meeting.active and not meeting.one_time_only
        again = (host.slug, meeting.slug) if bookable else None
        raise BookingErased(f"what was entered for booking {booking.id} is erased", again=again)


def _hashed(rt: Runtime, booking: Booking, purpose: LinkPurpose, guest: str) -> tuple[str, access.MailedLink]:
    subject = _subject(booking.id, guest)
    newest = token_for(rt.ring, purpose=purpose, subject=subject, generation=booking.generation)
    return hash_of(newest), access.MailedLink(booking.id, str(purpose), booking.generation, guest)


def _subject(booking_id: UUID, guest: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{booking_id}:{guest}") if guest else booking_id
