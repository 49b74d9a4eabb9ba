"""Twilio's library loaded lightly must be Twilio's library: what was put off is the real thing when it is asked for."""

from __future__ import annotations

import json

from tests.channels.test_aiogram_light import run

LOAD = """
import json, sys
from bot.channels.twilio_library import client_class
client = client_class()("AC1", "token", http_client=object())
before = [name for name in sys.modules if name.startswith(("twilio.rest.api", "requests"))]
calls, http = client.calls, sys.modules["twilio.http.http_client"].TwilioHttpClient()
import requests, twilio.rest
from twilio.rest.api.v2010.account.call import CallList
from twilio.rest.api.v2010.account.message import MessageList
print(json.dumps({
    "before": before, "calls": type(calls) is CallList, "session": isinstance(http.session, requests.Session),
    "messages": type(client.messages) is MessageList, "same": client_class() is twilio.rest.Client,
    "finders": [type(finder).__module__ for finder in sys.meta_path],
}))
"""

MEANWHILE = """
import json, sys, threading
loaded = threading.Event()
class Slow:  # another thread's search for its module is here when twilio has been loaded
    def find_spec(self, name, path=None, target=None):
        if name == "colorsys" and not searching.is_set():
            searching.set()
            loaded.wait()
searching = threading.Event()
sys.meta_path.insert(len(sys.meta_path) - 1, Slow())
found = []
def search():
    import importlib
    try:
        found.append(importlib.import_module("colorsys").__name__)
    except ModuleNotFoundError as error:
        found.append(str(error))
import bot.channels.twilio_library as library
with library._parts_put_off():
    other = threading.Thread(target=search)
    other.start()
    searching.wait()
loaded.set()
other.join()
print(json.dumps({"found": found}))
"""

FALL_BACK = """
import json, sys
import bot.channels.twilio_library as library
def broken():
    import twilio.base.exceptions
    raise RuntimeError("twilio has changed")
library._load_lightly = broken
client = library.client_class()("AC1", "token", http_client=object())
print(json.dumps({"messages": callable(client.messages.create_async), "plain": "requests" in sys.modules}))
"""


def test_what_was_put_off_is_the_real_thing_when_it_is_asked_for() -> None:
    found = run(LOAD)
    account = "twilio.rest.api.v2010.account"
    parts = [account, f"{account}.message", f"{account}.message.feedback", f"{account}.message.media"]
    loaded = {"twilio.rest.api", "twilio.rest.api.ApiBase", "twilio.rest.api.v2010", *parts}
    assert set(found.pop("before")) == loaded  # type: ignore[call-overload]
    assert "bot.channels.twilio_library" not in json.dumps(found.pop("finders"))
    assert found == {"calls": True, "session": True, "messages": True, "same": True}


def test_another_thread_finds_its_modules_meanwhile() -> None:
    assert run(MEANWHILE) == {"found": ["colorsys"]}


def test_when_the_light_way_fails_the_plain_one_is_taken() -> None:
    assert run(FALL_BACK) == {"messages": True, "plain": True}
