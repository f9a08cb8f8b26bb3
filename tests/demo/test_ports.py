"""A taken port is replaced by the next free one."""

import socket

import pytest

from booking_service.demo.ports import bound_socket, free_port


def test_the_wanted_port_is_taken_when_it_is_free() -> None:
    with bound_socket(0) as first:
        wanted = first.getsockname()[1]

    with bound_socket(wanted) as again:
        assert again.getsockname() == ("127.0.0.1", wanted)
    assert free_port(wanted) == wanted


def test_a_port_in_use_gives_way_to_the_next_free_one() -> None:
    with bound_socket(0) as first:
        wanted = first.getsockname()[1]
        with bound_socket(wanted) as second:
            assert wanted < second.getsockname()[1] <= wanted + 100
            assert free_port(wanted) > wanted


def test_a_port_that_another_program_has_on_all_interfaces_counts_as_taken() -> None:
    with socket.create_server(("", 0)) as everywhere:
        wanted = everywhere.getsockname()[1]
        with bound_socket(wanted) as ours:
            assert ours.getsockname()[1] != wanted


def test_a_port_beyond_the_last_one_is_refused_plainly() -> None:
    with pytest.raises(OSError, match="no port is free"):
        bound_socket(65_536)
