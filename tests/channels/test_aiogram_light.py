"""aiogram loaded lightly must be aiogram: every type completes on its first use, at a fraction of the cost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOAD_AND_COMPLETE = """
import json, re, sys, time
began = time.process_time()
from bot.channels.telegram_library import load_aiogram
kit = load_aiogram()
took = time.process_time() - began
# Of this process alone: getrusage would tell the peak of the tests that launched it.
megabytes = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) // 1024

from pydantic import BaseModel
def kinds(base):
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)
ours = {kind for kind in kinds(BaseModel) if kind.__module__.startswith("aiogram.")}
waiting = sum(not kind.__pydantic_complete__ for kind in ours)

from bot.channels.telegram import TelegramChannel
TelegramChannel("1:A").warm()
methods = kit.methods
sent_most = (methods.SendMessage, methods.EditMessageText, methods.AnswerCallbackQuery)
warm = [kind.__pydantic_complete__ for kind in (*sent_most, *methods.Response.__subclasses__())]

chat = {"id": -100, "type": "supergroup", "title": "x"}
person = {"id": 1, "is_bot": False, "first_name": "A"}
message = {"message_id": 7, "date": 1790000000, "chat": chat, "text": "a", "from": person}
update = kit.types.Update.model_validate({"update_id": 1, "message": message | {"reply_to_message": message}})
sent = kit.methods.SendMessage(
    chat_id=1, text="x", link_preview_options=kit.types.LinkPreviewOptions(is_disabled=True),
    reply_markup=kit.types.InlineKeyboardMarkup(
        inline_keyboard=[[kit.types.InlineKeyboardButton(text="a", callback_data="b")]]
    ),
).model_dump(warnings=False)
refused = 0
try:
    kit.methods.SendMessage(chat_id=[], text=5)
except ValueError:
    refused = 1
broken = []
for kind in ours:
    try:
        kind.model_rebuild()
        if not kind.__pydantic_complete__:
            broken.append(kind.__name__)
    except Exception as error:
        broken.append(f"{kind.__name__}: {error}"[:200])
print(json.dumps({
    "took": took, "megabytes": megabytes, "types": len(ours), "waiting": waiting, "broken": broken, "refused": refused,
    "reply": update.message.reply_to_message.from_user.first_name,
    "data": sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
    "warm": warm, "own": BaseModel.model_rebuild.__func__.__module__,
}))
"""

# Loading it plainly takes three seconds, so one process does it for both.
FALL_BACK_AND_ALREADY_THERE = """
import json
import bot.channels.telegram_library as library
light = library._load_lightly
def broken():
    import aiogram.types.base
    raise RuntimeError("aiogram has changed")
library._load_lightly = broken
plain = library.load_aiogram()
fallen_back = {"complete": plain.types.Message.__pydantic_complete__, "same": plain is library.load_aiogram()}

import aiogram
library._load_lightly = light
library.load_aiogram.cache_clear()
again = library.load_aiogram()
print(json.dumps({
    "fallen back": fallen_back,
    "already there": {"complete": again.types.Message.__pydantic_complete__, "same": again.Bot is aiogram.Bot},
    "never loaded again": again.Bot is plain.Bot,
}))
"""


def run(code: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.thorough
def test_every_type_completes_on_its_first_use() -> None:
    found = run(LOAD_AND_COMPLETE)
    assert found["broken"] == []
    assert isinstance(found["types"], int)
    assert found["types"] > 600
    assert isinstance(found["waiting"], int)
    # Those that name other types are still waiting after the import: the light way was taken, not the fallback.
    assert found["waiting"] > 400
    assert (found["reply"], found["data"], found["refused"]) == ("A", "b", 1)
    # Three methods that are sent most and the three types that answer them: in the loop they would stop it.
    assert found["warm"] == [True] * 6
    # pydantic itself is left as it was.
    assert found["own"] == "pydantic.main"
    assert isinstance(found["megabytes"], int)
    assert found["megabytes"] < 100  # measured: 58; the plain import takes 165


@pytest.mark.thorough
def test_when_the_light_way_fails_the_plain_one_is_taken_and_left_alone_from_then_on() -> None:
    whole = {"complete": True, "same": True}
    found = run(FALL_BACK_AND_ALREADY_THERE)
    assert found == {"fallen back": whole, "already there": whole, "never loaded again": True}
