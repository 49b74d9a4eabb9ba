"""The conversations of `docs/conversations.md`, played on a desk of their own.

`python -m tests.conversations.book` writes the page anew; `test_book.py` holds it to what the desk says today.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.core.duetime import say_clock, say_day
from bot.logs import set_up
from tests.town import AWA, SETUP_CODE, OnTelegram, Spoken, Town, on

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conversations.md"
HEAD = """# Conversations

What people and the desk say to each other, word for word. Every exchange below was played on a running service, through
its real doors and the providers' own clients, in a telephone network that stands in for WhatsApp and Telegram. Written
by `python -m tests.conversations.book`; a test holds this page to what the desk says today.

"""

Play = Callable[[Town], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Story:
    """One conversation: its heading, the sentence under it, what people do."""

    title: str
    about: str
    play: Play
    furnished: bool = True


STORIES: list[Story] = []


def story(title: str, *, furnished: bool = True) -> Callable[[Play], Play]:
    """The sentence under the heading is the function's docstring."""

    def told(play: Play) -> Play:
        STORIES.append(Story(title, " ".join((play.__doc__ or "").split()), play, furnished))
        return play

    return told


# --- the stories --------------------------------------------------------------------------------------


@story("The first day", furnished=False)
async def first_day(town: Town) -> None:
    """The service was just started and printed its one-time code. Dominique has put the bot into the team's group."""
    await town.dominique.says(f"/bind {SETUP_CODE}")
    hello = await town.sam.says("/aide")
    await town.dominique.says("/equipe ajouter", reply_to=hello)
    await town.sam.says("/materiel ajouter PERC-001 Perceuse Bosch")
    await town.sam.says("/contact ajouter Awa +33612345678")
    await town.awa.says("Bonjour")
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")


@story("A long loan, from the first word to the receipt")
async def long_loan(town: Town) -> None:
    """More than a day: reminders two days before, the day before and on the day, at eight in the morning."""
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("vendredi", 17))
    await town.awa.says("C'est rendu !")
    await town.sam.presses("Confirmer")


@story("A medium loan, by buttons")
async def medium_loan(town: Town) -> None:
    """Karim borrows by Telegram; Sam types one word and presses the rest. One reminder, two hours before."""
    await town.sam.says("/pret")
    await town.sam.presses("Vidéoprojecteur Epson")
    await town.sam.presses("Karim")
    await town.sam.presses("Ce soir")
    await town.at(on("lundi", 17))
    await town.karim.says("rendu")
    await town.sam.presses("Confirmer")


@story("Asking for something, and for more time")
async def asking(town: Town) -> None:
    """The borrower begins. A little more time is granted by itself, much more is asked of the team."""
    await town.awa.says("PRET")
    await town.awa.chooses("Tente")
    await town.awa.says("vendredi 18h")
    await town.sam.presses("Accepter")
    await town.awa.says("prolonger 2 jours")
    await town.awa.says("prolonger 3 semaines")
    await town.sam.presses("Accorder")
    await town.awa.says("mes prêts")


@story("Two loans at once")
async def two_loans(town: Town) -> None:
    """One message for both, and a number for each that does not change."""
    await town.sam.says("/pret PERC-001 Karim jeudi 18h")
    await town.sam.says("/pret VP-001 Karim jeudi 18h")
    await town.at(on("jeudi", 9))
    await town.karim.says("RENDU")
    await town.karim.chooses("Perceuse")
    await town.at(on("jeudi", 19))


@story("Not where it should be")
async def contested(town: Town) -> None:
    """The team looks and finds nothing; somebody without a role cannot decide that."""
    await town.sam.says("/pret PERC-001 Awa mardi 18h")
    await town.awa.says("Je l'ai rendue ce matin")
    await town.passant.presses("Confirmer")
    town.note("Passant", "groupe", town.passant.toast, kind="toast")
    await town.sam.presses("Pas rendu")
    await town.at(on("mardi", 8))
    await town.awa.says("pas encore rendu, désolée")


@story("Late, and STOP")
async def late(town: Town) -> None:
    """What may not be written any more becomes a task for the team, not silence."""
    await town.sam.says("/pret PERC-001 Awa aujourd'hui 19h")
    await town.at(on("mardi", 9))
    await town.awa.says("stop merci")
    await town.at(on("mercredi", 9))
    await town.awa.says("rendu")
    await town.sam.presses("Confirmer")
    await town.awa.says("start")


@story("Words that are not on the list")
async def other_words(town: Town) -> None:
    """Somebody new writes as people write; what the desk cannot answer, a person does."""
    await town.karim.says("aide")
    await town.karim.says("abracadabra")
    await town.karim.says("vous êtes ouverts samedi ? abracadabra")
    await town.karim.says("CONTACT")
    await town.sam.says("Oui, de 9 h à 12 h.", reply_to=town.group.card("Karim écrit"))
    await town.karim.says("merci !")


@story("In English")
async def english(town: Town) -> None:
    """The language of the first words; the team goes on in its own."""
    john = town.phone("+33612345677", "John")
    await john.says("Hello")
    await john.says("Borrow perceuse Friday 6pm")
    await town.sam.presses("Accepter")
    await town.at(on("jeudi", 9))
    await john.says("returned")
    await town.sam.presses("Confirmer")


@story("A kit that comes back without a piece")
async def kit(town: Town) -> None:
    """One loan of several pieces. The drill is back and can be lent; the charger is waited for."""
    await town.sam.says("/materiel PERC-001 pièces : chargeur, 2 batteries, coffret")
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    await town.at(on("jeudi", 9))
    await town.awa.says("RENDU sauf le chargeur")
    await town.sam.presses("Confirmer")
    await town.awa.says("Rendu, le chargeur")
    await town.sam.presses("Retrouvé : chargeur")


@story("An invoice, until it is paid")
async def invoice(town: Town) -> None:
    """Reminders of debts are switched on, in francs: every third morning, until all is paid or a day is promised."""
    await town.rule(debts_on=True, debt_dry_run=False, currency="XOF")
    await town.sam.says("/dette Awa 127 000 facture FAC-12 échéance 23/11")
    await town.at(on("mardi", 9))
    await town.awa.says("je paie jeudi")
    await town.at(on("vendredi", 9))
    await town.awa.says("PAYE 127 000")
    await town.sam.presses("Confirmer")
    await town.awa.says("combien je dois ?")


@story("One person, two messengers")
async def two_messengers(town: Town) -> None:
    """Awa is known by her WhatsApp number. She opens Telegram, shares her own number there, and finds her loan."""
    await town.sam.says("/pret PERC-001 Awa vendredi 18h")
    account = town.network.telegram.person(700_100_060, "Awa D.")
    account.phone = AWA
    again = OnTelegram(town, "Awa D.", account)
    await again.says("Bonjour")
    await again.chooses("Oui")
    town.note("Awa D.", "Telegram", again.last.contact_label, kind="presses")
    await account.press(again.last, again.last.contact_label)
    await town.settle()
    await again.says("RAPPELS PAR TELEGRAM")


# --- the page -----------------------------------------------------------------------------------------


async def played(told: Story, url: str) -> str:
    """One story's section of the page."""
    async with Town(url, furnished=told.furnished) as town:
        await told.play(town)
        await town.settle()
        lines = "\n".join(_lines(town.transcript))
    return f"## {told.title}\n\n{told.about}\n\n```text\n{lines.strip()}\n```\n"


def _lines(transcript: list[Spoken]) -> list[str]:
    lines: list[str] = []
    before: datetime | None = None
    for spoken in transcript:
        if spoken.at != before:
            lines += ["", _moment(spoken.at)]
            before = spoken.at
        lines += ["", *_spoken(spoken)]
    return lines


def _moment(at: datetime) -> str:
    return f"———— {say_day(at, language='fr')}, {say_clock(at, language='fr')} ————"


def _spoken(spoken: Spoken) -> list[str]:
    where = "in the group" if spoken.where == "groupe" else spoken.where
    match spoken.kind:
        case "says":
            return [f"{spoken.who}, {where}: {spoken.text}"]
        case "presses":
            return [f"{spoken.who}, {where}, presses [{spoken.text}]"]
        case "replies":
            return [f"{spoken.who}, {where}, in reply: {spoken.text}"]
        case "toast":
            return [f"    only {spoken.who} sees: {spoken.text}"]
    to = "the group" if spoken.where == "groupe" else spoken.where
    first = f"    the desk to {to}:" if spoken.kind == "shows" else f"    the desk rewrites its message to {to}:"
    words = [f"    │ {line}".rstrip() for line in spoken.text.splitlines()]
    buttons = " ".join(f"[{label}]" for label in spoken.buttons)
    return [first, *words, *([f"    │ {buttons}"] if buttons else [])]


async def page() -> str:
    with tempfile.TemporaryDirectory() as folder:
        sections = [await played(told, f"sqlite+aiosqlite:///{folder}/{n}.db") for n, told in enumerate(STORIES)]
    return HEAD + "\n".join(sections)


def main() -> None:
    set_up("console", "error")
    PAGE.write_text(asyncio.run(page()), "utf-8")
    sys.stderr.write(f"{PAGE.relative_to(PAGE.parents[1])}\n")


if __name__ == "__main__":
    main()
