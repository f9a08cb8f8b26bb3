"""Which web sites a host may name, and how they are written down."""

import pytest

from booking_service.domain.embedding import read_origin


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        (" HTTPS://WWW.Example.org/ ", "https://www.example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_compare_it(written: str, origin: str) -> None:
    assert read_origin(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "example.org",
        "'self'",
        "https:",
        "https://",
        "https://*.example.org",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https://me@example.org",
        "https://example.org/page",
        "https://example.org?a=b",
        "https://[::1",
        "https://example.org:port",
        "http://www.example.org",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_origin_is_refused_in_words(written: str) -> None:
    with pytest.raises(ValueError, match="write the address of"):
        read_origin(written)
