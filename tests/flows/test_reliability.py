"""The benchmark of reliability counts what went wrong by what it comes to."""

import pytest

from benchmarks import reliability


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I1: <Booking> over <Booking>", "overlaps"),
        ("I2: Counter({'uid': 2})", "doubled"),
        ("I4: one Message-ID, two mails: ('a', 'b')", "doubled"),
        ("I4: cancelled after an invitation, told ['REQUEST']", "lost"),
        ("still due: [('mail', 'error')]", "lost"),
        ("our own audit finds ()", "otherwise broken"),
    ],
)
def test_a_broken_promise_is_counted_by_what_it_comes_to(said: str, kind: str) -> None:
    assert reliability.kind_of((1, said)) == kind
