"""The key ring: made once, guarded, renewed without losing anything."""

import hashlib
import hmac
import os
import re
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_service.crypto import keys
from booking_service.crypto.keys import Key, KeyLost, KeyRefused, KeyRing, SealBroken

OLD, NEW = "Vb7nQ2xLr9TzKp4WmYc8JdHs3FgE6uAi", "mK4sX8pQ1wZ7nC5vB9tR3yL6hJ2dG0fA"
ALPHABET = string.ascii_letters + string.digits + "-_"
RING = keys.ring_of(NEW, source="test")
OLD_RING = keys.ring_of(OLD, source="test")
BOTH = keys.ring_of(f"{NEW}\n{OLD}\n", source="test")


# The file


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = keys.open_ring(tmp_path / "data")
    path = tmp_path / "data" / "secret.key"
    assert keys.open_ring(tmp_path / "data") == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(path.read_text().strip()) == 43
    assert os.listdir(path.parent) == ["secret.key"]


def test_two_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    for round_ in range(20):
        with ThreadPoolExecutor(4) as pool:
            rings = list(pool.map(keys.open_ring, [tmp_path / str(round_)] * 4))
        assert len({ring.newest.id for ring in rings}) == 1


def test_two_installations_never_have_the_same_key(tmp_path: Path) -> None:
    assert keys.open_ring(tmp_path / "a") != keys.open_ring(tmp_path / "b")


def test_a_setting_replaces_the_file_and_makes_none(tmp_path: Path) -> None:
    assert keys.open_ring(tmp_path, secret_key=f"{NEW} {OLD}") == BOTH
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys.open_ring(tmp_path)
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        keys.open_ring(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "\n", "short", "x" * 64, "changeme-changeme-changeme-changeme", "secret" + NEW, NEW[:31], "ö" * 40]
)
def test_a_key_that_protects_nothing_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyRefused) as refusal:
        keys.open_ring(tmp_path)
    assert not text.strip() or text not in str(refusal.value).replace("too short", "")


def test_a_secret_of_32_characters_is_long_enough() -> None:
    assert keys.ring_of(NEW[:32], source="test").newest.secret == NEW.encode()


def test_a_ring_shows_no_key(tmp_path: Path) -> None:
    assert NEW not in f"{BOTH} {BOTH!r} {BOTH.newest}"


# Sealing


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_is_read_back(plaintext: bytes, context: str) -> None:
    sealed = keys.seal(RING, plaintext, context=context)
    assert re.fullmatch(r"[0-9a-f]{8}\.[A-Za-z0-9_-]+", sealed)
    assert keys.unseal(RING, sealed, context=context) == plaintext


def test_nothing_is_sealed_twice_to_the_same_text() -> None:
    assert keys.seal(RING, b"x", context="c") != keys.seal(RING, b"x", context="c")


def test_a_seal_belongs_to_its_context() -> None:
    sealed = keys.seal(RING, b"password of ada", context="account/1")
    with pytest.raises(SealBroken):
        keys.unseal(RING, sealed, context="account/2")


@settings(deadline=None, max_examples=100)
@given(place=st.integers(0, 47), shift=st.integers(1, 63))  # 36 bytes are 48 characters without idle bits
def test_an_altered_seal_is_refused(place: int, shift: int) -> None:
    key_id, _, body = keys.seal(RING, b"password", context="c").partition(".")
    assert len(body) == 48
    other = ALPHABET[(ALPHABET.index(body[place]) + shift) % 64]
    with pytest.raises(SealBroken):
        keys.unseal(RING, f"{key_id}.{body[:place]}{other}{body[place + 1 :]}", context="c")


@pytest.mark.parametrize("alien", ["!", "=", ".", " ", "\n", "ä", "\ud800"])
def test_a_seal_with_anything_else_in_it_is_refused(alien: str) -> None:
    sealed = keys.seal(RING, b"password", context="c")
    with pytest.raises(SealBroken):
        keys.unseal(RING, f"{sealed[:20]}{alien}{sealed[20:]}", context="c")


@pytest.mark.parametrize("length", [0, 1, 8, 12, 20, 27])
def test_a_seal_cut_short_is_refused(length: int) -> None:
    key_id, _, body = keys.seal(RING, b"x", context="c").partition(".")
    with pytest.raises(SealBroken):
        keys.unseal(RING, f"{key_id}.{body[:length]}", context="c")


def test_without_its_key_a_seal_is_lost_and_says_which_key() -> None:
    sealed = keys.seal(OLD_RING, b"x", context="c")
    with pytest.raises(KeyLost, match=OLD_RING.newest.id):
        keys.unseal(RING, sealed, context="c")
    for nonsense in ("", "x", "not a seal at all"):
        with pytest.raises(KeyLost):
            keys.unseal(RING, nonsense, context="c")


# Renewal


def test_rotation_puts_a_new_key_in_front_and_keeps_the_old_ones(tmp_path: Path) -> None:
    before = keys.open_ring(tmp_path)
    sealed = keys.seal(before, b"x", context="c")
    after = keys.rotate(tmp_path)
    assert after.keys[1:] == before.keys
    assert keys.open_ring(tmp_path) == after
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["secret.key"]
    assert keys.unseal(after, sealed, context="c") == b"x"


def test_what_is_sealed_after_a_rotation_uses_the_new_key() -> None:
    with pytest.raises(KeyLost):
        keys.unseal(OLD_RING, keys.seal(BOTH, b"x", context="c"), context="c")


def test_who_read_the_file_before_a_rotation_recognises_what_was_marked_since(tmp_path: Path) -> None:
    before = keys.open_ring(tmp_path)
    own = keys.macs(before, "p", b"x")
    after = keys.rotate(tmp_path)
    assert keys.mac(after, "p", b"x") in keys.macs(before, "p", b"x")
    assert keys.macs(before, "p", b"x")[:1] == own, "its own comes first: by it links are made"
    assert keys.mac(keys.rotate(tmp_path), "p", b"x") in keys.macs(before, "p", b"x")
    (tmp_path / "secret.key").unlink()
    assert keys.macs(before, "p", b"x") == own


def test_who_read_the_file_before_a_rotation_opens_what_was_sealed_since(tmp_path: Path) -> None:
    before = keys.open_ring(tmp_path)
    sealed = keys.seal(keys.rotate(tmp_path), b"x", context="c")
    assert keys.unseal(before, sealed, context="c") == b"x"
    (tmp_path / "secret.key").unlink()
    with pytest.raises(KeyLost):
        keys.unseal(before, sealed, context="c")


def test_resealing_moves_to_the_newest_key_once() -> None:
    old = keys.seal(OLD_RING, b"x", context="c")
    renewed = keys.reseal(BOTH, old, context="c")
    assert keys.unseal(RING, renewed, context="c") == b"x"
    assert keys.reseal(BOTH, renewed, context="c") == renewed


def test_rotating_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("short\n")
    path.chmod(0o600)
    with pytest.raises(KeyRefused):
        keys.rotate(tmp_path)
    assert path.read_text() == "short\n"


# Derived keys


def test_a_mac_differs_by_purpose_data_and_key() -> None:
    made = {
        keys.mac(ring, purpose, data) for ring in (RING, OLD_RING) for purpose in ("a", "b") for data in (b"x", b"y")
    }
    assert len(made) == 8
    assert {len(each) for each in made} == {32}


def test_macs_find_what_an_older_key_marked() -> None:
    assert keys.macs(BOTH, "a", b"x") == (keys.mac(RING, "a", b"x"), keys.mac(OLD_RING, "a", b"x"))


def test_derivation_is_hkdf_and_stays_the_same_for_ever() -> None:
    """Recorded with hmac alone (RFC 5869 §2): a change here would lose every stored password and every sent link."""
    extracted = hmac.digest(bytes(32), NEW.encode(), hashlib.sha256)
    expanded = hmac.digest(extracted, b"booking-service/token\x01", hashlib.sha256)
    assert keys.derive(Key(NEW.encode()), "token") == expanded


def test_an_empty_ring_cannot_be() -> None:
    with pytest.raises(KeyRefused):
        KeyRing(())


def test_an_empty_file_is_named_and_replaced_by_nothing(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    file.touch(mode=0o600)
    with pytest.raises(KeyRefused) as refused:
        keys.open_ring(tmp_path)
    assert str(refused.value).startswith(f"{file} is empty: ")
    assert file.read_bytes() == b""
