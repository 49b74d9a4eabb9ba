"""The states of an item. Being on loan is none of them: it is derived from the loans."""

from __future__ import annotations

import re
from enum import StrEnum

CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")  # of an item, in capitals


class ItemState(StrEnum):
    AVAILABLE = "available"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"
    LOST = "lost"


# What staff may make of an item that is not out, by its state.
MAY_BECOME: dict[ItemState, tuple[ItemState, ...]] = {
    ItemState.AVAILABLE: (ItemState.IN_REPAIR, ItemState.LOST, ItemState.RETIRED),
    ItemState.IN_REPAIR: (ItemState.AVAILABLE, ItemState.LOST, ItemState.RETIRED),
    ItemState.LOST: (ItemState.AVAILABLE, ItemState.RETIRED),
    ItemState.RETIRED: (ItemState.AVAILABLE,),
}
