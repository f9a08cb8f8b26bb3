"""Limits: the defaults, and what each of them refuses."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .notation import Rate, read_rates
from .section import Section

Rates = Annotated[tuple[Rate, ...], BeforeValidator(read_rates)]


def _limit(rates: str, description: str) -> Any:
    return Field(default=read_rates(rates), description=description)


class Hold(Section):
    """How long a time waits for its confirmation. Each meeting type may differ."""

    minutes: int = Field(default=60, ge=5, le=72 * 60, description="Lifetime of a hold, 5 minutes to 72 hours")
    reminder_at: float = Field(
        default=0.5, ge=0, lt=1, description="Part of the lifetime after which we send one reminder; 0: never"
    )
    share_of_horizon: float = Field(
        default=0.33, gt=0, le=1, description="Largest part of a host's bookable time that unconfirmed holds may take"
    )
    share_of_day: float = Field(
        default=0.5, gt=0, le=1, description="The same for any one day; one time is always allowed"
    )


class Limits(Section):
    """How often. A network is an IPv4 address or an IPv6 /64, a mailbox an address without its plus tag."""

    book_per_network: Rates = _limit(
        "3 per 10 min, 10 per day",
        "Holds requested. Refuses only that network. The /56 around it may use twice as many, its /48 four "
        "times; if neighbours used that up, a network that used nothing may still ask, without a hold",
    )
    refused_per_network: Rates = _limit(
        "10 per 10 min, 50 per day",
        "Requests refused because the time was taken or the address unusable. Refuses only that network",
    )
    same_time_per_network: Rates = _limit(
        "1 per day",
        "Unconfirmed holds of one time of one host. Refuses nobody: above it, the time is requested without a hold",
    )
    book_per_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day",
        "Holds requested, all hosts together. Refuses only that mailbox; a stranger who types its address "
        "can use it up, and confirming any of the mails gives it back",
    )
    book_per_mailbox_under_attack: Rates = _limit(
        "1 per day",
        "The same while the switch for times of attack is on. Refuses only that mailbox, and confirming gives it back",
    )
    guest_per_mailbox: Rates = _limit(
        "5 per h, 10 per day",
        "Bookings that name it as a guest, all hosts together. Refuses only requests that name it, and "
        "they can be made without; a stranger can use it up",
    )
    moves_per_mailbox: Rates = _limit(
        "2 per 10 min, 5 per day",
        "Holds moved before they are confirmed; each one causes another mail. Refuses only that mailbox's moves",
    )
    mails_per_mailbox: Rates = _limit(
        "6 per day",
        "Mails about what its owner has not confirmed, of every kind, all hosts together. Refuses only "
        "that mailbox's requests, and delays other mails to it; a stranger who types its address can use "
        "it up, and confirming any of the mails gives it back",
    )
    mails_per_guest: Rates = _limit(
        "10 per day", "Mails to a guest, all hosts together. Refuses nobody: later ones wait, and are combined into one"
    )
    mails_per_guest_and_booking: Rates = _limit(
        "3 per day", "The same for one booking. Refuses nobody: later changes wait, and are combined into one mail"
    )
    live_holds_per_network: int = Field(
        default=3,
        ge=1,
        description=(
            "Unconfirmed at the same time. Refuses only that network; above what its /56 or /48 may have, "
            "times are requested without a hold"
        ),
    )
    live_holds_per_mailbox: int = Field(
        default=2,
        ge=1,
        description=(
            "Unconfirmed at the same time. Refuses only that mailbox; a stranger can use it up until the holds "
            'end, and "I did not ask for this" ends them'
        ),
    )
    live_holds_per_mailbox_and_host: int = Field(
        default=1,
        ge=1,
        description=(
            "The same for one host. Refuses nobody: further times are requested without a hold, and the first "
            "to confirm gets them. A stranger who types its address can cause that until the hold ends"
        ),
    )
    live_holds_per_mail_domain: int = Field(
        default=10,
        ge=1,
        description=(
            "For one host, unconfirmed at the same time by mailboxes of one domain and its subdomains; not "
            "counted for large mail providers that anybody can join. Refuses nobody: above it, times are "
            "requested without a hold, and the first to confirm gets them. A stranger can cause that for a "
            "domain"
        ),
    )
    unconfirmed_per_host: Rates = _limit(
        "30 per h",
        "Holds requested and not confirmed. Refuses nobody: above it, times are requested without a hold, "
        "and the first to confirm gets them. Strangers in many networks can cause that",
    )
    questions_per_host: Rates = _limit(
        "30 per h",
        "Mails to a host about requests that no invitee has confirmed. Refuses nobody: later ones wait their turn",
    )
    confirmation_mails: Rates = _limit(
        "300 per h",
        "Mails about what nobody has confirmed, all hosts together. Later ones wait their turn. Once so "
        "many wait that a hold would end first, it refuses networks that asked before; strangers in many "
        "networks can cause that",
    )
    confirmation_mails_of_newcomers: Rates = _limit(
        "300 per h",
        "The same, on top of it, for networks that ask for the first time in a day. Refuses nobody: later ones wait",
    )
    open_link_per_network: Rates = _limit(
        "60 per min",
        "Pages behind a mailed link. Refuses only that network, and no press that ends mails or a consent: "
        "these count for their link alone",
    )
    waiting_per_network: Rates = _limit(
        "300 per min", "Waiting pages, each of which asks every 5 s for the outcome. Refuses only that network"
    )
    confirm_per_network: Rates = _limit("30 per min", "Presses of the confirm button. Refuses only that network")
    codes_per_booking: Rates = _limit(
        "5 per 10 min, 15 per day",
        "Attempts at the six-digit code. Refuses only codes for that booking, whose mailed link still "
        "confirms it; whoever has the address of its waiting page can use it up",
    )
    unknown_links_per_network: Rates = _limit(
        "20 per 10 min",
        "Links that lead nowhere. Refuses that network only further such links; those that lead somewhere work",
    )
    sign_in_per_network: Rates = _limit(
        "10 per 5 min, 50 per h",
        "Sign-in links requested, and attempts through the identity provider. Refuses only that network",
    )
    sign_in_per_address: Rates = _limit(
        "5 per 15 min, 20 per day",
        "Sign-in links requested, each of which is a mail; twice as many if a network asks for the first "
        "time in a day. Refuses only new links for that address, and not in browsers in which its owner "
        "signed in before; strangers in many networks can use it up, and links already mailed still work",
    )
    sign_in_codes_per_address: Rates = _limit(
        "5 per 10 min, 15 per day",
        "Attempts at the six-digit sign-in code. Refuses only codes for that address; the link in the mail still works",
    )
    passwords_per_network: Rates = _limit(
        "10 per 5 min, 50 per h", "Password attempts. Refuses only passwords from that network"
    )
    passwords_per_address: Rates = _limit(
        "10 per 5 min, 50 per day",
        "Password attempts for one address. Refuses only passwords for that address, and not in browsers "
        "in which its owner signed in before; a stranger can use it up, and mailed links still sign in",
    )
    second_factors_per_person: Rates = _limit(
        "5 per 10 min, 30 per day",
        "Second-factor codes tried for one person by somebody who passed the first factor; browsers they "
        "know are counted separately",
    )
    passwords_per_known_browser: Rates = _limit(
        "10 per 5 min, 50 per day",
        "Password attempts in a browser in which the owner signed in before. Refuses them only there",
    )
    calendar_passwords_per_host: Rates = _limit(
        "10 per h, 30 per day", "Passwords of calendar accounts that a host has tried. Refuses only that host"
    )
    calendar_passwords_per_account: Rates = _limit(
        "5 per 15 min, 15 per day",
        "The same for one account on one server, all hosts together, so that attempts from here lock "
        "nobody out there. Refuses only attempts for that account",
    )
    calendar_passwords_per_server: Rates = _limit(
        "60 per h", "The same for one server, all hosts together. Refuses only attempts on that server"
    )
    slots_per_network: Rates = _limit("60 per min", "Views of free times. Refuses only that network")
    preferences_per_network: Rates = _limit(
        "10 per 10 min, 30 per day", "Links to one's own data requested. Refuses only that network"
    )
    preferences_per_network_and_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day",
        "Such links mailed to one mailbox at the request of one network; twice as many for the /56 around "
        "it, four times as many for its /48. Any above this are not sent",
    )
    preferences_per_mailbox: Rates = _limit(
        "1 per 10 min, 6 per day",
        "Such links mailed to one mailbox; twice as many if a network asks for the first time in a day. "
        "Any above this are not sent; strangers in eight networks can use it up, and the button behind the "
        "link of any mail about consents is counted separately",
    )
    changes_per_link: Rates = _limit(
        "5 per 10 min, 20 per day",
        "Mails that ask to confirm what was requested through one link. Refuses only that link: anybody it "
        "was forwarded to uses up nothing of a fresh one",
    )
    consent_mails_per_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day", "Mails that ask whether a consent was meant. Any above this wait"
    )
    notices_per_mailbox: Rates = _limit(
        "5 per day",
        "Mails saying that a consent has ended. Any above this are not sent; the no still counts, and the "
        "end of all use is always announced",
    )
    api_per_token: Rates = _limit("120 per min", "Requests of one API token. Refuses only that token")
    wrong_tokens_per_network: Rates = _limit(
        "20 per 10 min", "API requests without a valid token. Refuses only such requests from that network"
    )
