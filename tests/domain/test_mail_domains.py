"""Whose mailboxes belong together."""

import pytest

from booking_service.domain.mail_domains import owned_domain


@pytest.mark.parametrize(
    ("mailbox", "domain"),
    [
        ("ada@example.net", "example.net"),
        ("ada@a1.example.net", "example.net"),
        ("ada@x.y.EXAMPLE.net", "example.net"),
        ("ada@example.co.uk", "example.co.uk"),
        ("ada@mail.example.co.uk", "example.co.uk"),
        ("ada@mail.example.com.au", "example.com.au"),
        ("ada@students.example.de", "example.de"),
        ("ada@xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ada@example", "example"),
    ],
)
def test_a_domain_counts_with_all_below_it(mailbox: str, domain: str) -> None:
    assert owned_domain(mailbox) == domain


@pytest.mark.parametrize("mailbox", ["ada@gmail.com", "ada@GMX.de", "ada@posteo.de", "ada@yahoo.co.uk", "ada@ziggo.nl"])
def test_where_anybody_has_a_mailbox_nothing_belongs_together(mailbox: str) -> None:
    assert owned_domain(mailbox) is None
