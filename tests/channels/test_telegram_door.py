"""The door for Telegram's webhook: the secret, and updates of any shape."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Forbidden, RawRequest, Rubbish
from bot.channels.telegram_door import TelegramDoor
from bot.channels.telegram_reader import TelegramReader
from bot.core.inbound import Inbound, Letter
from tests.channels.letters import BOT_ID, SECRET, Headers, private_message, telegram_door, telegram_request


def letter_of(update: object) -> Letter:
    (letter,) = telegram_door().letters(telegram_request(update))
    return letter


def test_an_update_becomes_a_letter() -> None:
    letter = letter_of(private_message())
    assert (letter.channel, letter.kind, letter.provider_id) == ("telegram", "message", "900")
    assert (letter.sender, letter.lane) == (str(BOT_ID), "111")
    assert letter.payload == private_message()


PERSON = {"id": 111, "is_bot": False, "first_name": "Awa"}
GROUP = {"id": -100200, "type": "supergroup", "title": "Prêts"}


@pytest.mark.parametrize(
    ("about", "lane"),
    [
        ({"edited_message": {"from": PERSON, "chat": GROUP}}, "111"),
        ({"callback_query": {"from": PERSON, "message": {"chat": GROUP}}}, "111"),
        ({"my_chat_member": {"from": PERSON, "chat": GROUP}}, "111"),
        ({"message": {"from": {"id": 1087968824}, "sender_chat": GROUP, "chat": GROUP}}, "-100200"),
        ({"channel_post": {"chat": {"id": -5, "type": "channel"}}}, "-5"),
        ({"poll": {"id": "1"}}, ""),
        ({}, ""),
    ],
    ids=["an edit", "a press", "a block", "an anonymous admin", "a channel", "nobody", "nothing"],
)
def test_one_persons_letters_share_a_lane_in_all_chats(about: dict[str, Any], lane: str) -> None:
    assert letter_of({"update_id": 1} | about).lane == lane


def test_a_kind_of_tomorrow_is_taken_in_and_says_nothing() -> None:
    letter = letter_of({"update_id": 1, "hologram": {"from": PERSON}})
    assert TelegramReader(BOT_ID).read(letter) == []


def test_what_a_database_cannot_hold_is_cleaned() -> None:
    body = b'{"update_id": 1, "message": {"text": "a\\u0000b\\ud800c", "x\\u0000": ["\\udfff"]}}'
    assert letter_of(body).payload["message"] == {"text": "abc", "x": [""]}


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "é" * 20, "\udcff", "\x00"])
def test_another_secret_gives_no_letter(secret: str) -> None:
    with pytest.raises(Forbidden):
        telegram_door().letters(telegram_request(private_message(), secret=secret))


def test_a_missing_secret_gives_no_letter() -> None:
    request = RawRequest("/webhooks/telegram", Headers({}), json.dumps(private_message()).encode())
    with pytest.raises(Forbidden):
        telegram_door().letters(request)


@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_door_without_a_secret_stays_shut(secret: str) -> None:
    with pytest.raises(Forbidden):
        TelegramDoor("", BOT_ID).letters(telegram_request(private_message(), secret=secret))


def test_the_secret_is_asked_for_before_the_body_is_read() -> None:
    with pytest.raises(Forbidden):
        telegram_door().letters(telegram_request(b"[" * 20_000, secret="wrong"))


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "a text": b'"update"',
    "a number": b"1",
    "cut": b'{"update_id": 1, "message": ',
    "no number": b'{"message": {}}',
    "a number as text": b'{"update_id": "1"}',
    "true as number": b'{"update_id": true}',
    "a fraction": b'{"update_id": 1.5}',
    "a number of 65 bits": b'{"update_id": 18446744073709551616}',
    "a number of 5000 digits": b'{"update_id": ' + b"9" * 5000 + b"}",
    "NaN": b'{"update_id": 1, "message": {"date": NaN}}',
    "Infinity": b'{"update_id": 1, "message": {"date": -Infinity}}',
    "a number beyond all": b'{"update_id": 1, "message": {"date": 1e999}}',
    "20 000 lists": b'{"update_id": 1, "message": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "20 000 objects": b'{"update_id": 1, "a": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001,
    "900 lists": b'{"update_id": 1, "message": ' + b"[" * 900 + b"]" * 900 + b"}",
    "latin-1": '{"update_id": 1, "message": {"text": "prêt"}}'.encode("latin-1"),
    "UTF-16": '{"update_id": 1}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"update_id": 1}',
    "a form": b"update_id=1&message=x",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_update_is_rubbish(kind: str) -> None:
    with pytest.raises(Rubbish):
        telegram_door().letters(telegram_request(HOSTILE[kind]))


# ---------------------------------------------------------------- anything at all, from the door to the reader

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
    st.sampled_from([2**64, -(2**63), "private", "supergroup", "kicked", "member", "/start abc", BOT_ID, 111]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["message", "edited_message", "callback_query", "my_chat_member", "from", "chat", "id", "type", "text", "caption",
     "photo", "file_id", "contact", "user_id", "phone_number", "location", "latitude", "longitude", "date", "data",
     "message_id", "reply_to_message", "sender_chat", "new_chat_member", "old_chat_member", "status", "user", "is_bot",
     "migrate_to_chat_id", "message_thread_id", "is_topic_message", "voice", "first_name"]
)  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=6)),
    max_leaves=30,
)


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_an_authentic_update_is_always_taken_in_and_read(update: dict[str, Any]) -> None:
    found = TelegramReader(BOT_ID, "pret_bot").read(letter_of({"update_id": 1} | update))
    assert all(isinstance(item, Inbound) for item in found)


@given(st.one_of(TREES, st.binary(max_size=60)))
def test_nothing_but_rubbish_and_letters_leaves_the_door(body: Any) -> None:
    try:
        letters = telegram_door().letters(telegram_request(body))
    except Rubbish:
        return
    assert len(letters) == 1


def test_door_and_reader_cost_little_to_import() -> None:
    code = "import sys, bot.channels.telegram; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"aiogram", "aiohttp", "pydantic", "twilio"} & set(loaded)
