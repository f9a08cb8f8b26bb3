"""All signed-in addresses of hosts and of everybody's profile, with the rights they need."""

from ...domain.roles import ADMINS, ANYBODY, HOSTS
from ..http.session import SECOND_FACTOR
from ..http.signed_in_pages import Proof, Section, SignedInRoute
from ..parts.picture_form import SENT_OCTETS
from ..parts.webhook_lines import ALL_WEBHOOKS, WEBHOOKS
from . import (
    address_change,
    booking,
    booking_confirm,
    booking_forms,
    booking_new,
    booking_offer,
    bookings,
    bookings_export,
    calendar_move,
    calendars,
    hold_mark,
    holds,
    hours,
    look,
    mails,
    meeting,
    meetings,
    password,
    pause,
    profile,
    provider,
    question,
    second_factor,
    share,
    statistics,
    today,
    tokens,
    webhooks,
    welcome,
    welcome_calendar,
    welcome_finish,
    why,
)

# The organisation's texts of mails use the same pages.
_MAILS = (("/host/mails", HOSTS, Section.MEETINGS), ("/admin/mails", ADMINS, Section.ORGANISATION))
ROUTES = (
    SignedInRoute(
        path="/host",
        needs=ANYBODY,
        section=Section.TODAY,
        menu=lambda language: language.text("Today"),
        get=today.show,
    ),
    SignedInRoute(path="/host/pause", needs=HOSTS, section=Section.TODAY, post=pause.change),
    SignedInRoute(
        path="/host/bookings",
        needs=HOSTS,
        section=Section.BOOKINGS,
        menu=lambda language: language.text("All bookings"),
        get=bookings.show,
    ),
    SignedInRoute(
        path="/host/bookings/new",
        needs=HOSTS,
        section=Section.BOOKINGS,
        menu=lambda language: language.text("Book for somebody"),
        get=booking_new.ask,
        post=booking_new.book,
    ),
    SignedInRoute(
        path="/host/bookings/holds",
        needs=HOSTS,
        section=Section.BOOKINGS,
        menu=lambda language: language.text("Open holds"),
        get=holds.show,
        post=holds.act,
    ),
    SignedInRoute(
        path=statistics.STATISTICS,
        needs=HOSTS,
        section=Section.BOOKINGS,
        menu=lambda language: language.text("Statistics"),
        get=statistics.show,
    ),
    SignedInRoute(
        path="/host/bookings/export",
        needs=HOSTS,
        section=Section.BOOKINGS,
        proof=Proof.TO_CHANGE,
        post=bookings_export.export,
    ),
    *(
        SignedInRoute(path=f"/host/bookings/{{id}}{path}", needs=HOSTS, section=Section.BOOKINGS, get=get, post=post)
        for path, get, post in (
            ("", booking.show_booking, None),
            ("/resend", None, booking_forms.resend),
            ("/invite", None, booking_forms.invite_again),
            ("/address", None, booking_forms.correct_address),
            ("/answers", None, booking.reveal),
            ("/approve", None, booking_forms.approve),
            ("/longer", None, booking_forms.keep_longer),
            ("/offer", booking_offer.ask, booking_offer.make),
            ("/confirm", booking_confirm.ask, booking_confirm.confirm),
            ("/keep", None, booking_forms.keep),
            ("/cancel", booking_forms.ask_to_cancel, booking_forms.cancel),
        )
    ),
    SignedInRoute(
        path="/host/meetings",
        needs=HOSTS,
        section=Section.MEETINGS,
        menu=lambda language: language.text("All meeting types"),
        get=meetings.show,
    ),
    SignedInRoute(
        path="/host/look",
        needs=HOSTS,
        section=Section.MEETINGS,
        menu=lambda language: language.text("Your page"),
        get=look.show,
        post=look.save,
    ),
    SignedInRoute(
        path="/host/look/picture",
        needs=HOSTS,
        section=Section.MEETINGS,
        file_octets=SENT_OCTETS,
        post=look.keep_picture,
    ),
    SignedInRoute(
        path="/host/share",
        needs=HOSTS,
        section=Section.MEETINGS,
        menu=lambda language: language.text("Share"),
        get=share.show,
    ),
    *(
        SignedInRoute(path=f"/host/share/{path}", needs=HOSTS, section=Section.MEETINGS, get=get, post=post)
        for path, get, post in (
            ("links", None, share.make_link),
            ("links/revoke", None, share.revoke_link),
            ("sites", None, share.save_sites),
            ("{file}", share.picture, None),
        )
    ),
    *(
        SignedInRoute(path=f"/host/meetings/{path}", needs=HOSTS, section=Section.MEETINGS, get=get, post=post)
        for path, get, post in (
            ("new", meetings.show_new, meetings.create),
            ("{slug}", meeting.show, meeting.save),
            ("{slug}/order", None, meeting.move_item),
            ("{slug}/delete", meeting.ask_to_delete, meeting.delete),
            ("{slug}/questions/{id}", question.show, question.save),
        )
    ),
    *(
        SignedInRoute(path=f"{base}{path}", needs=needs, section=section, menu=menu, get=get, post=post)
        for base, needs, section in _MAILS
        for path, menu, get, post in (
            ("", lambda language: language.text("Emails"), mails.show, None),
            ("/{kind}", None, mails.show_kind, mails.act),
            ("/{kind}/preview", None, mails.preview, mails.preview),
        )
    ),
    *(
        SignedInRoute(path=f"/host/{path}", needs=HOSTS, section=Section.AVAILABILITY, menu=menu, get=get, post=post)
        for path, menu, get, post in (
            ("hours", lambda language: language.text("Hours"), hours.show, hours.save),
            ("hours/exceptions", None, None, hours.add),
            ("hours/exceptions/{days}", None, hours.show_exception, hours.change),
            ("hours/exceptions/{days}/remove", None, None, hours.remove),
            ("hours/holidays", None, None, hours.keep_holidays),
            ("hours/holidays/work", None, None, hours.work),
            ("calendars/move", None, calendar_move.show, calendar_move.begin),
            ("calendars/holds", None, hold_mark.show, hold_mark.save),
            ("calendars", lambda language: language.text("Calendars"), calendars.show, None),
            ("calendars/{id}", None, calendars.show_one, calendars.change),
            ("calendars/{id}/left-out", None, None, calendars.leave_out),
            ("calendars/accounts/{id}/read", None, None, calendars.read_now),
            ("calendars/accounts/{id}/password", None, calendars.show_password, calendars.keep_password),
            ("calendars/accounts/{id}/disconnect", None, calendars.ask_to_disconnect, calendars.disconnect),
            ("why", lambda language: language.text("Why this time?"), why.show, None),
        )
    ),
    *(
        SignedInRoute(path=f"/host/welcome{path}", needs=HOSTS, section=Section.TODAY, get=get, post=post)
        for path, get, post in (
            ("", welcome.begin, welcome.become),
            ("/calendar", welcome_calendar.show, welcome_calendar.look),
            ("/looking", welcome_calendar.show_looking, welcome_calendar.stop),
            ("/calendars", welcome_calendar.show_choice, welcome_calendar.choose),
            ("/trying", welcome_calendar.show_trying, None),
            ("/hours", welcome.show_hours, welcome.save_hours),
            ("/meeting", welcome.show_meeting, welcome.make_meeting),
            ("/done", welcome_finish.show, None),
            ("/test", None, welcome_finish.book_test),
        )
    ),
    SignedInRoute(
        path="/host/profile",
        needs=ANYBODY,
        section=Section.PROFILE,
        menu=lambda language: language.text("Profile"),
        get=profile.show,
        post=profile.save,
    ),
    SignedInRoute(
        path=address_change.ADDRESS,
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_SEE,
        get=address_change.show,
        post=address_change.ask,
    ),
    SignedInRoute(
        path="/host/address/{token}",
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_CHANGE,
        get=address_change.show_confirm,
        post=address_change.confirm,
    ),
    *(
        SignedInRoute(path=f"{base}{path}", needs=needs, section=Section.PROFILE, proof=proof, get=get, post=post)
        for base, needs in ((WEBHOOKS, HOSTS), (ALL_WEBHOOKS, ADMINS))
        for path, proof, get, post in (
            ("", Proof.TO_CHANGE, webhooks.show, webhooks.add),
            ("/{id}", Proof.NEVER, webhooks.show_one, None),
            ("/{id}/test", Proof.NEVER, None, webhooks.send_test),
            ("/{id}/retry", Proof.NEVER, None, webhooks.retry),
            ("/{id}/again", Proof.NEVER, None, webhooks.send_again),
            ("/{id}/rotate", Proof.TO_CHANGE, None, webhooks.rotate),
            ("/{id}/remove", Proof.TO_CHANGE, None, webhooks.remove),
        )
    ),
    SignedInRoute(
        path=tokens.TOKENS,
        needs=HOSTS,
        section=Section.PROFILE,
        proof=Proof.TO_CHANGE,
        get=tokens.show,
        post=tokens.make,
    ),
    SignedInRoute(
        path=f"{tokens.TOKENS}/revoke", needs=HOSTS, section=Section.PROFILE, proof=Proof.TO_CHANGE, post=tokens.revoke
    ),
    SignedInRoute(path="/host/profile/sessions", needs=ANYBODY, section=Section.PROFILE, post=profile.end_session),
    SignedInRoute(
        path="/host/profile/everywhere", needs=ANYBODY, section=Section.PROFILE, post=profile.sign_out_everywhere
    ),
    SignedInRoute(
        path="/host/profile/password",
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_SEE,
        get=password.show,
        post=password.save,
    ),
    SignedInRoute(
        path=SECOND_FACTOR,
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_SEE,
        get=second_factor.show,
        post=second_factor.turn_on,
    ),
    *(
        SignedInRoute(
            path=f"{SECOND_FACTOR}/{path}", needs=ANYBODY, section=Section.PROFILE, proof=Proof.TO_CHANGE, post=post
        )
        for path, post in (("codes", second_factor.renew), ("off", second_factor.turn_off))
    ),
    *(
        SignedInRoute(
            path=f"/host/profile/provider{path}",
            needs=ANYBODY,
            section=Section.PROFILE,
            proof=Proof.TO_CHANGE,
            post=post,
        )
        for path, post in (("", provider.link), ("/remove", provider.unlink))
    ),
    SignedInRoute(
        path="/host/profile/password/remove",
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_CHANGE,
        post=password.remove,
    ),
)
