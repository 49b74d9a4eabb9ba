"""/import, /export, /etiquettes: a file is asked for or promised here; the fetch job reads, takes and makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bot.core.conversation import Choice, Heard, Say, echo
from bot.core.inbound import Media
from bot.core.items import ItemState
from bot.core.listed import Listed
from bot.core.lists import Kind
from bot.core.messages import Done
from bot.core.messages_files import FileComing, ImportAsked, ImportPreview, ImportRefused
from bot.core.spoken import words as words_of
from bot.store import Tx
from bot.store.importing import Advance, Tally, take
from bot.store.items import ItemRow
from bot.store.saying import Cause
from handlers.rights import is_staff, refused, who
from handlers.switching_on import switch_on_card
from handlers.toasts import too_late

NOT_LABELLED = frozenset({ItemState.LOST, ItemState.RETIRED})
LISTS: Mapping[Kind, frozenset[str]] = {
    Kind.ITEMS: frozenset("materiel materiels items item".split()),
    Kind.PEOPLE: frozenset("personnes personne contacts contact people person".split()),
    Kind.LOANS: frozenset("prets pret loans loan".split()),
    Kind.DEBTS: frozenset("creances creance dettes dette factures debts debt invoices".split()),
    Kind.PAYMENTS: frozenset("paiements paiement versements payments payment".split()),
}
ALL = frozenset({"tout", "tous", "toutes", "all", "everything"})
MONEY = frozenset({Kind.DEBTS, Kind.PAYMENTS})


# --- /import --------------------------------------------------------------------------------------


def importing(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/import: the file is sent in reply, or comes with the command as its caption."""
    return received(tx, heard, {}) if heard.inbound.media else [_asked()]


def _asked() -> Say:
    return Say(message=ImportAsked(), ask="import_file", facts={"file": True})


def received(tx: Tx, heard: Heard, facts: dict[str, Any]) -> list[Say]:
    """The answer to /import: a file, which is fetched and looked at first. Nothing is taken yet."""
    media = next((m for m in heard.inbound.media if _is_list(m)), None)
    if media is None:
        return [Say(message=ImportRefused("", "no_file")), _asked()]
    tx.papers.ask(heard.department.id, "import", who(heard), channel=heard.inbound.channel, media=media)
    return [Say(message=Done("file"))]


def _is_list(media: Media) -> bool:
    return media.kind == "document" and not media.mime.startswith(("image/", "video/", "audio/"))


def go(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Importer]: the fetch job imports it, all or nothing."""
    return _decided(tx, heard, choice, "taking")


def leave(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """[Laisser tomber]"""
    return _decided(tx, heard, choice, "left")


def _decided(tx: Tx, heard: Heard, choice: Choice, state: str) -> list[Say]:
    found = tx.papers.get(int(choice.args[0]))
    if found is None or not is_staff(tx, heard, found.department_id):
        return refused(heard)
    if found.state != "shown" or not tx.papers.move(found, state, who=who(heard)):
        return [too_late()]
    shown = ImportPreview(found.media.name, found.what, 0, state=state)
    return [Say(message=shown, replace=True, department_id=found.department_id)]


# --- taking lists, from the chat or the command line -------------------------------------------------------


def take_lists(
    tx: Tx, desk_id: int, listed: Listed, by: Mapping[str, str], advance: Advance, *, own: bool = False
) -> dict[str, Tally]:
    """Everything and the staff's card in one transaction; file → what became of its rows. Raises NotTaken.

    by: file → who attests the consent of its people. advance: told how many rows were done. own: a department's list,
    not the operator's.
    """
    tallies = take(tx, desk_id, listed, by, advance, own=own)
    what = {name: asdict(tally) for name, tally in tallies.items()}
    if any(tally.new or tally.changed for tally in tallies.values()):
        tx.audit.note("import", "imported", desk_id, **what)
    if any(tallies[loan.place.file].new for loan in listed.loans[:1]):
        _put_card(tx, desk_id)
    return tallies


def _put_card(tx: Tx, desk_id: int) -> None:
    """Who would get what, until staff say go. Without a group yet, /bind shows it."""
    desk = tx.departments.get(desk_id)
    card = switch_on_card(tx, desk)
    if card is not None and desk.chat:
        tx.cards.forget(desk.chat, card.card)
        tx.speech.say(card, Cause("clock"), f"switch_on:{desk_id}:{tx.now.isoformat()}")


# --- /export, /etiquettes --------------------------------------------------------------------------


def exporting(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/export: every list, those of debts where there are any; /export prets: one."""
    typed = set(words_of(words))
    wanted = [kind for kind, names in LISTS.items() if typed & names]
    wanted = wanted if typed - ALL else _all_lists(tx, heard)
    if not wanted:
        return [Say(message=FileComing("unknown", echo(words)))]
    for kind in wanted:
        tx.papers.ask(heard.department.id, "export", who(heard), what=kind.value)
    return [Say(message=FileComing("export"))]


def _all_lists(tx: Tx, heard: Heard) -> list[Kind]:
    owed = tx.debts.any_at(heard.department.id)
    return [kind for kind in LISTS if owed or kind not in MONEY]


def labels(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/etiquettes: of all that can be lent; /etiquettes PERC-001 VP-001: of these."""
    codes = [code.upper() for code in words.replace(",", " ").split()]
    known = {it.code for it in labelled(tx, heard.department.id, codes)}
    strangers = [code for code in codes if code not in known]
    if strangers:
        return [Say(message=FileComing("unknown", echo(", ".join(strangers))))]
    if not known:
        return [Say(message=FileComing("nothing"))]
    if not (tx.roads.get("whatsapp") or tx.desk.bot_username):
        return [Say(message=FileComing("no_chat"))]
    tx.papers.ask(heard.department.id, "labels", who(heard), what=" ".join(codes))
    return [Say(message=FileComing("labels"))]


def labelled(tx: Tx, department_id: int, codes: list[str]) -> list[ItemRow]:
    """What gets a label: these items, or all that can be lent."""
    if not codes:
        return [it for it in tx.items.all(department_id, limit=None) if it.state not in NOT_LABELLED]
    named = [it for code in dict.fromkeys(codes) if (it := tx.items.by_code(code)) is not None]
    return [it for it in named if it.department_id == department_id and it.state not in NOT_LABELLED]
