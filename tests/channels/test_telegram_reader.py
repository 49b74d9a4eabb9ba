"""What Telegram updates say, read from plain dictionaries."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.telegram_door import update_letter
from bot.channels.telegram_reader import TelegramReader
from bot.core.inbound import Inbound, Media, SharedContact
from tests.channels.letters import BOT_ID, private_message

PERSON = {
    "id": 111,
    "is_bot": False,
    "first_name": "Awa",
    "last_name": "Diop",
    "username": "awa",
    "language_code": "fr",
}
OTHER = {"id": 222, "is_bot": False, "first_name": "Omar"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
US = {"id": BOT_ID, "is_bot": True, "first_name": "Prêt", "username": "pret_bot"}
GROUP = {"id": -100200, "type": "supergroup", "title": "Prêts"}
MEGABYTE = 1024 * 1024


def read(update: dict[str, Any]) -> list[Inbound]:
    found = TelegramReader(BOT_ID, "pret_bot").read(update_letter(update, BOT_ID))
    assert all(isinstance(item, Inbound) for item in found)
    return [item for item in found if isinstance(item, Inbound)]


def heard(**message: Any) -> Inbound:
    (said,) = read(private_message(**message))
    return said


def in_group(**message: Any) -> dict[str, Any]:
    return {"chat": GROUP, "from": PERSON} | message


def test_a_private_message() -> None:
    said = heard()
    assert (said.channel, said.address, said.chat, said.sender) == ("telegram", "111", "111", str(BOT_ID))
    assert (said.text, said.name, said.username, said.language) == ("RENDU", "Awa", "awa", "fr")
    assert (said.provider_id, said.group, said.edited) == ("900", False, False)


def photo(size: int, width: int) -> dict[str, Any]:
    return {"file_id": f"w{width}", "file_unique_id": "x", "width": width, "height": width, "file_size": size}


CARD = {"phone_number": "33612345678", "first_name": "Awa", "user_id": 111}
BIG = [photo(1000, 90), photo(9 * MEGABYTE, 1280), photo(25 * MEGABYTE, 8000)]

SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a group": (
        in_group(),
        {"chat": "-100200", "group": True, "group_title": "Prêts", "address": "111", "name": "Awa Diop"},
    ),
    "a plain group": (in_group(chat={"id": -9, "type": "group"}), {"chat": "-9", "group": True}),
    "a topic": (in_group(message_thread_id=5, is_topic_message=True), {"topic": 5}),
    "a chain of replies is no topic": (in_group(message_thread_id=5), {"topic": None}),
    "a reply to us": (
        in_group(reply_to_message={"message_id": 3, "from": US}),
        {"on_message": "-100200:3", "reply_to_bot": True, "reply_to_address": str(BOT_ID)},
    ),
    "a reply to a person": (
        in_group(reply_to_message={"message_id": 3, "from": OTHER}),
        {"on_message": "-100200:3", "reply_to_bot": False, "reply_to_address": "222", "reply_to_name": "Omar"},
    ),
    "a reply to the group itself": (
        in_group(reply_to_message={"message_id": 3, "from": ANONYMOUS, "sender_chat": GROUP}),
        {"on_message": "-100200:3", "reply_to_bot": False, "reply_to_address": None},
    ),
    "a reply to another bot": (
        in_group(reply_to_message={"message_id": 3, "from": {**OTHER, "is_bot": True}}),
        {"on_message": "-100200:3", "reply_to_bot": False, "reply_to_address": None},
    ),
    "the opening of a topic is no reply": (
        in_group(reply_to_message={"message_id": 5, "from": US, "forum_topic_created": {"name": "x"}}),
        {"on_message": None, "reply_to_bot": False},
    ),
    "a command": (in_group(text="/pret@pret_bot PERC-001"), {"text": "/pret@pret_bot PERC-001", "start_token": None}),
    "a start with a token": ({"text": "/start Ab_-9"}, {"start_token": "Ab_-9", "text": "/start Ab_-9"}),
    "a start in a group": (in_group(text="/start@PRET_bot tok"), {"start_token": "tok"}),
    "a start of another bot": (in_group(text="/start@other_bot tok"), {"start_token": None}),
    "a start alone": ({"text": "/start"}, {"start_token": None}),
    "a start with a sentence": ({"text": "/start two words"}, {"start_token": None}),
    "a token too long": ({"text": "/start " + "a" * 65}, {"start_token": None}),
    "a photo": (
        {"text": None, "caption": "RENDU", "photo": BIG, "media_group_id": "al"},
        {"text": "RENDU", "media": (Media("photo", "w1280", "image/jpeg", 9 * MEGABYTE, "al"),)},
    ),
    "a voice note": (
        {"text": None, "voice": {"file_id": "v", "mime_type": "audio/ogg", "file_size": 9}},
        {"media": (Media("voice", "v", "audio/ogg", 9),), "text": ""},
    ),
    "a video": ({"text": None, "video": {"file_id": "v"}}, {"media": (Media("video", "v"),)}),
    "a round video": ({"text": None, "video_note": {"file_id": "v"}}, {"media": (Media("video", "v"),)}),
    "a document": (
        {"text": None, "document": {"file_id": "d", "mime_type": "application/pdf"}},
        {"media": (Media("document", "d", "application/pdf"),)},
    ),
    "a sticker": ({"text": None, "sticker": {"file_id": "s", "emoji": "👍"}}, {"media": (Media("sticker", "s"),)}),
    "a poll": ({"text": None, "poll": {"id": "1", "question": "?"}}, {"media": (Media("other", ""),), "text": ""}),
    "one's own number": ({"text": None, "contact": CARD}, {"contact": SharedContact("+33612345678", True, "Awa")}),
    "a number with its plus": (
        {"text": None, "contact": CARD | {"phone_number": "+33612345678"}},
        {"contact": SharedContact("+33612345678", True, "Awa")},
    ),
    "somebody else's number": (
        {"text": None, "contact": CARD | {"user_id": 222}},
        {"contact": SharedContact("+33612345678", False, "Awa")},
    ),
    "a number of nobody": (
        {"text": None, "contact": {"phone_number": "33612345678"}},
        {"contact": SharedContact("+33612345678", False, "")},
    ),
    "one's own number, forwarded": (
        {"text": None, "contact": CARD, "forward_origin": {"type": "user"}},
        {"contact": SharedContact("+33612345678", False, "Awa"), "forwarded": True},
    ),
    "one's own number in a group": (
        in_group(text=None, contact=CARD),
        {"contact": SharedContact("+33612345678", False, "Awa")},
    ),
    "a place": ({"text": None, "location": {"latitude": 48.85, "longitude": 2}}, {"location": (48.85, 2.0)}),
    "a venue": ({"text": None, "venue": {"location": {"latitude": 1, "longitude": 2}}}, {"location": (1.0, 2.0)}),
    "a forwarded text": ({"forward_origin": {"type": "hidden_user"}}, {"forwarded": True, "text": "RENDU"}),
    "an anonymous admin": (
        in_group(sender_chat=GROUP, **{"from": ANONYMOUS}),
        {"anonymous": True, "address": "-100200", "name": "Prêts"},
    ),
    "a channel writing in a group": (
        in_group(sender_chat={"id": -5, "type": "channel", "title": "Infos"}),
        {"anonymous": True, "address": "-5"},
    ),
    "a time that is none": ({"date": 10**18}, {"text": "RENDU"}),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_understood(shape: str) -> None:
    message, expected = SHAPES[shape]
    said = heard(**message)
    assert {name: getattr(said, name) for name in expected} == expected


NOTHING: dict[str, dict[str, Any]] = {
    "another bot": private_message(**{"from": {"id": 5, "is_bot": True, "first_name": "Bot"}}),
    "a channel's post": {"update_id": 1, "channel_post": private_message()["message"]},
    "a message in a channel": private_message(chat={"id": -5, "type": "channel"}),
    "a channel's post copied into its group": private_message(**in_group(sender_chat=GROUP, is_automatic_forward=True)),
    "somebody joined": private_message(**in_group(text=None, new_chat_members=[OTHER])),
    "a pinned message": private_message(**in_group(text=None, pinned_message={"message_id": 1})),
    "an empty message": private_message(text=None),
    "nobody wrote": private_message(**{"from": None}),
    "a writer without a number": private_message(**{"from": {"id": "111"}}),
    "a chat beyond 64 bits": private_message(chat={"id": 2**64, "type": "private"}),
    "a photo too large for a bot": private_message(text=None, photo=[photo(21 * MEGABYTE, 900)]),
    "a place off the globe": private_message(text=None, location={"latitude": 91, "longitude": 2}),
    "an unknown kind": {"update_id": 1, "hologram": {}},
}


@pytest.mark.parametrize("kind", NOTHING)
def test_nothing_is_heard_in(kind: str) -> None:
    assert read(NOTHING[kind]) == []


def test_an_edited_message() -> None:
    message = private_message(text="PRET", edit_date=1_790_000_060)["message"]
    (said,) = read({"update_id": 901, "edited_message": message})
    assert (said.edited, said.text) == (True, "PRET")


def press(**changes: Any) -> dict[str, Any]:
    message = {"message_id": 55, "date": 0, "chat": GROUP, "message_thread_id": 5, "is_topic_message": True}
    query = {"id": "77", "from": PERSON, "message": message, "data": "ret:42:ok", "chat_instance": "1"}
    return {"update_id": 902, "callback_query": query | changes}


def test_a_pressed_button() -> None:
    (said,) = read(press())
    assert (said.payload, said.press_id, said.on_message) == ("ret:42:ok", "77", "-100200:55")
    assert (said.address, said.chat, said.topic, said.group, said.text) == ("111", "-100200", 5, True, "")


@pytest.mark.parametrize("data", [None, ["x"], "\ud83d"])
def test_a_press_that_carries_nothing_is_a_press_all_the_same(data: Any) -> None:
    (said,) = read(press(data=data))
    assert (said.payload, said.press_id) == ("", "77")


@pytest.mark.parametrize("changes", [{"message": None}, {"id": 77}, {"from": US}])
def test_a_press_that_cannot_be_answered_is_nothing(changes: dict[str, Any]) -> None:
    assert read(press(**changes)) == []


def membership(old: str, new: str, chat: dict[str, Any], **member: Any) -> list[Inbound]:
    change = {
        "chat": chat,
        "from": PERSON,
        "date": 1_790_000_000,
        "old_chat_member": {"status": old, "user": US},
        "new_chat_member": {"status": new, "user": US} | member,
    }
    return read({"update_id": 903, "my_chat_member": change})


PRIVATE = {"id": 111, "type": "private"}


@pytest.mark.parametrize(
    ("old", "new", "chat", "event"),
    [
        ("member", "kicked", PRIVATE, "blocked"),
        ("kicked", "member", PRIVATE, "unblocked"),
        ("left", "member", GROUP, "joined"),
        ("left", "administrator", GROUP, "joined"),
        ("administrator", "left", GROUP, "left"),
        ("member", "kicked", GROUP, "left"),
    ],
)
def test_the_bots_own_coming_and_going(old: str, new: str, chat: dict[str, Any], event: str) -> None:
    (said,) = membership(old, new, chat)
    assert (said.event, said.address, said.chat) == (event, "111", str(chat["id"]))
    assert said.group == (chat is GROUP)


def test_a_promotion_is_no_arrival() -> None:
    assert membership("member", "administrator", GROUP) == []
    assert membership("member", "restricted", GROUP, is_member=True) == []
    assert membership("left", "member", {"id": -5, "type": "channel"}) == []


def test_another_members_coming_and_going_is_nothing() -> None:
    assert membership("left", "member", GROUP, user=OTHER) == []


@pytest.mark.parametrize(
    ("message", "was", "becomes"),
    [
        ({"chat": {"id": -9, "type": "group"}, "migrate_to_chat_id": -100200}, "-9", "-100200"),
        ({"chat": GROUP, "migrate_from_chat_id": -9}, "-9", "-100200"),
    ],
    ids=["told in the old chat", "told in the new chat"],
)
def test_a_group_that_became_a_supergroup(message: dict[str, Any], was: str, becomes: str) -> None:
    said = heard(text=None, **message)
    assert (said.event, said.chat, said.migrated_to) == ("migrated", was, becomes)
