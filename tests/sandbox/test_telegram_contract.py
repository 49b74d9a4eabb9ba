"""aiogram against the stand-in: what holds here holds for the service's Telegram channel."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)

from bot.sandbox.faults import cut, drop, garbage, hang, refuse, too_many
from bot.sandbox.message import Attachment
from bot.sandbox.network import Network
from bot.sandbox.telegram_chats import Group, Person
from tests.sandbox.conftest import PUBLIC, Clock, Doors

SECRET = "a-secret_of_the_webhook"
GROUP = -1001234500001


class QuickSession(AiohttpSession):
    """aiogram rests a quarter of a second on closing, for TLS; loopback needs none of it."""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


@pytest.fixture
async def bot(network: Network) -> AsyncIterator[Bot]:
    server = TelegramAPIServer.from_base(network.telegram.base)
    async with Bot(network.telegram.token, session=QuickSession(api=server, timeout=2)) as bot:
        yield bot


@pytest.fixture
async def karim(network: Network) -> Person:
    """A borrower who has started the bot."""
    karim = network.telegram.person(501, "Karim", "karim", phone="+33612345679")
    await karim.starts()
    return karim


@pytest.fixture
async def sam(network: Network) -> Person:
    return network.telegram.person(502, "Sam", "sam")


@pytest.fixture
async def desk(network: Network, sam: Person) -> Group:
    """The staff's group, with the bot as a plain member."""
    group = network.telegram.group(GROUP, "Prêt de matériel")
    await group.adds_bot(sam)
    network.telegram.updates.drop_all()
    return group


def buttons(*labels: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=label, callback_data=f"do:{label}") for label in labels]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def pushed(network: Network, doors: Doors, bot: Bot, **more: Any) -> list[Update]:
    """Sets the webhook; the list fills with what the door has read (see `updates_of`)."""
    network.connect(doors.base, PUBLIC)
    assert await bot.set_webhook(f"{PUBLIC}/webhooks/telegram", secret_token=SECRET, **more)
    await network.quiet()
    return updates_of(doors)


def updates_of(doors: Doors) -> list[Update]:
    return [Update.model_validate_json(knock.body) for knock in doors.knocks]


# --- sending --------------------------------------------------------------------------------------------------------


async def test_the_bot_knows_its_name(network: Network, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.can_read_all_group_messages) == (bot.id, network.telegram.username, False)


async def test_words_arrive_without_their_markup(bot: Bot, karim: Person) -> None:
    text = 'Bonjour <b>Karim</b> &amp; <i>co</i>, 😀 <a href="https://desk.example/?a=1&amp;b=2">ici</a>'
    sent = await bot.send_message(karim.id, text, parse_mode="HTML")
    heard = karim.new()[0]
    assert heard.text == sent.text == "Bonjour Karim & co, 😀 ici"
    assert sent.entities is not None
    assert [(one.type, one.extract_from(heard.text)) for one in sent.entities] == [
        ("bold", "Karim"), ("italic", "co"), ("text_link", "ici"),
    ]  # fmt: skip
    assert sent.entities[2].url == "https://desk.example/?a=1&b=2"
    assert (sent.message_id, sent.chat.id) == (int(heard.id), karim.id)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>gras", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ('<a href="x>y', "Unclosed start tag at byte offset 0"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("é <x>", 'Unsupported start tag "x" at byte offset 3'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_unbalanced_or_unknown_tags_are_refused(bot: Bot, karim: Person, text: str, reason: str) -> None:
    with pytest.raises(TelegramBadRequest) as refused:
        await bot.send_message(karim.id, text, parse_mode="HTML")
    assert refused.value.message == f"Bad Request: can't parse entities: {reason}"
    assert karim.heard == []


async def test_length_is_counted_after_the_markup_is_gone(bot: Bot, karim: Person) -> None:
    await bot.send_message(karim.id, "<b>" + "x" * 4096 + "</b>", parse_mode="HTML")
    with pytest.raises(TelegramBadRequest, match="message is too long"):
        await bot.send_message(karim.id, "x" * 4097)
    with pytest.raises(TelegramBadRequest, match="message text is empty"):
        await bot.send_message(karim.id, "<b> </b>", parse_mode="HTML")


async def test_who_cannot_be_written_to(network: Network, bot: Bot, karim: Person) -> None:
    network.telegram.person(503, "Inconnue")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(999, "Bonjour")
    with pytest.raises(TelegramForbiddenError, match="bot can't initiate conversation with a user"):
        await bot.send_message(503, "Bonjour")
    await karim.blocks()
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(karim.id, "Bonjour")
    await karim.unblocks()
    await bot.send_message(karim.id, "Re-bonjour")
    karim.deactivated = True
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await bot.send_message(karim.id, "Bonjour")
    assert [message.text for message in karim.heard] == ["Re-bonjour"]


async def test_groups_one_is_not_in_or_was_thrown_out_of(network: Network, bot: Bot, sam: Person) -> None:
    network.telegram.group(-42, "Ailleurs")
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await bot.send_message(-42, "Bonjour")
    desk = network.telegram.group(GROUP, "Prêt")
    await desk.adds_bot(sam)
    await desk.removes_bot(sam)
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the supergroup chat"):
        await bot.send_message(GROUP, "Bonjour")


async def test_topics_and_answers(bot: Bot, desk: Group, sam: Person) -> None:
    topic = desk.opens_topic("Retours")
    asked = await sam.says("/retour PERC-001", chat=desk, topic=topic)
    reply = ReplyParameters(message_id=int(asked.id))
    sent = await bot.send_message(GROUP, "Noté", message_thread_id=topic, reply_parameters=reply)
    assert (sent.message_thread_id, sent.is_topic_message, sent.chat.is_forum) == (topic, True, True)
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "/retour PERC-001"
    assert (desk.heard[0].topic, desk.heard[0].reply_to) == (topic, asked.id)
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await bot.send_message(GROUP, "Noté", message_thread_id=topic + 77)
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(GROUP, "Noté", reply_parameters=ReplyParameters(message_id=9999))
    patient = ReplyParameters(message_id=9999, allow_sending_without_reply=True)
    assert (await bot.send_message(GROUP, "Noté", reply_parameters=patient)).reply_to_message is None


async def test_pictures_and_documents(bot: Bot, karim: Person) -> None:
    photo = BufferedInputFile(b"\xff\xd8 a picture", "label.jpg")
    sent = await bot.send_photo(karim.id, photo, caption="<b>QR</b>", parse_mode="HTML")
    assert sent.photo is not None
    assert (karim.heard[0].text, karim.heard[0].attachments[0].content) == ("QR", b"\xff\xd8 a picture")
    again = await bot.send_photo(karim.id, sent.photo[-1].file_id)
    assert again.photo is not None
    document = await bot.send_document(karim.id, BufferedInputFile(b"a;b", "prets.csv"))
    assert document.document is not None
    assert document.document.file_name == "prets.csv"
    assert [one.attachments[0].kind for one in karim.heard] == ["photo", "photo", "document"]
    with pytest.raises(TelegramBadRequest, match="wrong file identifier"):
        await bot.send_photo(karim.id, "no-such-file")


async def test_edits_keep_the_history_and_say_when_nothing_changed(bot: Bot, karim: Person) -> None:
    sent = await bot.send_message(karim.id, "Rendu ?", reply_markup=buttons("Oui", "Non"))
    await bot.edit_message_text("Noté <b>rendu</b>", chat_id=karim.id, message_id=sent.message_id, parse_mode="HTML")
    heard = karim.heard[0]
    assert (heard.text, heard.history, heard.labels) == ("Noté rendu", ["Rendu ?"], [])
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(
            "Noté <b>rendu</b>", chat_id=karim.id, message_id=sent.message_id, parse_mode="HTML"
        )
    await bot.edit_message_reply_markup(chat_id=karim.id, message_id=sent.message_id, reply_markup=buttons("Annuler"))
    assert heard.labels == ["Annuler"]
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("?", chat_id=karim.id, message_id=9999)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("?", chat_id=karim.id, message_id=int(karim.private.messages[0].id))


async def test_buttons_have_their_limits(bot: Bot, karim: Person) -> None:
    await bot.send_message(karim.id, "?", reply_markup=_one_button("x" * 64))
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(karim.id, "?", reply_markup=_one_button("é" * 33))


def _one_button(payload: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x", callback_data=payload)]])


async def test_reactions_commands_and_what_a_chat_tells(bot: Bot, desk: Group, sam: Person) -> None:
    said = await sam.says("/pret", chat=desk)
    await bot.set_message_reaction(GROUP, int(said.id), [ReactionTypeEmoji(emoji="👍")])
    assert said.reactions == ["👍"]
    scope = BotCommandScopeAllGroupChats()
    await bot.set_my_commands([BotCommand(command="pret", description="Prêter")], scope, "fr")
    assert [one.command for one in await bot.get_my_commands(scope, "fr")] == ["pret"]
    assert await bot.get_my_commands(scope, "en") == []
    await bot.delete_my_commands(scope, "fr")
    assert await bot.get_my_commands(scope, "fr") == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="Prêt", description="Prêter")])
    assert (await bot.get_chat(GROUP)).title == "Prêt de matériel"
    assert (await bot.get_chat_member(GROUP, bot.id)).status == "member"
    assert [one.user.id for one in await bot.get_chat_administrators(GROUP)] == [sam.id]
    assert await bot.send_chat_action(GROUP, "typing")


async def test_a_wrong_token_or_method_is_told(network: Network, karim: Person) -> None:
    server = TelegramAPIServer.from_base(network.telegram.base)
    async with Bot("7000000001:another-token", session=QuickSession(api=server)) as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
    async with Bot(network.telegram.token, session=QuickSession(api=server)) as bot:
        with pytest.raises(TelegramNotFound):
            await bot.get_my_name()


async def test_the_limits_hold_when_they_are_on(network: Network, bot: Bot, desk: Group) -> None:
    network.telegram.limits = True
    for number in range(20):
        await bot.send_message(GROUP, f"{number}")
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(GROUP, "de trop")
    assert 50 <= refused.value.retry_after <= 60


# --- hearing --------------------------------------------------------------------------------------------------------


async def test_what_people_write_is_pushed_with_the_secret(
    network: Network, doors: Doors, bot: Bot, karim: Person
) -> None:
    updates = await pushed(network, doors, bot)
    assert [update.message.text for update in updates if update.message] == ["/start"]
    said = await karim.says("RENDU")
    knock = doors.knocks[-1]
    assert (knock.path, knock.headers["X-Telegram-Bot-Api-Secret-Token"]) == ("/webhooks/telegram", SECRET)
    message = updates_of(doors)[-1].message
    assert message is not None
    assert message.from_user is not None
    assert (message.text, message.from_user.id, message.chat.type) == ("RENDU", karim.id, "private")
    assert (message.message_id, said.status, message.date) == (int(said.id), "delivered", said.at)
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_failing_door_hears_again_in_order_and_other_chats_do_not_wait(
    network: Network, doors: Doors, bot: Bot, karim: Person, desk: Group, sam: Person
) -> None:
    await pushed(network, doors, bot)
    doors.knocks.clear()
    doors.statuses = [500, 500, 200]
    first = await karim.says("un")
    assert first.status == "sent"
    await asyncio.gather(karim.says("deux"), sam.says("/prets", chat=desk))
    await network.quiet()
    texts = [update.message.text for update in updates_of(doors) if update.message]
    assert [text for text in texts if text != "/prets"] == ["un", "un", "un", "deux"]
    assert texts.index("/prets") < texts.index("deux")
    assert "500" in str((await bot.get_webhook_info()).last_error_message)


async def test_an_old_update_is_dropped(network: Network, doors: Doors, bot: Bot, karim: Person, clock: Clock) -> None:
    sent = await bot.send_message(karim.id, "Rendu ?", reply_markup=buttons("Oui"))
    await karim.press(sent_to(karim, sent.message_id), "Oui")
    await karim.says("RENDU")
    clock.move(timedelta(minutes=3))
    waiting = await bot.get_updates()
    assert [update.event_type for update in waiting] == ["message", "message"]
    clock.move(timedelta(hours=24))
    assert await bot.get_updates() == []


def sent_to(person: Person, message_id: int) -> Any:
    return person.private.find(message_id)


async def test_polling_confirms_waits_and_is_alone(network: Network, bot: Bot, karim: Person) -> None:
    first = (await bot.get_updates())[0]
    assert (await bot.get_updates())[0].update_id == first.update_id
    waiting = asyncio.ensure_future(bot.get_updates(offset=first.update_id + 1, timeout=1))
    await asyncio.sleep(0.05)
    await karim.says("RENDU")
    news = await waiting
    assert [update.message.text for update in news if update.message] == ["RENDU"]
    assert await bot.get_updates(offset=news[0].update_id + 1) == []
    sent_away = asyncio.ensure_future(bot.get_updates(timeout=1))
    await asyncio.sleep(0.05)
    await bot.get_updates()
    with pytest.raises(TelegramConflictError):
        await sent_away
    await bot.set_webhook("http://127.0.0.1:9/webhooks/telegram")
    with pytest.raises(TelegramConflictError):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


async def test_kinds_nobody_asked_for_do_not_come(network: Network, bot: Bot, karim: Person) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    await karim.says("RENDU")
    sent = await bot.send_message(karim.id, "Rendu ?", reply_markup=buttons("Oui"))
    await karim.press(sent_to(karim, sent.message_id), "Oui")
    assert [update.event_type for update in await bot.get_updates(offset=-1)] == ["callback_query"]


async def test_webhooks_must_be_safe(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="HTTPS URL"):
        await bot.set_webhook("http://desk.example/webhooks/telegram")
    with pytest.raises(TelegramBadRequest, match="unallowed characters"):
        await bot.set_webhook("https://desk.example/webhooks/telegram", secret_token="é")


async def test_a_press_carries_its_message_and_is_answered_once(
    network: Network, doors: Doors, bot: Bot, desk: Group, sam: Person, karim: Person, clock: Clock
) -> None:
    await pushed(network, doors, bot)
    await bot.send_message(GROUP, "Retour de Karim", reply_markup=buttons("Confirmer", "Problème"))
    card = desk.heard[-1]
    await sam.press(card, "Confirmer")
    query = updates_of(doors)[-1].callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.from_user.id, query.message.message_id) == ("do:Confirmer", sam.id, int(card.id))
    await bot.answer_callback_query(query.id, "Noté", show_alert=True)
    assert [(toast.to, toast.text, toast.alert) for toast in card.toasts] == [(sam.id, "Noté", True)]
    assert (sam.toasts, karim.toasts) == (card.toasts, [])
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query.id)
    late = await sam.press(card, "Problème")
    clock.move(timedelta(hours=1))
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(late)
    with pytest.raises(LookupError):
        await sam.press(card, "Annuler")


async def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(
    network: Network, doors: Doors, bot: Bot, desk: Group, sam: Person
) -> None:
    await pushed(network, doors, bot)
    await bot.send_message(GROUP, "Bonjour")
    await sam.says("il fait beau", chat=desk)
    await sam.says("/pret@another_bot", chat=desk)
    await sam.says("/pret@pret_rendu_bot PERC-001", chat=desk)
    await sam.says("oui", chat=desk, reply_to=desk.heard[0])
    await desk.welcomes(network.telegram.person(504, "Zoé"))
    heard = [update.message for update in updates_of(doors) if update.message]
    assert [message.text for message in heard] == ["/pret@pret_rendu_bot PERC-001", "oui", None]
    assert heard[0].entities is not None
    assert heard[0].entities[0].extract_from(heard[0].text or "") == "/pret@pret_rendu_bot"
    assert heard[1].reply_to_message is not None
    assert heard[1].reply_to_message.from_user is not None
    assert heard[1].reply_to_message.from_user.is_bot
    assert heard[2].new_chat_members is not None
    network.telegram.privacy = False
    await sam.says("il fait beau", chat=desk)
    assert json.loads(doors.knocks[-1].body)["message"]["text"] == "il fait beau"


async def test_cards_edits_photos_places_and_hidden_administrators(
    network: Network, doors: Doors, bot: Bot, karim: Person, desk: Group, sam: Person
) -> None:
    await pushed(network, doors, bot)
    await karim.shares_contact()
    await karim.shares_contact("+221771234567", user_id=0, name="Aminata")
    await karim.edits(await karim.says("RENDI"), "RENDU")
    await karim.sends(Attachment("photo", "image/jpeg", b"jpeg"), "RENDU")
    await karim.shares_location(14.69, -17.44)
    await karim.says("RENDU", forwarded=True)
    await sam.says("/settings", chat=desk, anonymous=True)
    updates = updates_of(doors)[-8:]
    own, other, _, edited, photo, place, forwarded, hidden = (one.message or one.edited_message for one in updates)
    assert own is not None
    assert own.contact is not None
    assert (own.contact.user_id, own.contact.phone_number) == (karim.id, "33612345679")
    assert other is not None
    assert other.contact is not None
    assert (other.contact.user_id, other.contact.phone_number) == (None, "221771234567")
    assert edited is not None
    assert (edited.text, updates[3].edited_message) == ("RENDU", edited)
    assert photo is not None
    assert photo.photo is not None
    file = await bot.get_file(photo.photo[-1].file_id)
    content = await bot.download(file)
    assert content is not None
    assert (photo.caption, content.read()) == ("RENDU", b"jpeg")
    assert place is not None
    assert place.location is not None
    assert forwarded is not None
    assert forwarded.forward_origin is not None
    assert hidden is not None
    assert hidden.sender_chat is not None
    assert hidden.from_user is not None
    assert (hidden.sender_chat.id, hidden.from_user.username) == (GROUP, "GroupAnonymousBot")


async def test_a_keyboard_that_shares_the_own_number(network: Network, bot: Bot, karim: Person) -> None:
    keys = [[KeyboardButton(text="Partager mon numéro", request_contact=True)], [KeyboardButton(text="AIDE")]]
    await bot.send_message(karim.id, "Qui êtes-vous ?", reply_markup=ReplyKeyboardMarkup(keyboard=keys))
    asked = karim.heard[0]
    await karim.press(asked, "Partager mon numéro")
    await karim.press(asked, "AIDE")
    updates = [update.message for update in await bot.get_updates() if update.message]
    assert updates[-2].contact is not None
    assert (updates[-2].contact.user_id, updates[-1].text) == (karim.id, "AIDE")


async def test_blocking_and_joining_are_told(network: Network, bot: Bot, karim: Person, sam: Person) -> None:
    await karim.blocks()
    await karim.unblocks()
    await network.telegram.group(-42, "Ailleurs").adds_bot(sam, "administrator")
    changes = [update.my_chat_member for update in await bot.get_updates() if update.my_chat_member]
    assert [(one.old_chat_member.status, one.new_chat_member.status) for one in changes] == [
        ("member", "kicked"), ("kicked", "member"), ("left", "administrator"),
    ]  # fmt: skip
    karim.blocked = True
    with pytest.raises(ValueError, match="unblock first"):
        await karim.says("RENDU")


async def test_a_group_that_moves_tells_its_new_id(network: Network, bot: Bot, sam: Person) -> None:
    old = network.telegram.group(-42, "Prêt")
    await old.adds_bot(sam)
    new = await old.becomes_supergroup(sam)
    with pytest.raises(TelegramMigrateToChat) as refused:
        await bot.send_message(-42, "Bonjour")
    assert refused.value.migrate_to_chat_id == new.id
    await bot.send_message(new.id, "Bonjour")
    assert [message.text for message in new.heard] == ["Bonjour"]
    told = [update.message for update in await bot.get_updates() if update.message]
    assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in told] == [(new.id, None), (None, -42)]


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "raised", "heard"),
    [
        (too_many(3), TelegramRetryAfter, 0),
        (refuse(502, text="Bad Gateway"), TelegramServerError, 0),
        (refuse(500, accepted=True), TelegramServerError, 1),
        (refuse(403, text="Forbidden: bot was blocked by the user"), TelegramForbiddenError, 0),
        (garbage(), ClientDecodeError, 1),
        (drop(), TelegramNetworkError, 0),
        (drop(accepted=True), TelegramNetworkError, 1),
        (cut(), TelegramNetworkError, 1),
    ],
)
async def test_a_call_that_goes_wrong_was_or_was_not_carried_out(
    network: Network, bot: Bot, karim: Person, fault: Any, raised: type[Exception], heard: int
) -> None:
    network.telegram.faults.add(fault, when=lambda call: call.name == "sendMessage")
    await bot.get_me()
    with pytest.raises(raised):
        await bot.send_message(karim.id, "Bonjour")
    assert len(karim.heard) == heard
    await bot.send_message(karim.id, "Bonjour")
    assert len(karim.heard) == heard + 1


async def test_an_answer_that_never_comes(network: Network, bot: Bot, karim: Person) -> None:
    network.telegram.faults.add(hang())
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(karim.id, "Bonjour", request_timeout=1)
    assert len(karim.heard) == 1


async def test_a_closed_line_refuses(network: Network, bot: Bot, karim: Person) -> None:
    await network.telegram.hang_up()
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(karim.id, "Bonjour")
    await network.telegram.pick_up()
    await bot.send_message(karim.id, "Bonjour")
    assert len(karim.heard) == 1


async def test_json_bodies_and_any_case_of_a_method_are_understood(network: Network, karim: Person) -> None:
    address = f"{network.telegram.base}/bot{network.telegram.token}/SENDMESSAGE"
    markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}]]}
    async with aiohttp.ClientSession() as session:
        body = {"chat_id": karim.id, "text": "Bonjour", "reply_markup": markup}
        async with session.post(address, json=body) as answer:
            assert (await answer.json())["ok"] is True
        async with session.get(address, params={"chat_id": "x", "text": "?"}) as answer:
            assert (answer.status, (await answer.json())["description"]) == (400, "Bad Request: chat not found")
        async with session.post(address, json=[1]) as answer:
            assert answer.status == 400
    assert karim.heard[0].labels == ["Oui"]
