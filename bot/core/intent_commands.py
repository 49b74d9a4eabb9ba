"""The slash commands of staff and admins: both languages always work, whichever the menu shows."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal

from bot.core.records import record
from bot.core.spoken import clean, distance, fold

Who = Literal["anyone", "staff", "admin"]


class Command(StrEnum):
    """The value is the English slash word."""

    LEND = "lend"
    RETURNED = "returned"
    EXTEND = "extend"
    LOANS = "loans"
    OVERDUE = "overdue"
    ITEM = "item"
    PERSON = "person"
    LINK = "link"
    DEBT = "debt"
    PAID = "paid"
    HISTORY = "history"
    REMIND = "remind"
    PREVIEW = "preview"
    CLOSURE = "closure"
    QUEUE = "queue"
    JOBS = "jobs"
    STATS = "stats"
    IMPORT = "import"
    EXPORT = "export"
    LABELS = "labels"
    TEAM = "team"
    FORGET = "forget"
    DEBTS = "debts"
    DASHBOARD = "dashboard"
    SETTINGS = "settings"
    ROLES = "roles"
    TEXTS = "texts"
    DEPARTMENT = "department"
    BIND = "bind"
    HELP = "help"
    START = "start"


@record(frozen=True, slots=True)
class CommandRow:
    """One command as Telegram's menu lists it: `fr` and `en` are the words without slash and accents."""

    command: Command
    fr: str
    en: str
    what_fr: str
    what_en: str
    who: Who


COMMANDS: tuple[CommandRow, ...] = (
    CommandRow(Command.LEND, "pret", "lend", "Prêter un matériel", "Lend an item", "staff"),
    CommandRow(Command.RETURNED, "retour", "returned", "Noter un retour", "Note a return", "staff"),
    CommandRow(Command.EXTEND, "prolonger", "extend", "Donner plus de temps", "Give more time", "staff"),
    CommandRow(Command.LOANS, "prets", "loans", "Ce qui est sorti", "What is out", "staff"),
    CommandRow(Command.OVERDUE, "retards", "overdue", "Ce qui est en retard", "What is late", "staff"),
    CommandRow(Command.ITEM, "materiel", "item", "Voir ou ajouter du matériel", "See or add items", "staff"),
    CommandRow(Command.PERSON, "contact", "person", "Voir ou ajouter une personne", "See or add a person", "staff"),
    CommandRow(Command.LINK, "lier", "link", "Relier deux adresses d'une personne", "Link two addresses of one person",
               "staff"),
    CommandRow(Command.DEBT, "dette", "debt", "Noter une dette", "Note a debt", "staff"),
    CommandRow(Command.PAID, "paye", "paid", "Noter un paiement", "Note a payment", "staff"),
    CommandRow(Command.DEBTS, "dettes", "debts", "Ce qui est dû", "What is owed", "staff"),
    CommandRow(Command.HISTORY, "historique", "history", "Ce qui s'est passé", "What happened", "staff"),
    CommandRow(Command.REMIND, "relancer", "remind", "Relancer maintenant", "Remind now", "staff"),
    CommandRow(Command.PREVIEW, "apercu", "preview", "Les messages de demain", "Tomorrow's messages", "staff"),
    CommandRow(Command.CLOSURE, "fermeture", "closure", "Déplacer les retours d'une période fermée",
               "Move due dates out of a closed period", "staff"),
    CommandRow(Command.QUEUE, "file", "queue", "Les messages en attente", "Messages that wait", "staff"),
    CommandRow(Command.JOBS, "jobs", "jobs", "Les tâches de fond", "Background jobs", "staff"),
    CommandRow(Command.STATS, "stats", "stats", "Les chiffres", "Figures", "staff"),
    CommandRow(Command.IMPORT, "import", "import", "Reprendre un fichier CSV", "Take in a CSV file", "staff"),
    CommandRow(Command.EXPORT, "export", "export", "Tout en fichiers CSV", "All as CSV files", "staff"),
    CommandRow(Command.LABELS, "etiquettes", "labels", "Étiquettes QR à imprimer", "QR labels to print", "staff"),
    CommandRow(Command.TEAM, "equipe", "team", "Qui fait partie de l'équipe", "Who is in the team", "staff"),
    CommandRow(Command.FORGET, "oublier", "forget", "Effacer une personne", "Erase a person", "admin"),
    CommandRow(Command.DASHBOARD, "tableau", "dashboard", "Le tableau de bord", "The dashboard", "staff"),
    CommandRow(Command.SETTINGS, "reglages", "settings", "Les réglages", "Settings", "admin"),
    CommandRow(Command.ROLES, "roles", "roles", "Qui peut quoi", "Who may do what", "admin"),
    CommandRow(Command.TEXTS, "modeles", "texts", "Voir et changer les textes", "See and change the texts", "admin"),
    CommandRow(Command.DEPARTMENT, "departement", "department", "Ouvrir un autre groupe", "Open another group",
               "admin"),
    CommandRow(Command.BIND, "bind", "bind", "Relier ce groupe avec un code", "Bind this group with a code", "anyone"),
    CommandRow(Command.HELP, "aide", "help", "Ce que l'on peut demander", "What you can ask", "anyone"),
    CommandRow(Command.START, "start", "start", "Commencer", "Begin", "anyone"),
)  # fmt: skip

_NAMED = {word: row.command for row in COMMANDS for word in (row.fr, row.en)}
SHORTEST_SLIP = 4  # letters: /pre may be anything
_SLASH = re.compile(r"/([^\s@/]+)(?:@(\w+))?(?:\s+|$)")


def read_command(text: str, bot_username: str | None) -> tuple[Command, str] | None:
    """The command a message begins with and the words after it; None for anything else.

    `/pret@another_bot` is None. With `bot_username` None (not known yet) an addressed command is taken as ours: in
    Telegram's privacy mode we get no other bot's.
    """
    said = clean(text)
    slash = _slash_of_ours(said, bot_username)
    command = _NAMED.get(fold(slash[1])) if slash else None
    return (command, said[slash.end() :].strip()) if slash and command else None


# Words that staff may put a slash before: not commands, but their meaning is plain.
_SAID_FOR = {
    word: command
    for command, words in (
        (Command.RETURNED, "rendu rendue rendre back"), (Command.LEND, "emprunt emprunter preter borrow"),
        (Command.REMIND, "rappel rappeler relance reminder"), (Command.ITEM, "objet outil"),
        (Command.PERSON, "personne emprunteur borrower people"), (Command.FORGET, "supprimer effacer delete erase"),
        (Command.SETTINGS, "parametre config setup"), (Command.STATS, "statistique bilan chiffre figure"),
        (Command.CLOSURE, "fermer conge vacances close closed holiday"), (Command.OVERDUE, "late retardataire"),
        (Command.DEBTS, "solde balance impaye creance"), (Command.LOANS, "liste list sortie"),
        (Command.HELP, "commande command"),
    )
    for word in words.split()
}  # fmt: skip


def misspelt_command(text: str, bot_username: str | None, *, words_too: bool = True) -> Command | None:
    """The command that a message may have meant to begin with, `/prett`, `/retar`, `/rendu`: the nearest one. None when
    it begins with a known one. words_too: also other words for a command (`/rendu`), not only misspellings."""
    slash = _slash_of_ours(clean(text), bot_username)
    word = fold(slash[1]) if slash else ""
    if word in _NAMED or len(word) < SHORTEST_SLIP:
        return None
    said_for = _SAID_FOR.get(word) or _SAID_FOR.get(word.removesuffix("s"))
    if said_for is not None:
        return said_for if words_too else None
    near = (command for known, command in _NAMED.items() if known.startswith(word) or _slip(word, known))
    return next(near, None)


def _slip(word: str, known: str) -> bool:
    """One typing error, besides an *s* at the end: `/retrad` for `/retards`."""
    return any(distance(word, one, 1) <= 1 for one in (known, known.removesuffix("s")))


def _slash_of_ours(said: str, bot_username: str | None) -> re.Match[str] | None:
    slash = _SLASH.match(said)
    whose = slash[2] if slash else ""
    return None if whose and bot_username and whose.lower() != bot_username.lower().lstrip("@") else slash
