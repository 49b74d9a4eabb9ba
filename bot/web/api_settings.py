"""/api/settings: what /settings shows and changes, for who administers a desk by its other systems."""

from __future__ import annotations

from pydantic import Field

from bot.core.people import Department
from bot.core.settable import Setting, current, settings, written
from bot.store import Tx
from bot.web.api_call import Call, Endpoint, Reply, get, put
from bot.web.api_models import Answer, Given, OfDepartment, Sent, Text


class SettingsQuery(Given):
    department_id: OfDepartment = None


class SettingSeen(Answer):
    name: str
    group: str
    label: str = Field(description="what it is, in the language of the department")
    value: str = Field(description="as it is written when it is changed: 21:00, 2 h, yes")
    options: list[str] = Field(description="what it can be, where there is a list")


class Settings(Answer):
    """All that can be set of a department."""

    department_id: int
    items: list[SettingSeen]


class SettingsChange(Sent):
    """Those named are set, together or not at all; the others stay."""

    values: dict[Text, Text] = Field(
        min_length=1, max_length=len(settings()), description="by name, as they would be typed behind /settings",
        examples=[{"quiet_from": "20:30", "place": "12 rue des Lilas"}],
    )  # fmt: skip
    department_id: OfDepartment = None


async def read_settings(call: Call) -> Settings:
    asked: SettingsQuery = call.query
    department_id = call.department(asked.department_id)

    return await call.store.write(lambda tx: _shown(call, tx.departments.named(department_id)))


def _shown(call: Call, desk: Department) -> Settings:
    items = [_seen(call, desk, wanted) for wanted in settings().values()]
    return Settings(department_id=desk.id, items=items)


def _seen(call: Call, desk: Department, wanted: Setting) -> SettingSeen:
    info = wanted.info
    options = call.around.texts.languages if wanted.kind == "language" else info.options
    return SettingSeen(
        name=wanted.name, group=wanted.group, label=info.fr if desk.language == "fr" else info.en,
        value=written(wanted, current(desk, wanted.name)), options=list(options),
    )  # fmt: skip


async def change_settings(call: Call) -> Reply:
    change: SettingsChange = call.body
    department_id = call.department(change.department_id)

    def work(tx: Tx) -> Settings:
        changed = call.around.acts.change_settings(
            tx, who=call.caller.who, department_id=department_id, values=change.values
        )
        return _shown(call, changed)

    return await call.once(work)


ENDPOINTS: tuple[Endpoint, ...] = (
    get("/api/settings", "List the settings", read_settings, Settings, query=SettingsQuery, problems=(404,)),
    put(
        "/api/settings", "Change settings", change_settings, Settings, body=SettingsChange, once=True, problems=(404,),
    ),
)  # fmt: skip
