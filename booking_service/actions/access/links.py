"""Mailed links: made again whenever a mail is rendered, kept only as hashes,
worthless once their generation is over."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlmodel import Session

from ...crypto.tokens import LinkPurpose, candidates, hash_of, token_for, well_formed
from ...domain.booking import Booking
from ...domain.errors import BookingErased, UnknownBooking
from ...runtime import Runtime
from ...storage import access, bookings, hosts, meetings
from ...storage.engine import snapshot

# Links that end with a corrected address, and those of the host and of guests, which do not.
OF_THE_INVITEE = (LinkPurpose.CONFIRM, LinkPurpose.MANAGE, LinkPurpose.NOT_ME, LinkPurpose.STOP)


def remember(rt: Runtime, session: Session, booking: Booking) -> None:
    """Keep the hashes of every link that mails of this booking can carry."""
    theirs = [(purpose, "") for purpose in (*OF_THE_INVITEE, LinkPurpose.ACT)]
    theirs += [(LinkPurpose.GUEST, guest) for guest in booking.guests]
    access.put_links(session, dict(_hashed(rt, booking, purpose, guest) for purpose, guest in theirs))


def token(rt: Runtime, booking: Booking, purpose: LinkPurpose, *, guest: str = "") -> str:
    """The token for a mail that is rendered now: the same one each time, also after the key ring was rotated.

    Only hashes are kept; after a rotation the one to find is not the newest key's.
    """
    made = candidates(rt.ring, purpose=purpose, subject=_subject(booking.id, guest), generation=booking.generation)
    if len(made) == 1:
        return made[0]
    with snapshot(rt.engine) as session:
        return next((each for each in made if access.find_link(session, hash_of(each))), made[0])


def opened(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, str]:
    """The booking that a link of this purpose opens, and the guest it was made for ("" for anybody else).

    Raises UnknownBooking: no link, a link of another purpose, or one whose generation is over, all the same;
    BookingErased: an old link.
    """
    return _opened(session, token, purpose, bookings.get)


def locked(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, str]:
    """The same, with the host's time locked: a decision about the booking, such as another address, is waited for, and the
    link must still be good after it."""
    return _opened(session, token, purpose, bookings.lock)


def replaced(session: Session, token: str, purpose: LinkPurpose) -> tuple[Booking, int]:
    """The booking of a link whose generation is over, since its address was corrected, and that generation. Raises UnknownBooking,
    BookingErased."""
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
    """Raises BookingErased, with where a new time can be chosen."""
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
