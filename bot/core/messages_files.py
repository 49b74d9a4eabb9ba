"""Messages about files in the chat: lists taken in and handed out, labels."""

from __future__ import annotations

from bot.core.message import Message, message


@message
class FileCard(Message):
    """A file for the group. `kind`: items, people, loans, debts, payments, labels; `path` below the data folder;
    `count` of its rows."""

    kind: str
    path: str
    count: int
    about = "staff"
    example = {"kind": "items", "path": "papers/1/items.csv", "count": 12}


@message
class FileComing(Message):
    """Answer to /export and /etiquettes. `what`: export, labels, nothing (there is nothing to lend yet), unknown (no
    such list, or an item of that code), no_chat (nothing that a label could open)."""

    what: str
    said: str = ""
    about = "staff"
    example = {"what": "export", "said": ""}


@message
class ImportAsked(Message):
    """Send the file in reply. (open question)"""

    about = "staff"
    example = {}


@message
class ImportPreview(Message):
    """What a list would change, or has changed. `kind`: items, people, loans, debts, payments; `state`: shown,
    taking, done, left, nothing (all of it is known already). Loans are held until staff say go."""

    file: str
    kind: str
    rows: int
    new: int = 0
    changed: int = 0
    same: int = 0
    state: str = "shown"
    unread: tuple[str, ...] = ()  # columns that mean nothing to us
    about = "staff"
    example = {"file": "items.csv", "kind": "items", "rows": 12, "new": 9, "changed": 2, "same": 1, "state": "shown"}


@message
class ImportRefused(Message):
    """Nothing was taken. `faults`: a sentence for each row, at most some of the `total`; `why`: gone (could not be
    fetched), large (over 16 MB), no_file, else rows."""

    file: str
    why: str = "rows"
    faults: tuple[str, ...] = ()
    total: int = 0
    about = "staff"
    example = {
        "file": "items.csv", "why": "rows", "faults": ("items.csv, line 3: no name",), "total": 1,
    }  # fmt: skip
