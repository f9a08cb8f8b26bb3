"""The web application: one table of every address, behind one gate."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ..domain.consent_file import MOST_OCTETS
from ..domain.errors import UnknownBooking
from ..domain.roles import ADMINS, ANYBODY, CONSENTS, HOSTS, STAFF
from ..runtime import Runtime
from .admin import audit, outbox, status
from .admin.consents import change, contact, contacts, import_check, import_start, report, taking
from .api import health, metrics, slots
from .api.openapi import description
from .host import (
    booking,
    booking_confirm,
    booking_forms,
    booking_new,
    booking_offer,
    bookings,
    bookings_export,
    calendars,
    holds,
    hours,
    look,
    mails,
    meetings,
    password,
    pause,
    profile,
    question,
    share,
    sign_in,
    statistics,
    stop,
    today,
    welcome,
    welcome_calendar,
    welcome_done,
    why,
)
from .host import meeting as host_meeting
from .http import errors
from .http.door import signed_in_page
from .http.endpoint import Page, PageRoutes
from .http.request import EMBED, PageRequest
from .http.security import Guard
from .http.signed_in import Proof, Section, SignedInRoute
from .http.static import static_file
from .links import (
    confirm,
    consent,
    guest,
    host_reply,
    manage,
    mass_deletion,
    move,
    not_me,
    offered,
    own_data,
    preferences,
    reminders,
    unsubscribe,
    waiting,
    wish,
)
from .public import change_time, details, embed, hosts, meeting, one_time, texts
from .public import preferences as ask_for_link

Wrapped = Callable[[Page], Page]

_MAILS = (("/host/mails", HOSTS, Section.MEETINGS), ("/admin/mails", ADMINS, Section.ORGANISATION))
# Every signed-in address with what it asks of its reader. A page with a `menu` appears in the bar by itself.
SIGNED_IN = (
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
            ("{slug}", host_meeting.show, host_meeting.save),
            ("{slug}/order", None, host_meeting.move_item),
            ("{slug}/delete", host_meeting.ask_to_delete, host_meeting.delete),
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
            ("/done", welcome_done.show, None),
            ("/test", None, welcome_done.book_test),
        )
    ),
    SignedInRoute(
        path="/host/profile",
        needs=ANYBODY,
        section=Section.PROFILE,
        menu=lambda language: language.text("Profile"),
        get=profile.show,
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
        path="/host/profile/password/remove",
        needs=ANYBODY,
        section=Section.PROFILE,
        proof=Proof.TO_CHANGE,
        post=password.remove,
    ),
    SignedInRoute(
        path="/admin/consents/contacts",
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Contacts"),
        get=contacts.show,
    ),
    SignedInRoute(path="/admin/consents/contacts/{id}", needs=STAFF, section=Section.CONSENTS, get=contact.show),
    *(
        SignedInRoute(path=path, needs=CONSENTS, section=Section.CONSENTS, proof=Proof.TO_CHANGE, post=post)
        for path, post in (
            ("/admin/consents/contacts/{id}/proof", taking.take_proof),
            ("/admin/consents/export", taking.take_list),
        )
    ),
    SignedInRoute(
        path="/admin/consents/report",
        needs=STAFF,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Report"),
        get=report.show,
    ),
    SignedInRoute(
        path="/admin/consents/access",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Access log"),
        get=taking.show,
    ),
    SignedInRoute(
        path="/admin/consents/import",
        needs=CONSENTS,
        section=Section.CONSENTS,
        menu=lambda language: language.text("Import"),
        file_octets=MOST_OCTETS,
        get=import_start.show,
        post=import_start.upload,
    ),
    *(
        SignedInRoute(path=f"/admin/consents/{path}", needs=CONSENTS, section=Section.CONSENTS, get=get, post=post)
        for path, get, post in (
            ("contacts/{id}/{purpose}", change.show, change.change),
            ("import/{id}/columns", import_start.columns, import_start.plan),
            ("import/{id}/check", import_check.show, import_check.act),
            ("import/{id}/done", import_check.done, None),
            ("import/{id}/file", import_check.file, None),
        )
    ),
    SignedInRoute(
        path="/admin/status",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("System status"),
        get=status.show,
    ),
    SignedInRoute(
        path="/admin/outbox",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Outbox"),
        get=outbox.show,
        post=outbox.retry,
    ),
    SignedInRoute(
        path="/admin/outbox/{number}/drop",
        needs=ADMINS,
        section=Section.ORGANISATION,
        get=outbox.show_drop,
        post=outbox.drop,
    ),
    SignedInRoute(
        path="/admin/audit",
        needs=ADMINS,
        section=Section.ORGANISATION,
        menu=lambda language: language.text("Audit log"),
        get=audit.show,
    ),
    SignedInRoute(path="/admin/audit/export", needs=ADMINS, section=Section.ORGANISATION, get=audit.export),
)


def application(rt: Runtime, *, extra_routes: Sequence[BaseRoute] = (), lifespan: Any = None) -> Starlette:
    """Every page over this runtime. `extra_routes` come first; `lifespan` is Starlette's."""
    pages = PageRoutes(rt)
    guard = Middleware(Guard, settings=rt.settings, refuse=pages.refused, answered=rt.responses.count)
    made = Starlette(routes=[*extra_routes, *table(pages)], middleware=[guard], lifespan=lifespan)
    made.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return made


def _by_nobody(page: Page) -> Page:
    return page


def table(routes: PageRoutes) -> list[BaseRoute]:
    """First what a host's name may not be, then hosts."""
    page, act, answer = routes.page, routes.act, routes.answer
    return [
        page("/", get=hosts.hosts),
        page("/healthz", get=health.alive),
        page("/readyz", get=health.ready),
        page("/metrics", get=metrics.show),
        page("/privacy", get=texts.privacy),
        page("/imprint", get=texts.imprint),
        page("/accessibility", get=texts.accessibility),
        page("/api/openapi.json", get=description),
        page("/api/v1/slots", get=slots.slots),
        page("/api/{rest:path}", get=missing, post=missing),
        Route("/static/{name}", static_file),
        page("/host/sign-in", get=sign_in.show, post=sign_in.ask),
        act("/host/sign-in/password", sign_in.use_password),
        page("/host/sign-in/sent/{id}", get=sign_in.show_sent, post=sign_in.use_code),
        page("/host/sign-in/{token}", get=sign_in.show_confirm, post=sign_in.confirm),
        act("/host/sign-out", sign_in.sign_out),
        page("/host/stop/{id}/{token}", get=stop.show, post=stop.stop),
        *(signed_in_page(routes, each, SIGNED_IN) for each in SIGNED_IN),
        page("/embed.js", get=embed.script),
        *_waiting_pages(routes, EMBED, shown_by=embed.of_booking),
        *_meeting_pages(routes, EMBED, shown_by=embed.of_meeting),
        *_waiting_pages(routes),
        page("/c/{token}", get=confirm.show_confirm, post=confirm.confirm),
        act("/c/{token}/again", confirm.take_again),
        act("/c/{token}/release", confirm.release),
        answer("/m/{token}", manage.show),
        page("/m/{token}/cancel", get=manage.show_cancel, post=manage.cancel),
        page("/m/{token}/offered", get=offered.show, post=offered.take),
        act("/m/{token}/offered/keep", offered.keep),
        page("/m/{token}/move", get=move.show_move, post=move.move),
        page("/x/{token}", get=not_me.show, post=not_me.release),
        page("/g/{token}", get=guest.show_guest, post=guest.decline),
        act("/g/{token}/come", guest.come),
        page("/s/{token}", get=reminders.show_stop, post=reminders.stop),
        page("/a/{token}", get=first_known(host_reply.show_question, mass_deletion.show), post=host_reply.approve),
        act("/a/{token}/decline", host_reply.decline_request),
        act("/a/{token}/keep", host_reply.keep),
        act("/a/{token}/gone", mass_deletion.gone),
        act("/a/{token}/restore", mass_deletion.restore),
        page("/preferences/yes/{token}", get=consent.show, post=consent.answer),
        page("/preferences/out/{token}", get=unsubscribe.show, post=unsubscribe.end),
        page("/preferences/data/{token}", get=own_data.show, post=own_data.give),
        page("/preferences/change/{token}", get=wish.show, post=wish.confirm),
        page("/preferences", get=ask_for_link.show, post=ask_for_link.ask),
        page("/preferences/sent", get=ask_for_link.sent),
        page("/preferences/{token}", get=preferences.show, post=preferences.change),
        page("/preferences/{token}/stop", get=preferences.show_stop, post=preferences.stop),
        page("/preferences/{token}/delete", get=preferences.show_delete, post=preferences.delete),
        page("/preferences/{token}/revoke/{name}", get=preferences.show_revoke),
        page("/{host}", get=hosts.host),
        *_meeting_pages(routes, of="/{host}/o/{token}", shown_by=one_time.by_link),
        *_meeting_pages(routes),
        page("/{rest:path}", get=missing, post=missing),
    ]


def _waiting_pages(routes: PageRoutes, below: str = "", *, shown_by: Wrapped = _by_nobody) -> list[BaseRoute]:
    """The pages of a booking that waits. `below`, `shown_by`: where other sites show them inside their own, and which."""
    page, act = routes.page, routes.act
    return [
        routes.answer(f"{below}/b/{{id}}", shown_by(waiting.show)),
        page(f"{below}/b/{{id}}/state.json", get=shown_by(waiting.state_json)),
        page(f"{below}/b/{{id}}/invite.ics", get=shown_by(waiting.calendar_file)),
        act(f"{below}/b/{{id}}/resend", shown_by(waiting.resend)),
        act(f"{below}/b/{{id}}/address", shown_by(waiting.correct_address)),
        act(f"{below}/b/{{id}}/code", shown_by(waiting.confirm_by_code)),
        act(f"{below}/b/{{id}}/release", shown_by(waiting.release)),
        page(f"{below}/b/{{id}}/move", get=shown_by(move.show_move_of_hold), post=shown_by(move.move_hold)),
    ]


def _meeting_pages(
    routes: PageRoutes, below: str = "", *, of: str = "/{host}/{meeting}", shown_by: Wrapped = _by_nobody
) -> list[BaseRoute]:
    """The pages on which a meeting is booked; else as `_waiting_pages`. `of`: the address of its free times."""
    base = f"{below}{of}"
    return [
        routes.answer(base, shown_by(meeting.show)),
        routes.page(f"{base}/details", get=shown_by(details.show_details), post=shown_by(details.show_again)),
        routes.act(f"{base}/times", shown_by(change_time.change_time)),
        routes.act(f"{base}/hold", shown_by(details.hold)),
    ]


def first_known(*pages: Page) -> Page:
    """The first of these pages that knows the link. Raises UnknownBooking where none does."""

    def answer(request: PageRequest) -> Response:
        for page in pages[:-1]:
            try:
                return page(request)
            except UnknownBooking:
                continue
        return pages[-1](request)

    return answer


def missing(request: PageRequest) -> Response:
    """What nothing else answers to. A slash too many at the end is forgiven."""
    path = request.path.strip("/")
    if request.method != "POST" and request.path == f"/{path}/" and path:
        return RedirectResponse(request.href(f"/{path}", **request.query), 308)
    return errors.by_status(request, 404)
