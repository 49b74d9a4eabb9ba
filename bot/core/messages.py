"""The catalogue: one dataclass per message, with the facts it needs and an example.

Each subject has a module; all its messages are found here by name.
"""

# ruff: noqa: F403, I001 - the names are those of the modules, and their order is that of the catalogue.

from __future__ import annotations

from bot.core.message import *
from bot.core.messages_loans import *
from bot.core.messages_talk import *
from bot.core.messages_cards import *
from bot.core.messages_overview import *
from bot.core.messages_staff import *
from bot.core.messages_desk import *
from bot.core.messages_admin import *
from bot.core import messages_board as messages_board
from bot.core import messages_debts as messages_debts
from bot.core import messages_files as messages_files
from bot.core import messages_kits as messages_kits
from bot.core import messages_linking as messages_linking
from bot.core import messages_notices as messages_notices
from bot.core import messages_storage as messages_storage
