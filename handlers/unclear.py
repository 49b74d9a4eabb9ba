"""What was not understood, and what a person has to read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from bot.core.closure import closures
from bot.core.conversation import Choice, Heard, Question, Say
from bot.core.due import Due, Unclear
from bot.core.finding import find
from bot.core.intent_several import for_the_team
from bot.core.intents import Intent, Understood
from bot.core.messages import ContactPerson, Help, MediaUnread, NotUnderstood
from bot.core.opening import is_open_day, open_week
from bot.core.small_talk import hesitates
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import borrow, debts, newcomers, not_back, people, photos, reminders, returns, several_things, wishes
from handlers.buttons import in_rows
from handlers.in_talk import ASKS_FOR_IT, DAYS_LATER, was_asked
from handlers.own_loans import own_loans
from handlers.showing import words_card
from handlers.staff_words import BETWEEN, named_items
from handlers.waiting import offered

TELLS_OF_IT = frozenset(
    {"loan_created", "extended", "loan_requested", "return_declared", "returned", "stopped", "started"}
)
LIKELY = (
    (Choice("mine.say", ("list",), "list"),),
    (Choice("mine.say", ("return",), "return"), Choice("mine.say", ("borrow",), "borrow")),
)
PASSED_ON = frozenset({"contact_person"})
TO_A_PERSON = (Choice("mine.say", ("human",), "contact"),)
LEAST_ASKED = 4  # words
SHUT_SOON = timedelta(days=30)  # closed periods that begin until then are told with the hours
PHONE_ALONE = re.compile(r"\+?\d(?:[ .-]?\d){8,14}")
# Said of a thing that waits for them: "je viens la chercher cet après-midi", "ça m'intéresse".
FETCHING = frozenset(
    """viens passe arrive chercher prendre prends recuperer veux voudrais interesse interessee garde gardez coming come
    collect pick get take want interested""".split()
)
POLITE = frozenset("svp stp s il vous te plait please merci bonjour bonsoir salut hello hi".split())
# "C'est possible ?", "would that be possible?" behind the name of a thing.
IF_POSSIBLE = frozenset("c est il ce ca cela serait possible faisable is it that this be would".split())
WHY = frozenset("pourquoi why comment how ou where".split())
# "Alors c'est bon pour la tente ?", of who waits for the team's word.
DECIDED = frozenset(
    """bon ok accord accepte acceptee valide validee confirme confirmee reponse reponses nouvelle nouvelles decision
    answer reply news decided accepted confirmed approved oui non yes no""".split()
)
FAREWELL = frozenset("a see cya until till".split())
# Beside a time alone: "oui mais demain", "ok, demain matin sans faute".
WITH_A_TIME = frozenset(
    """oui ok d accord et mais non plutot sans faute promis alors donc c est pour je a la le l ouais bon pas ca va vous
    te mieux rdv en fait finalement passe passerai viens viendrai reviens repasse repasserai fais ferai necessaire
    sera prevu inch allah inchallah inshallah promets bonne journee soiree soir matin week end weekend merci
    beaucoup message rappel bonjour bonsoir salut bjr bsr slt cordialement vers pr thanks thank you see ya u there
    be coming have nice good great hi hello tomorrow yes yeah sure but no not rather promise then it is for i will
    at the by better okay possible faisable can do tout tous toutes all works""".split()
)


def yes(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """OUI to no question. To "Déjà fait ? Répondez RENDU" it may say so: asked; to other news it is a nod."""
    kept = offered(tx, heard)
    if kept is not None:
        return borrow.with_item(tx, heard, kept, None)
    if was_asked(tx, heard, ASKS_FOR_IT):
        return returns.is_it_back(tx, heard) or unknown(tx, heard, said)
    if was_asked(tx, heard, TELLS_OF_IT):
        return people.thanks(tx, heard, said)
    return debts.is_it_paid(tx, heard) or unknown(tx, heard, said)


def coming(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """ "Je passe samedi", "j'arrive": for the thing that waits for them, where that was said last; else it is not back
    yet."""
    kept = offered(tx, heard)
    if kept is not None and not _out(tx, heard):
        return borrow.with_item(tx, heard, kept, None)
    return not_back.not_yet(tx, heard, said)


def unknown(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """One line saying so and the things most likely meant; the second time in a row a person reads it."""
    if heard.new:
        return [newcomers.welcome(tx, heard)]
    if not heard.text.strip():
        return _without_words(tx, heard)
    if PHONE_ALONE.fullmatch(heard.text.strip()):
        return to_a_person(tx, heard, said)
    back = returns.number_alone(tx, heard) or returns.as_well(tx, heard, said)
    if back is not None:
        return back
    if isinstance(said.due, Due) and WITH_A_TIME.issuperset(words_of(said.rest)) and _out(tx, heard):
        return not_back.not_yet(tx, heard, said)
    if said.due is not None and FAREWELL & set(words_of(heard.text)) and WITH_A_TIME.issuperset(words_of(said.rest)):
        return people.thanks(tx, heard, said)  # "à samedi", of who has nothing to bring back
    if hesitates(heard.text) and was_asked(tx, heard, ASKS_FOR_IT) and _out(tx, heard):
        return not_back.not_yet(tx, heard, said)
    if _somebody_else(heard):
        return debts.not_them(tx, heard) or to_a_person(tx, heard, said)
    wanted = reminders.email_said(tx, heard) or _thing_alone(tx, heard, said)
    if wanted is not None:
        return wanted
    kept = offered(tx, heard)
    if kept is not None and FETCHING & set(words_of(heard.text)):
        return borrow.with_item(tx, heard, kept, None)
    if _awaits_us(tx, heard):
        return own_loans(tx, heard)
    if kept is not None or was_asked(tx, heard) or _explains(tx, heard) or _asks_the_team(heard, said):
        return to_a_person(tx, heard, said)
    again = tx.people.strike(heard.contact.id) >= 2
    message = NotUnderstood(again, heard.department.contact_line)
    asked = heard.question
    if asked is not None and not again and _still_open(asked, heard):
        return [Say(message=message, choices=in_rows(asked.choices), ask="choice", facts=asked.facts)]
    return [Say(message=message, choices=(*LIKELY, TO_A_PERSON) if again else LIKELY)]


def _still_open(asked: Question, heard: Heard) -> bool:
    """Whether what was asked shortly before still waits: "oui" after words that nobody understood answers it."""
    ours = {choice.act for choice in asked.choices} - {"mine.say"}
    return asked.kind == "choice" and bool(ours) and heard.at - asked.asked_at <= wishes.LASTS


def _explains(tx: Tx, heard: Heard) -> bool:
    """ "Elle est chez mon frère à Lyon", to a reminder: a person reads why, and not only that we do not."""
    reminders_too = ASKS_FOR_IT | {"debt_reminder"}
    return len(words_of(heard.text)) >= LEAST_ASKED and was_asked(tx, heard, reminders_too, within=DAYS_LATER)


def _asks_the_team(heard: Heard, said: Understood) -> bool:
    """ "Je peux la passer à mon voisin ?": a whole question of somebody they lend to, and no slip of the finger."""
    asked = heard.member and len(words_of(heard.text)) >= LEAST_ASKED
    return asked and for_the_team(said, heard.text).intent is Intent.HUMAN


def _awaits_us(tx: Tx, heard: Heard) -> bool:
    """ "C'est confirmé ?", "alors ?", "je viens la chercher demain", of who waits for the team's answer."""
    asked, said = "?" in heard.text and WHY.isdisjoint(words_of(heard.text)), FETCHING & set(words_of(heard.text))
    short = len(words_of(heard.text)) < LEAST_ASKED or bool(DECIDED & set(words_of(heard.text)))
    waits = bool(tx.loans.open_of(heard.contact.id, ("requested", "return_declared")))
    return waits and ((asked and short) or bool(said)) and not _out(tx, heard)


def _somebody_else(heard: Heard) -> bool:
    """ "Je ne suis pas Awa", "Awa n'est pas là": who reads here is not who we think."""
    typed, names = words_of(heard.text), set(words_of(heard.contact.name))
    named = [place for place, word in enumerate(typed) if word in names]
    return any({"pas", "not"} & {*typed[max(0, place - 2) : place], *typed[place + 1 : place + 4]} for place in named)


def _thing_alone(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """ "Tente ?", "la tente et l'échelle samedi svp": the names of things of the desk alone, that they have not got: to
    borrow them. With a day, of a thing they have: when it comes back."""
    name = _named_alone(said)
    listed = [part for part in BETWEEN.split(name) if part.strip()]
    items = named_items(tx, heard.department.id, name) if name else []
    found = [find(name, items).sure] if name else []
    if found == [()] and 1 < len(listed) <= several_things.MOST:
        found = [find(part, items).sure for part in listed]
    sure = [item for one in found for item in one]
    if not (found and all(found)):
        return None
    mine = {loan.item_id for loan in tx.loans.open_of(heard.contact.id)}
    if any(item.id in mine for item in sure):
        if len(found) > 1:
            return None
        return not_back.not_yet(tx, heard, replace(said, rest=name)) if isinstance(said.due, Due) else None
    wish = replace(said, intent=Intent.BORROW, rest=name)
    return wishes.asked_first(tx, heard, wish, heard.text) or borrow.ask_for(tx, heard, wish)


def _named_alone(said: Understood) -> str:
    """The words without the time, "svp" and "c'est possible ?", with the commas between them."""
    rest = said.rest.replace(said.due.understood, " ") if isinstance(said.due, Due) else said.rest
    typed = rest.split()
    small = POLITE | IF_POSSIBLE if {"possible", "faisable"} & set(words_of(rest)) else POLITE
    return " ".join(word for word in typed if BETWEEN.fullmatch(word) or not small.issuperset(words_of(word)))


def _out(tx: Tx, heard: Heard) -> bool:
    return bool(tx.loans.open_of(heard.contact.id, ("active",)))


def _without_words(tx: Tx, heard: Heard) -> list[Say]:
    said = heard.inbound
    asked = photos.alone(tx, heard)
    if asked is not None:
        return asked
    kind = said.media[0].kind if said.media else "location" if said.location else "contact" if said.contact else ""
    return [Say(message=MediaUnread(kind, contact_line=heard.department.contact_line))] if kind else []


def help_me(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """AIDE: what can be asked here."""
    return [Say(message=Help(heard.department.name, heard.department.contact_line))]


def to_a_person(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """Somebody wants a person, or says what only a person can answer: staff get the words on a card. Their own e-mail
    address ("my email is…") they need no person for."""
    noted = reminders.email_said(tx, heard) if heard.member else None
    if noted is not None:
        return noted
    desk = heard.department
    # Whom to call was said a moment ago; who asks for it is told again.
    told = said.intent is Intent.UNKNOWN and was_asked(tx, heard, PASSED_ON)
    answer = ContactPerson("" if told else desk.contact_line, "" if told else desk.place, bool(desk.chat))
    if said.hours and desk.tells_hours:
        answer = _with_hours(answer, heard, said.due)
    return [Say(message=answer), words_card(heard)] if desk.chat else [Say(message=answer)]


def _with_hours(answer: ContactPerson, heard: Heard, asked: Due | Unclear | None) -> ContactPerson:
    """When the desk is open, also on the day that is asked about, and the closed period of the next weeks."""
    desk, rules = heard.department, heard.department.rules
    if not rules.open_days or rules.opening >= rules.closing:
        return answer  # at all hours, or never: nothing to say of a week
    today = heard.at.astimezone(desk.zone).date()
    day = asked.at.astimezone(desk.zone).date() if isinstance(asked, Due) else None
    shut = next((c for c in closures(rules.closures, today) if c.first <= today + SHUT_SOON), None)
    return replace(
        answer,
        week=open_week(rules),
        opening=f"{rules.opening:%H:%M}",
        closing=f"{rules.closing:%H:%M}",
        day=day,
        day_open=day is not None and is_open_day(day, rules),
        shut_first=shut.first if shut else None,
        shut_last=shut.last if shut else None,
    )
