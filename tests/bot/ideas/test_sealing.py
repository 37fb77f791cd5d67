"""What is sealed says nothing without the key: not whose it is, not when, not that two are the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.ideas.anonymous.sealing import SEALED_LENGTH, Sealer, sealer_of
from bot.settings import Settings

SENDER = "T0LOCAL:U0123456789"
senders = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=49)


@given(sender=senders, about=st.text(max_size=64))
def test_what_is_sealed_opens_to_the_same_and_always_has_one_length(sender: str, about: str) -> None:
    sealer = Sealer("a secret")
    sealed = sealer.seal(sender, about)
    assert len(sealed) == SEALED_LENGTH
    assert sealer.open(sealed, sealer.key_id, about) == sender
    assert sender.encode() not in sealed or len(sender) < 4


def test_no_two_seals_of_one_account_have_anything_in_common() -> None:
    sealer = Sealer("a secret")
    seals = [sealer.seal(SENDER) for _ in range(200)]
    assert len({seal[:12] for seal in seals}) == len({seal[12:] for seal in seals}) == 200


def test_another_key_another_purpose_and_a_changed_seal_open_nothing() -> None:
    sealer, other = Sealer("a secret"), Sealer("another secret")
    sealed = sealer.seal(SENDER, "one")
    assert other.open(sealed, other.key_id, "one") is None
    assert other.open(sealed, sealer.key_id, "one") is None
    assert sealer.open(sealed, other.key_id, "one") is None
    assert sealer.open(sealed, sealer.key_id, "two") is None
    assert sealer.open(sealed[:-1], sealer.key_id, "one") is None
    assert sealer.open(b"", sealer.key_id, "one") is None
    for place in range(SEALED_LENGTH):
        changed = bytearray(sealed)
        changed[place] ^= 1
        assert sealer.open(bytes(changed), sealer.key_id, "one") is None


@given(one=senders, two=senders)
def test_marks_are_of_one_person_and_one_idea(one: str, two: str) -> None:
    sealer = Sealer("a secret")
    mark = sealer.mark(one, "idea:7")
    assert sealer.marker(one)("idea:7", mark)
    assert sealer.marker(two)("idea:7", mark) == (one == two)
    assert not sealer.marker(one)("idea:8", mark)
    assert not Sealer("another secret").marker(one)("idea:7", mark)


def test_without_a_secret_key_there_is_no_sealer() -> None:
    assert sealer_of(Settings.model_construct()) is None
    found = sealer_of(Settings.model_construct(rounds_secret_key=SecretStr("a secret")))
    assert found is not None
    assert found.key_id == Sealer("a secret").key_id != Sealer("another secret").key_id
