"""Content templates at Twilio: what it holds, new ones, and their way to WhatsApp's approval.

Source: Twilio's Content API (`content.twilio.com/v1`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.base import NotFetched
from bot.channels.twilio import TwilioChannel
from bot.core.records import record

CATEGORY = "UTILITY"  # about a loan of the person's own; anything that advertises would be MARKETING
MOST = 1000


@record(frozen=True, slots=True)
class Template:
    """One template at Twilio. `status`: unsubmitted, received, pending, approved, rejected, paused, disabled.

    `takes`: the names of its variables.
    """

    sid: str
    name: str
    status: str
    reason: str = ""
    takes: frozenset[str] = frozenset()


@record(frozen=True, slots=True)
class _Body:
    """What a call posts as JSON; twilio's own request classes know every kind of template but send fields that are
    empty, too."""

    fields: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return dict(self.fields)


class TwilioTemplates:
    """The templates of one account, through the client of its WhatsApp channel."""

    def __init__(self, channel: TwilioChannel) -> None:
        self._channel = channel

    async def held(self) -> dict[str, Template]:
        """All templates of the account by their names. Raises NotFetched."""
        found = await self._ask(lambda content: content.content_and_approvals.list_async(limit=MOST))
        return {one.friendly_name: _template(one) for one in found if one.friendly_name}

    async def create(self, name: str, language: str, body: str, examples: Mapping[str, str]) -> str:
        """A new template; its Content SID. A lost answer leaves one that `held` finds. Raises NotFetched."""
        made = _Body(
            {
                "friendly_name": name,
                "language": language,
                "variables": dict(examples),
                "types": {"twilio/text": {"body": body}},
            }
        )
        created = await self._ask(lambda content: content.contents.create_async(made))
        return str(created.sid)

    async def submit(self, sid: str, name: str) -> None:
        """Ask WhatsApp to approve a template. Raises NotFetched."""
        asked = _Body({"name": name, "category": CATEGORY})
        await self._ask(lambda content: content.contents(sid).approval_create.create_async(asked))

    async def _ask(self, ask: Callable[[Any], Awaitable[Any]]) -> Any:
        return await self._channel.read(lambda client: ask(client.content.v1))


def _template(one: Any) -> Template:
    said = one.approval_requests if isinstance(one.approval_requests, dict) else {}
    if not one.sid:
        raise NotFetched("Twilio: a template without an id")
    return Template(
        str(one.sid), str(one.friendly_name), str(said.get("status") or "unsubmitted"),
        str(said.get("rejection_reason") or ""), frozenset(one.variables or ()),
    )  # fmt: skip
