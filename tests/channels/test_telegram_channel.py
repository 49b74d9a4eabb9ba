"""Telegram: what is sent through aiogram, what its answers mean, polling, set-up and files."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import NotFetched, Outgoing
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_library import load_aiogram
from bot.config import load
from bot.core.delivery import Accepted, ConfigFault, Down, Later, Outcome, Refused, Unsure
from bot.core.inbound import Letter, Media
from bot.core.words import Button, Words
from bot.store import Store
from bot.updater import TelegramUpdater
from tests.channels.letters import BOT_ID, private_message
from tests.channels.stand_ins import Answer, Asked, Provider, closed_port, serving

TOKEN = f"{BOT_ID}:AAAA-secret_token"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
Make = Callable[..., TelegramChannel]
BUTTONS = ((Button("Rendu", "ret:1"), Button("Prolonger", "ext:1")),)


@pytest.fixture(scope="session", autouse=True)
def aiogram_loaded() -> None:
    load_aiogram()


class Telegram(Provider):
    """A Bot API server that takes everything."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.updates: list[dict[str, Any]] = []

    def answer(self, asked: Asked) -> Answer:
        method = asked.path.rpartition("/")[2]
        if asked.path.startswith("/file/"):
            return Answer(200, b"jpeg")
        if method == "getMe":
            return ok({"id": BOT_ID, "is_bot": True, "first_name": "Prêt", "username": "pret_bot"})
        if method == "getFile":
            return ok({"file_id": "f", "file_unique_id": "u", "file_size": 4, "file_path": "photos/f.jpg"})
        if method == "getUpdates":
            return ok(self.updates)
        if method in ("sendMessage", "sendPhoto", "editMessageText", "editMessageCaption"):
            chat = {"id": int(asked.fields["chat_id"]), "type": "private"}
            return ok({"message_id": 55, "date": 1, "chat": chat, "text": "x"})
        return ok(True)

    @property
    def called(self) -> list[str]:
        return [one.path.rpartition("/")[2] for one in self.asked]


def ok(result: Any) -> Answer:
    return Answer(200, {"ok": True, "result": result})


def error(status: int, says: str, **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": status, "description": says}
    return Answer(status, body | ({"parameters": parameters} if parameters else {}))


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with serving(Telegram()) as provider:
        assert isinstance(provider, Telegram)
        yield provider


@pytest.fixture
async def make(telegram: Telegram) -> AsyncIterator[Make]:
    made: list[TelegramChannel] = []

    def channel(token: str = TOKEN, **changes: Any) -> TelegramChannel:
        given: dict[str, Any] = {"api_base": telegram.url, "timeout": 2.0, "poll_seconds": 0}
        made.append(TelegramChannel(token, **(given | changes)))
        return made[-1]

    yield channel
    for one in made:
        await one.close()


def out(text: str = "Bonjour *Awa*", words: Words | None = None, **changes: Any) -> Outgoing:
    return replace(Outgoing("send", "out-1", "111", words or Words(text)), **changes)


# ---------------------------------------------------------------- what is sent


async def test_a_message_leaves_as_html_without_previews(telegram: Telegram, make: Make) -> None:
    assert await make().carry(out(r"*Prêt* de <Perceuse> \*")) == Accepted("111:55")
    (asked,) = telegram.asked
    assert asked.path == f"/bot{TOKEN}/sendMessage"
    assert asked.fields["text"] == "<b>Prêt</b> de &lt;Perceuse&gt; *"
    assert (asked.fields["chat_id"], asked.fields["parse_mode"]) == ("111", "HTML")
    assert json.loads(asked.fields["link_preview_options"]) == {"is_disabled": True}
    assert not {"reply_markup", "message_thread_id"} & set(asked.fields)


async def test_choices_are_buttons_under_the_message(telegram: Telegram, make: Make) -> None:
    await make().carry(out(words=Words("Rendu ?", buttons=BUTTONS)))
    assert json.loads(telegram.asked[0].fields["reply_markup"]) == {
        "inline_keyboard": [
            [{"text": "Rendu", "callback_data": "ret:1"}, {"text": "Prolonger", "callback_data": "ext:1"}]
        ]
    }


async def test_a_person_can_be_asked_for_their_number(telegram: Telegram, make: Make) -> None:
    await make().carry(out(words=Words("Votre numéro ?", ask_contact=True)))
    markup = json.loads(telegram.asked[0].fields["reply_markup"])
    assert [button["request_contact"] for (button,) in markup["keyboard"]] == [True]
    assert markup["one_time_keyboard"] is True


async def test_a_topic_is_kept(telegram: Telegram, make: Make) -> None:
    await make().carry(out(address="-100", topic=9))
    assert telegram.asked[0].fields["message_thread_id"] == "9"


async def test_the_general_topic_takes_no_number(telegram: Telegram, make: Make) -> None:
    await make().carry(out(address="-100", topic=1))
    assert "message_thread_id" not in telegram.asked[0].fields


async def test_a_picture_leaves_with_its_words(telegram: Telegram, make: Make, tmp_path: Path) -> None:
    picture = tmp_path / "label.png"
    picture.write_bytes(b"\x89PNG")
    await make().carry(out(words=Words("*PERC-001*", photo=str(picture))))
    (asked,) = telegram.asked
    assert asked.path.endswith("/sendPhoto")
    assert asked.fields["caption"] == "<b>PERC-001</b>"
    assert b"\x89PNG" in asked.files.values()


@pytest.mark.parametrize("text", ["court", "long " * 300])
async def test_words_leave_without_a_picture_that_is_gone_or_that_they_do_not_fit(
    telegram: Telegram, make: Make, tmp_path: Path, text: str
) -> None:
    picture = tmp_path / "label.png"
    if text != "court":
        picture.write_bytes(b"\x89PNG")
    await make().carry(out(words=Words(text, photo=str(picture))))
    assert telegram.called == ["sendMessage"]


async def test_nothing_longer_than_telegram_takes_leaves(telegram: Telegram, make: Make) -> None:
    await make().carry(out("*mot* " * 2000))
    text = telegram.asked[0].fields["text"]
    assert len(text.replace("<b>", "").replace("</b>", "")) <= 4096
    assert text.count("<b>") == text.count("</b>")


async def test_a_card_is_edited(telegram: Telegram, make: Make) -> None:
    words = Words("Confirmé", buttons=BUTTONS)
    assert await make().carry(out(op="edit", words=words, target="-100:7")) == Accepted("-100:55")
    (asked,) = telegram.asked
    assert asked.path.endswith("/editMessageText")
    assert (asked.fields["chat_id"], asked.fields["message_id"], asked.fields["text"]) == ("-100", "7", "Confirmé")
    assert "ret:1" in asked.fields["reply_markup"]


async def test_a_press_is_answered_in_two_hundred_signs(telegram: Telegram, make: Make) -> None:
    assert await make().carry(out("*Merci* " * 60, op="answer", target="77")) == Accepted("77")
    (asked,) = telegram.asked
    assert asked.path.endswith("/answerCallbackQuery")
    assert asked.fields["callback_query_id"] == "77"
    assert len(asked.fields["text"]) <= 200
    assert "*" not in asked.fields["text"]


async def test_a_press_may_be_answered_without_words(telegram: Telegram, make: Make) -> None:
    assert await make().carry(out("", op="answer", target="77")) == Accepted("77")
    assert telegram.asked[0].fields == {"callback_query_id": "77"}


@pytest.mark.parametrize(("text", "emoji"), [("🎉", "🎉"), ("", "👍")])
async def test_a_reaction_is_put(telegram: Telegram, make: Make, text: str, emoji: str) -> None:
    assert await make().carry(out(text, op="react", target="-100:7")) == Accepted("-100:7")
    assert json.loads(telegram.asked[0].fields["reaction"]) == [{"type": "emoji", "emoji": emoji}]


async def test_a_lone_surrogate_does_not_stop_a_message(telegram: Telegram, make: Make) -> None:
    await make().carry(out("a\ud800b\x00c"))
    assert telegram.asked[0].fields["text"] == "abc"


@pytest.mark.parametrize(
    "odd",
    [
        {"address": "awa"},
        {"op": "edit", "target": None},
        {"op": "edit", "target": "7"},
        {"op": "answer", "target": None},
        {"op": "react", "target": "x:y"},
        {"words": Words(" \n")},
        {"op": "edit", "target": "-100:7", "words": Words("")},
        {"words": Words("x", buttons=((Button("a", "p" * 65),),))},
        {"words": Words("x", buttons=((Button("a", ""),),))},
    ],
)
async def test_what_cannot_be_a_message_never_reaches_telegram(
    telegram: Telegram, make: Make, odd: dict[str, Any]
) -> None:
    outcome = await make().carry(out(**odd))
    assert isinstance(outcome, Refused)
    assert (outcome.about, telegram.asked) == ("content", [])


# ---------------------------------------------------------------- what comes back

REFUSALS: dict[str, tuple[Answer, str]] = {
    "blocked": (error(403, "Forbidden: bot was blocked by the user"), "address"),
    "deactivated": (error(403, "Forbidden: user is deactivated"), "address"),
    "never started": (error(403, "Forbidden: bot can't initiate conversation with a user"), "address"),
    "kicked": (error(403, "Forbidden: bot was kicked from the supergroup chat"), "address"),
    "group deleted": (error(403, "Forbidden: the group chat was deleted"), "address"),
    "no such chat": (error(400, "Bad Request: chat not found"), "address"),
    "no such private chat": (error(400, "Bad Request: private chat not found"), "address"),
    "peer": (error(400, "Bad Request: PEER_ID_INVALID"), "address"),
    "no rights": (error(400, "Bad Request: not enough rights to send text messages to the chat"), "road"),
    "topic closed": (error(400, "Bad Request: TOPIC_CLOSED"), "road"),
    "empty": (error(400, "Bad Request: message text is empty"), "content"),
    "buttons": (error(400, "Bad Request: BUTTON_DATA_INVALID"), "content"),
    "unknown": (error(400, "Bad Request: something new"), "content"),
    "too large": (error(413, "Request Entity Too Large"), "content"),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_refusal_says_what_it_is_about(telegram: Telegram, make: Make, kind: str) -> None:
    answer, about = REFUSALS[kind]
    telegram.script = [answer]
    outcome = await make().carry(out())
    assert isinstance(outcome, Refused)
    assert outcome.about == about
    assert len(telegram.asked) == 1


TROUBLE: dict[str, tuple[Answer, Outcome | type[Outcome]]] = {
    "429 with a wait": (
        error(429, "Too Many", retry_after=7),
        Later("Telegram: too many requests", timedelta(seconds=7)),
    ),
    "429 for ever": (
        error(429, "Too Many", retry_after=10**9),
        Later("Telegram: too many requests", timedelta(days=1)),
    ),
    "429 without a wait": (error(429, "Too Many Requests"), Later("Telegram: too many requests")),
    "429 in HTML": (Answer(429, "<html>"), Later("Telegram: too many requests")),
    "401": (error(401, "Unauthorized"), ConfigFault("Telegram: Unauthorized", "401")),
    "404": (error(404, "Not Found"), ConfigFault),
    "409": (error(409, "Conflict: terminated by other getUpdates request"), ConfigFault),
    "500": (error(500, "Internal Server Error"), Unsure),
    "a restart": (error(500, "Internal Server Error: restart"), Unsure),
    "502 in HTML": (Answer(502, "<html>"), Unsure),
    "200 that is no JSON": (Answer(200, "<html>"), Unsure),
    "200 with a list": (Answer(200, []), Unsure),
    "200 with another result": (ok({"surprise": 1}), Unsure),
    "200 in odd bytes": (Answer(200, b"\xff\xfe\x00"), Unsure),
    "a connection cut": (Answer(cut=True), Unsure),
    "an answer too late": (Answer(200, {}, wait=3.0), Unsure),
}


@pytest.mark.parametrize("kind", TROUBLE)
async def test_trouble_becomes_an_outcome_and_nothing_is_sent_twice(telegram: Telegram, make: Make, kind: str) -> None:
    answer, expected = TROUBLE[kind]
    telegram.script = [answer]
    outcome = await make(timeout=0.4).carry(out())
    assert outcome == expected if not isinstance(expected, type) else isinstance(outcome, expected)
    assert len(telegram.asked) == 1


async def test_an_answer_that_came_while_the_process_stood_still_counts(telegram: Telegram, make: Make) -> None:
    taken = {"message_id": 55, "date": 1, "chat": {"id": 111, "type": "private"}}
    telegram.script = [replace(ok(taken), wait=0.1)]
    called = asyncio.create_task(make(timeout=0.5).carry(out()))
    while not telegram.asked:  # noqa: ASYNC110 (the stand-in tells nobody)
        await asyncio.sleep(0.01)
    time.sleep(0.8)  # noqa: ASYNC251 (nothing of the process runs meanwhile)
    assert isinstance(await called, Accepted), "in doubt it would be said a second time"


async def test_a_refused_connection_means_that_nothing_left(make: Make) -> None:
    assert isinstance(await make(api_base=await closed_port()).carry(out()), Down)


async def test_a_malformed_token_is_a_fault_of_configuration(telegram: Telegram, make: Make) -> None:
    outcome = await make("no token").carry(out())
    assert isinstance(outcome, ConfigFault)
    assert "no token" not in outcome.why


async def test_no_fault_tells_the_token(telegram: Telegram, make: Make) -> None:
    for api_base in (await closed_port(), "http://desk.invalid"):
        outcome = await make(api_base=api_base).carry(out())
        assert isinstance(outcome, Down)
        assert "secret" not in outcome.why
    telegram.script = [Answer(cut=True)]
    outcome = await make().carry(out())
    assert isinstance(outcome, Unsure)
    assert "secret" not in outcome.why


# ---------------------------------------------------------------- what is corrected and sent once more


async def test_a_group_that_moved_gets_the_message_at_its_new_address(telegram: Telegram, make: Make) -> None:
    telegram.script = [
        error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100200)
    ]
    assert await make().carry(out(address="-9")) == Accepted("-100200:55", moved_to="-100200")
    assert [one.fields["chat_id"] for one in telegram.asked] == ["-9", "-100200"]


@pytest.mark.parametrize("op", ["edit", "react"])
async def test_the_number_of_a_message_means_another_where_its_group_moved_to(
    telegram: Telegram, make: Make, op: str
) -> None:
    telegram.script = [
        error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100200)
    ]
    outcome = await make().carry(out(address="-9", op=op, target="-9:55"))
    assert isinstance(outcome, Refused)
    assert outcome.about == "content"
    assert [one.fields["chat_id"] for one in telegram.asked] == ["-9"]


async def test_a_topic_that_is_gone_gets_the_message_in_the_group(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: message thread not found")]
    assert await make().carry(out(address="-100", topic=9)) == Accepted("-100:55")
    assert ["message_thread_id" in one.fields for one in telegram.asked] == [True, False]


@pytest.mark.parametrize("says", ["can't parse entities: unexpected end tag", "message is too long"])
async def test_words_telegram_cannot_read_are_sent_plain(telegram: Telegram, make: Make, says: str) -> None:
    telegram.script = [error(400, f"Bad Request: {says}")]
    assert await make().carry(out("*Awa* & co")) == Accepted("111:55")
    assert telegram.asked[1].fields["text"] == "Awa & co"
    assert "parse_mode" not in telegram.asked[1].fields


async def test_a_picture_telegram_refuses_is_left_out(telegram: Telegram, make: Make, tmp_path: Path) -> None:
    picture = tmp_path / "label.png"
    picture.write_bytes(b"\x89PNG")
    telegram.script = [error(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")]
    assert await make().carry(out(words=Words("*PERC-001*", photo=str(picture)))) == Accepted("111:55")
    assert telegram.called == ["sendPhoto", "sendMessage"]


async def test_the_type_of_an_answer_is_built_once_in_a_process(telegram: Telegram, make: Make) -> None:
    built: list[set[int]] = []
    for _ in range(2):
        await make().carry(out("*fait*", op="edit", target="-100:7"))
        gc.collect()
        built.append({id(kind) for kind in load_aiogram().methods.Response.__subclasses__()})
    assert built[0]
    assert built[0] <= built[1]


async def test_a_card_with_a_picture_is_edited_under_it(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: there is no text in the message to edit")]
    assert await make().carry(out("*fait*", op="edit", target="-100:7")) == Accepted("-100:55")
    assert telegram.called == ["editMessageText", "editMessageCaption"]
    assert telegram.asked[1].fields["caption"] == "<b>fait</b>"


async def test_each_fault_is_mended_once_only(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: can't parse entities")] * 5
    assert isinstance(await make().carry(out()), Refused)
    assert len(telegram.asked) == 2


async def test_several_faults_are_mended_one_after_the_other(telegram: Telegram, make: Make) -> None:
    telegram.script = [
        error(400, "Bad Request: upgraded", migrate_to_chat_id=-100200),
        error(400, "Bad Request: message thread not found"),
        error(400, "Bad Request: can't parse entities"),
    ]
    assert await make().carry(out(address="-9", topic=3)) == Accepted("-100200:55", moved_to="-100200")
    last = telegram.asked[-1].fields
    assert (last["chat_id"], "message_thread_id" in last, "parse_mode" in last) == ("-100200", False, False)


async def test_an_edit_that_changes_nothing_is_done(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: message is not modified: specified new message content is the same")]
    assert await make().carry(out(op="edit", target="-100:7")) == Accepted("-100:7")


async def test_a_card_that_is_gone_cannot_be_edited(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: message to edit not found")]
    outcome = await make().carry(out(op="edit", target="-100:7"))
    assert isinstance(outcome, Refused)
    assert outcome.about == "content"


async def test_a_press_too_old_to_answer_is_let_go(telegram: Telegram, make: Make) -> None:
    telegram.script = [
        error(400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    ]
    assert await make().carry(out("Merci", op="answer", target="77")) == Accepted("77")


async def test_telegram_cannot_be_asked_what_it_has(make: Make) -> None:
    assert await make().find(out(), NOW) == "unknown"


# ---------------------------------------------------------------- set-up and polling


async def test_the_bot_says_who_it_is(telegram: Telegram, make: Make) -> None:
    assert await make().me() == (BOT_ID, "pret_bot")
    assert await make().check() == (True, "Telegram: the bot is @pret_bot")
    telegram.script = [error(401, "Unauthorized")]
    assert await make().check() == (False, "Telegram: Unauthorized. Look at TELEGRAM_BOT_TOKEN and the network.")
    assert (await make("no token").check())[0] is False


async def test_the_webhook_and_the_menus_are_set(telegram: Telegram, make: Make) -> None:
    menus = {
        ("private", "fr"): [("prets", "Mes prêts")],
        ("private", "en"): [("loans", "My loans")],
        ("groups", "fr"): [("pret", "Noter un prêt")],
        ("admins", "fr"): [("settings", "Réglages")],
    }
    await make().set_up("https://desk.example/", "s3cret", menus, ["fr", "en"])  # type: ignore[arg-type]
    hook, *menu_calls = telegram.asked
    assert hook.fields["url"] == "https://desk.example/webhooks/telegram"
    assert hook.fields["secret_token"] == "s3cret"
    assert json.loads(hook.fields["allowed_updates"]) == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]
    shown = [(json.loads(one.fields["scope"])["type"], one.fields.get("language_code")) for one in menu_calls]
    assert shown == [
        ("all_private_chats", "fr"),
        ("all_private_chats", None),
        ("all_private_chats", "en"),
        ("all_group_chats", "fr"),
        ("all_group_chats", None),
        ("all_chat_administrators", "fr"),
        ("all_chat_administrators", None),
    ]


async def test_a_set_up_that_fails_is_an_error(telegram: Telegram, make: Make) -> None:
    telegram.script = [error(400, "Bad Request: bad webhook: HTTPS url must be provided")]
    with pytest.raises(NotFetched, match="HTTPS"):
        await make().set_up("http://desk.example", "s", {}, ["fr"])


async def test_updates_are_polled_once_the_webhook_is_gone(telegram: Telegram, make: Make) -> None:
    telegram.updates = [private_message(), private_message() | {"update_id": 903}]
    channel = make()
    letters, following = await channel.poll(None)
    assert [letter.provider_id for letter in letters] == ["900", "903"]
    assert letters[0].payload == private_message()
    assert following == 904
    telegram.updates = []
    assert await channel.poll(904) == ([], 904)
    assert telegram.called == ["deleteWebhook", "getUpdates", "getUpdates"]
    assert telegram.asked[2].fields["offset"] == "904"


async def test_an_update_that_is_none_does_not_hold_up_the_others(telegram: Telegram, make: Make) -> None:
    telegram.updates = [{"update_id": 5, "a": {}}, {"no": "number"}, {"update_id": 7}]
    letters, following = await make().poll(5)
    assert ([letter.provider_id for letter in letters], following) == (["5", "7"], 8)


@pytest.mark.parametrize(
    "answer",
    [
        error(409, "Conflict: can't use getUpdates method while webhook is active"),
        error(500, "Internal"),
        Answer(200, "<html>"),
        ok({"x": 1}),
        Answer(cut=True),
        Answer(200, {}, wait=1.0),
    ],
)
async def test_a_poll_that_fails_is_an_error_and_the_next_one_works(
    telegram: Telegram, make: Make, answer: Answer
) -> None:
    channel = make(timeout=0.4)
    await channel.poll(None)
    telegram.script = [answer]
    with pytest.raises(NotFetched):
        await channel.poll(1)
    assert await channel.poll(1) == ([], 1)


async def test_a_poll_tells_how_long_telegram_wants_us_away(telegram: Telegram, make: Make) -> None:
    telegram.script = [ok(True), error(429, "Too Many Requests: retry after 40", retry_after=40)]
    with pytest.raises(NotFetched, match="retry after 40") as caught:
        await make().poll(None)
    assert caught.value.after == 40


async def test_a_conflict_takes_the_webhook_away_again(telegram: Telegram, make: Make) -> None:
    channel = make()
    telegram.script = [ok(True), error(409, "Conflict: webhook is active")]
    with pytest.raises(NotFetched):
        await channel.poll(None)
    await channel.poll(None)
    assert telegram.called == ["deleteWebhook", "getUpdates", "deleteWebhook", "getUpdates"]


async def test_a_desk_polls_on_whatever_a_poll_ran_into(
    make: Make, sqlite_migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offsets: list[int | None] = []
    third = asyncio.Event()

    async def poll(offset: int | None) -> tuple[list[Letter], int | None]:
        offsets.append(offset)
        if len(offsets) == 1:
            raise RuntimeError("something nobody has thought of")
        if len(offsets) == 3:
            third.set()
            await asyncio.Event().wait()
        return [], 7

    config = load({"DATABASE_URL": sqlite_migrated_url, "TELEGRAM_BOT_TOKEN": TOKEN}, env_file=None)
    store, channel = await Store.open(sqlite_migrated_url), make()
    monkeypatch.setattr("bot.updater.POLL_WAIT", 0.0)
    monkeypatch.setattr(channel, "poll", poll)
    polling = asyncio.create_task(TelegramUpdater(config, store, channel).run())
    await asyncio.wait_for(third.wait(), 10)
    polling.cancel()
    await store.close()
    assert offsets == [None, None, 7]


# ---------------------------------------------------------------- files


async def test_a_photo_is_fetched(telegram: Telegram, make: Make) -> None:
    assert await make().fetch(Media("photo", "f", size=4)) == b"jpeg"
    assert telegram.asked[1].path == f"/file/bot{TOKEN}/photos/f.jpg"


@pytest.mark.parametrize(
    "script",
    [
        [error(400, "Bad Request: file is too big")],
        [ok({"file_id": "f", "file_unique_id": "u", "file_size": 5000, "file_path": "x"})],
        [ok({"file_id": "f", "file_unique_id": "u"})],
        [ok({"file_id": "f", "file_unique_id": "u", "file_path": "x"}), Answer(200, b"x" * 5000)],
        [ok({"file_id": "f", "file_unique_id": "u", "file_path": "x"}), Answer(404, "")],
        [ok({"file_id": "f", "file_unique_id": "u", "file_path": "x"}), Answer(200, b"x", wait=2.0)],
    ],
    ids=["too big for Telegram", "too large", "no path", "larger than said", "gone", "too slow"],
)
async def test_a_file_that_cannot_be_had_is_an_error(telegram: Telegram, make: Make, script: list[Answer]) -> None:
    telegram.script = script
    with pytest.raises(NotFetched) as caught:
        await make(timeout=0.4).fetch(Media("photo", "f"), limit_bytes=1000)
    assert "secret" not in str(caught.value)


async def test_a_file_known_to_be_too_large_is_not_asked_for(telegram: Telegram, make: Make) -> None:
    with pytest.raises(NotFetched):
        await make().fetch(Media("photo", "f", size=21 * 1024 * 1024))
    assert telegram.asked == []


async def test_one_bot_serves_many_messages_at_once(make: Make) -> None:
    channel = make()
    outcomes = await asyncio.gather(*(channel.carry(out(ref=str(at))) for at in range(40)))
    assert outcomes == [Accepted("111:55")] * 40
