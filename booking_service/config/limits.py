"""How often somebody may do something: the defaults, and what each of them refuses."""

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
        default=0.5, ge=0, lt=1, description="Part of the lifetime after which we remind once; 0: never"
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
        "Holds asked for. Refuses that network only. The /56 around it may use twice, its /48 four times as much; where "
        "neighbours used that up, a network that used nothing may still ask, without a hold",
    )
    refused_per_network: Rates = _limit(
        "10 per 10 min, 50 per day",
        "Requests that were refused, as the time was taken or the address unusable. Refuses that network only",
    )
    same_time_per_network: Rates = _limit(
        "1 per day",
        "Unconfirmed holds of one time of one host. Refuses nobody: past it the time is asked for without a hold",
    )
    book_per_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day",
        "Holds asked for, all hosts together. Refuses that mailbox only; a stranger who types its address can use it up, "
        "and confirming any of the mails gives it back",
    )
    book_per_mailbox_under_attack: Rates = _limit(
        "1 per day",
        "The same while the switch for times of attack is on. Refuses that mailbox only, and confirming gives it back",
    )
    guest_per_mailbox: Rates = _limit(
        "5 per h, 10 per day",
        "Bookings that name it as a guest, all hosts together. Refuses only requests that name it, which can be made "
        "without; a stranger can use it up",
    )
    moves_per_mailbox: Rates = _limit(
        "2 per 10 min, 5 per day",
        "Holds moved before they are confirmed, each of which is one more mail. Refuses that mailbox's moves only",
    )
    mails_per_mailbox: Rates = _limit(
        "6 per day",
        "Mails about what its holder has not confirmed, of every kind, all hosts together. Refuses that mailbox's requests "
        "only, and has other mails to it wait; a stranger who types its address can use it up, and confirming any of the "
        "mails gives it back",
    )
    mails_per_guest: Rates = _limit(
        "10 per day", "Mails to a guest, all hosts together. Refuses nobody: later ones wait, and become one"
    )
    mails_per_guest_and_booking: Rates = _limit(
        "3 per day", "The same of one booking. Refuses nobody: later changes wait, and become one mail"
    )
    live_holds_per_network: int = Field(
        default=3,
        ge=1,
        description="Unconfirmed at the same time. Refuses that network only; past what its /56 or /48 may have, times are "
        "asked for without a hold",
    )
    live_holds_per_mailbox: int = Field(
        default=2,
        ge=1,
        description="Unconfirmed at the same time. Refuses that mailbox only; a stranger can use it up until the holds end, "
        'and "I did not ask for this" ends them',
    )
    live_holds_per_mailbox_and_host: int = Field(
        default=1,
        ge=1,
        description="The same of one host. Refuses nobody: further times are asked for without a hold, and the first to confirm "
        "gets them. A stranger who types its address can bring that about until the hold ends",
    )
    live_holds_per_mail_domain: int = Field(
        default=10,
        ge=1,
        description="Of one host, unconfirmed at the same time by mailboxes of one domain and of those below it; not counted "
        "where a large mail provider gives them to anybody. Refuses nobody: past it times are asked for without a hold, and the "
        "first to confirm gets them. A stranger can bring that about for a domain",
    )
    unconfirmed_per_host: Rates = _limit(
        "30 per h",
        "Holds asked for and not confirmed. Refuses nobody: past it times are asked for without a hold, and the first to "
        "confirm gets them. Strangers from many networks can bring that about",
    )
    questions_per_host: Rates = _limit(
        "30 per h",
        "Mails to a host about requests which no invitee has confirmed. Refuses nobody: later ones wait for their turn",
    )
    confirmation_mails: Rates = _limit(
        "300 per h",
        "Mails about what nobody has confirmed, all hosts together. Later ones wait for their turn. Refuses, once so many "
        "wait that a hold would end first, networks that asked before; strangers from many networks can bring that about",
    )
    confirmation_mails_of_newcomers: Rates = _limit(
        "300 per h",
        "The same, beyond it, for networks that ask for the first time in a day. Refuses nobody: later ones wait",
    )
    open_link_per_network: Rates = _limit(
        "60 per min",
        "Pages behind a mailed link. Refuses that network only, and no press that ends mails or a consent: these count for "
        "their link alone",
    )
    waiting_per_network: Rates = _limit(
        "300 per min", "Waiting pages, each of which asks every 5 s what became of it. Refuses that network only"
    )
    confirm_per_network: Rates = _limit("30 per min", "Presses of the confirm button. Refuses that network only")
    codes_per_booking: Rates = _limit(
        "5 per 10 min, 15 per day",
        "Tries of the six-digit code. Refuses codes for that booking only, which its mailed link confirms as ever; whoever "
        "has the address of its waiting page can use it up",
    )
    unknown_links_per_network: Rates = _limit(
        "20 per 10 min",
        "Links that lead nowhere. Refuses that network further such links only; those that lead somewhere work",
    )
    sign_in_per_network: Rates = _limit(
        "10 per 5 min, 50 per h",
        "Sign-in links asked for, and ways to the identity provider. Refuses that network only",
    )
    sign_in_per_address: Rates = _limit(
        "5 per 15 min, 20 per day",
        "Sign-in links asked for, each of which is a mail; twice as many where a network asks for the first time in a "
        "day. Refuses new links for that address only, and not in browsers in which its owner signed in before; strangers"
        " in many networks can use it up, and links that were mailed already still work",
    )
    sign_in_codes_per_address: Rates = _limit(
        "5 per 10 min, 15 per day",
        "Tries of a sign-in's six-digit code. Refuses codes of that address only; the link in the mail still works",
    )
    passwords_per_network: Rates = _limit(
        "10 per 5 min, 50 per h", "Passwords tried. Refuses passwords from that network only"
    )
    passwords_per_address: Rates = _limit(
        "10 per 5 min, 50 per day",
        "Passwords tried for one address. Refuses passwords for that address only, and not in browsers in which its owner "
        "signed in before; a stranger can use it up, and mailed links still sign in",
    )
    second_factors_per_person: Rates = _limit(
        "5 per 10 min, 30 per day",
        "Codes of a second factor tried by who passed the first, for one person; browsers they know are counted apart",
    )
    passwords_per_known_browser: Rates = _limit(
        "10 per 5 min, 50 per day",
        "Passwords tried in a browser in which the owner signed in before. Refuses it only there",
    )
    calendar_passwords_per_host: Rates = _limit(
        "10 per h, 30 per day", "Passwords of calendar accounts that a host has tried. Refuses that host only"
    )
    calendar_passwords_per_account: Rates = _limit(
        "5 per 15 min, 15 per day",
        "The same for one account at one server, all hosts together, so that nobody is locked out there by tries from here. "
        "Refuses tries for that account only",
    )
    calendar_passwords_per_server: Rates = _limit(
        "60 per h", "The same for one server, all hosts together. Refuses tries at that server only"
    )
    slots_per_network: Rates = _limit("60 per min", "Looks at free times. Refuses that network only")
    preferences_per_network: Rates = _limit(
        "10 per 10 min, 30 per day", "Links to one's own data asked for. Refuses that network only"
    )
    preferences_per_network_and_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day",
        "Such links mailed to one mailbox at the wish of one network; of the /56 around it twice, of its /48 four times as many. "
        "What comes above it is not sent",
    )
    preferences_per_mailbox: Rates = _limit(
        "1 per 10 min, 6 per day",
        "Such links mailed to one mailbox; twice as many where a network asks for the first time in a day. What comes above it is "
        "not sent; strangers in eight networks can use it up, and the button behind the link of any mail about consents is "
        "counted apart",
    )
    changes_per_link: Rates = _limit(
        "5 per 10 min, 20 per day",
        "Mails that ask to confirm what was asked for behind one link. Refuses that link only: whoever it was forwarded to "
        "uses up nothing of a fresh one's",
    )
    consent_mails_per_mailbox: Rates = _limit(
        "1 per 10 min, 3 per day", "Questions whether a consent was meant. What comes above it waits"
    )
    notices_per_mailbox: Rates = _limit(
        "5 per day",
        "Mails that a consent has ended. What comes above it is not sent; the no counts all the same, and the end of every use "
        "is always told",
    )
    api_per_token: Rates = _limit("120 per min", "Requests of one API token. Refuses that token only")
    wrong_tokens_per_network: Rates = _limit(
        "20 per 10 min", "API requests without a token that works. Refuses such requests of that network only"
    )
