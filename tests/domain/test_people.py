"""Addresses of people: what is one, and which of them are one mailbox."""

import pytest

from booking_service.domain.people import is_mail_address

LABEL = "a" * 63


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.org",
        "ada.lovelace@example.org",
        "ada+bookings@example.org",
        "o'neil=x?y@example.org",
        "Ada@Example.ORG",
        "root@localhost",
        "ada@xn--bcher-kva.example",
        f"{'a' * 64}@example.org",
        f"a@{LABEL}.example.org",
        f"{'a' * 63}@{LABEL}.{LABEL}.{LABEL[1:]}",  # 254
    ],
)
def test_one_plain_address_is_one(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org\n",
        "ada@example..org",
        "ada@-example.org",
        "ada..b@example.org",
        '"ada b"@example.org',
        "ada@[127.0.0.1]",
        "ädä@example.org",
        "ada@bücher.example",
        "a=?b@example.org",
        "a@b@example.org",
        f"{'a' * 65}@example.org",
        f"a@{LABEL}a.example.org",
        f"{'a' * 64}@{LABEL}.{LABEL}.{LABEL[1:]}",  # 255
    ],
)
def test_what_a_mail_program_could_read_otherwise_is_none(address: str) -> None:
    assert not is_mail_address(address)
