"""What is done with what was heard: `respond` finds out what was said, and calls a function of `handlers/tables.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.conversation import Choice, Heard, Question, Say, To
from bot.core.deskhours import tonight_is_closing
from bot.core.errors import Gone
from bot.core.intent_answers import says_nothing
from bot.core.intent_commands import misspelt_command
from bot.core.intents import Command, Intent, Understood, read_answer, read_command, understand
from bot.core.loans import card_of
from bot.core.messages import Done, EditedUnread, MediaUnread, Stale, Usage
from bot.core.people import Role, writer_on
from bot.store import Tx
from handlers import (
    borrow,
    card_replies,
    consent,
    corrections,
    hidden_numbers,
    limits,
    linking,
    newcomers,
    people,
    photos,
    receipts,
    several,
    tables,
    unclear,
    wishes,
)
from handlers.choosing import through
from handlers.rights import allowed, refused
from handlers.tables import (
    ADMIN_QUESTIONS,
    COMMANDS,
    HANDLERS,
    OF_ADMINS,
    OF_MEMBERS,
    OWN_WORDS,
    STAFF_QUESTIONS,
    VERBATIM,
    OnAnswer,
    OnChoice,
)

# These lead back to what `respond` does with words.
CHOICES: Mapping[str, OnChoice] = {
    **tables.CHOICES,
    "mine.desk": lambda tx, heard, choice: newcomers.chose_desk(tx, heard, choice, written),
    "mine.say": lambda tx, heard, choice: say_intent(tx, heard, str(choice.args[0])),
    "mine.wish": lambda tx, heard, choice: wishes.granted(tx, heard, choice, surely),
}
ANSWERS: Mapping[str, OnAnswer] = {
    **tables.ANSWERS,
    "which_desk": lambda tx, heard, facts: newcomers.typed_desk(tx, heard, facts, written),
}

NO_ITEM_ASKED = frozenset({"", "choice", "own_name", "which_desk"})

# STOP and AIDE win over any open question, and so do words that plainly start something else.
OVER_QUESTIONS = frozenset({Intent.STOP, Intent.HELP, Intent.CANCEL, Intent.START, Intent.HUMAN})
ANEW = frozenset(
    {Intent.RETURN, Intent.LIST, Intent.BORROW, Intent.RESERVE, Intent.EXTEND, Intent.PROBLEM, Intent.LANGUAGE}
)

# These alone never answer a question: "rappels", said when we asked what is wrong.
LOOKED_UP = frozenset({Intent.REMINDERS, Intent.QUITUS, Intent.BALANCE, Intent.PAUSE})

# Choices offered by their words alone stand on no screen with a number: "2" after them is a loan's own.
BY_WORD = frozenset({"yes", "no", "list", "return", "borrow", "contact"})

# Buttons of a loan's page after which it has others.
ENDING = frozenset({"loan.back", "loan.confirm", "loan.problem", "loan.contest"})

# What is wanted of the loans that are offered to choose from; several may be named at once.
WHICH_LOAN = {"mine.return": Intent.RETURN, "mine.extend": Intent.EXTEND}
LONGEST_NAME = 6  # words

GIVE_WAY = frozenset({"borrow_until", "extend_until", "borrow_which", "reserve_which", "promise_when"})
# These questions are dropped when the person goes on to change something else.
LEFT_BEHIND = GIVE_WAY | {"choice"}
CHANGING = frozenset({Intent.RETURN, Intent.BORROW, Intent.RESERVE, Intent.EXTEND, Intent.PAID})


def respond(tx: Tx, heard: Heard) -> list[Say]:
    """What to say to what was heard."""
    if heard.inbound.event is not None:
        return receipts.note_event(tx, heard.inbound)
    if _overheard(tx, heard):
        return []
    if not limits.within(tx, heard):
        return _too_many(tx, heard)
    try:
        return _respond(tx, heard)
    except Gone:
        return [Say(message=Stale(), to=To.PRESS if heard.inbound.press_id else To.HERE)]


def _respond(tx: Tx, heard: Heard) -> list[Say]:
    said = heard.inbound
    if said.edited:
        return [Say(message=EditedUnread())]
    if said.payload is not None:
        return pressed(tx, heard)
    if said.opt_out is not None:
        return say_intent(tx, heard, said.opt_out)
    if heard.private and said.contact is not None:
        return linking.shared(tx, heard, said.contact)
    if said.start_token and not said.group and not linking.is_link(tx, said.start_token):
        return written(tx, heard, f"PRET {said.start_token}")  # a scanned label: Telegram sends `/start PERC-001`
    command = read_command(heard.text, tx.desk.bot_username or None)
    if command is not None and not said.forwarded:
        return commanded(tx, heard, *command)
    meant = _misspelt(tx, heard)
    if meant is not None:
        return [Say(message=Usage(meant.value))]
    if said.group:
        return replied_in_group(tx, heard)
    return written(tx, heard, heard.text)


def _misspelt(tx: Tx, heard: Heard) -> Command | None:
    """The command that somebody of the team slipped in; other words with a slash may be another bot's. In private
    a word of the borrower's is one, `/rendu` too."""
    if heard.role is None or heard.inbound.forwarded or not heard.text.lstrip().startswith("/"):
        return None
    return misspelt_command(heard.text, tx.desk.bot_username or None, words_too=heard.inbound.group)


def _overheard(tx: Tx, heard: Heard) -> bool:
    """Whether it was said in a group, but not to us: it is not answered and takes nobody's turn."""
    said = heard.inbound
    if not said.group or said.payload is not None:
        return False
    command = read_command(heard.text, tx.desk.bot_username or None)
    ours = said.reply_to_bot or command is not None or _misspelt(tx, heard) is not None
    return said.edited or said.forwarded or not ours


def _too_many(tx: Tx, heard: Heard) -> list[Say]:
    """What is said beyond the rate limit; a STOP is obeyed all the same."""
    said = _understood(tx, heard, heard.text)
    if heard.private and said.intent is Intent.STOP and said.certainty == "act":
        consent.stop(tx, heard, said)
        return []
    return limits.beyond(tx, heard)


# --- presses -------------------------------------------------------------------------------------


def pressed(tx: Tx, heard: Heard) -> list[Say]:
    """A button was pressed. Clients can forge what it carries, so every right is checked against who pressed."""
    choice = heard.choice
    if choice is None or choice.act not in CHOICES:
        return _nothing_known(heard)
    kind = choice.act.partition(".")[0]
    if heard.role is None and kind != "mine":
        # Before anything is looked up: what there is and what there is not are answered alike.
        return _with_toast(heard, refused(heard, Role.ADMIN if kind in OF_ADMINS else Role.STAFF))
    asked = newcomers.gate(tx, heard, Understood(Intent.UNKNOWN), "") if choice.act in OF_MEMBERS else None
    if asked is not None:
        return _with_toast(heard, asked)
    done = "noted" if heard.private and kind == "money" else ""
    return _answered_here(tx, heard, done, chosen(tx, heard, choice))


def chosen(tx: Tx, heard: Heard, choice: Choice) -> list[Say]:
    """A choice was made, by button, number or word. A payload that no button of ours has changes nothing."""
    act = CHOICES.get(choice.act)
    if act is None:
        return _nothing_known(heard)
    if choice.act.startswith("mine.") and heard.inbound.group:
        return refused(heard)
    try:
        says = act(tx, heard, choice)
    except (IndexError, ValueError, KeyError, OverflowError, OSError):
        return _nothing_known(heard)
    if heard.private:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        if heard.question is not None and choice.payload() in {c.payload() for c in heard.question.choices}:
            says = _gone_on(tx, heard, says)
    return _with_toast(heard, _page_too(tx, heard, choice, says))


def _page_too(tx: Tx, heard: Heard, choice: Choice, says: list[Say]) -> list[Say]:
    """A loan's page in a list is no card, but its buttons are over as well once one of them was pressed."""
    said = heard.inbound
    if choice.act not in ENDING or not (said.press_id and said.on_message) or any(say.replace for say in says):
        return says
    if tx.cards.subject_of(said.chat, said.on_message) is not None:
        return says
    if tx.outbox.loan_of(said.channel, said.on_message) != choice.args[0]:
        return says
    card = next((say for say in says if say.to is To.STAFF and say.loan and say.loan.id == choice.args[0]), None)
    return says if card is None else [*says, replace(card, to=To.HERE, card="", key="", replace=True)]


def _nothing_known(heard: Heard) -> list[Say]:
    return [Say(message=Stale(), to=To.PRESS if heard.inbound.press_id else To.HERE)]


def _with_toast(heard: Heard, says: list[Say]) -> list[Say]:
    """Telegram shows a progress indicator on a button until its press is answered: answer every one."""
    if heard.inbound.press_id and not any(s.to is To.PRESS for s in says):
        # A press that only turns a page has changed nothing, and must not say that it was noted.
        turned = all(say.replace for say in says)
        return [Say(message=Done("shown" if turned else "noted"), to=To.PRESS), *says]
    return says


# --- commands ------------------------------------------------------------------------------------


def commanded(tx: Tx, heard: Heard, command: Command, words: str) -> list[Say]:
    needed, act = COMMANDS[command]
    if needed is None or allowed(heard.role, needed):
        says = act(tx, heard, card_replies.completed(tx, heard, command, words))
        return _answered_here(tx, heard, DONE_BY.get(command, ""), says)
    if heard.private and command in OWN_WORDS:
        text = f"{OWN_WORDS[command]} {words}".strip()
        return written(tx, heard.saying(text), text)
    return refused(heard, needed)


# What is said where the command was typed, when all that it does shows elsewhere.
DONE_BY: Mapping[Command | str, str] = {
    Command.RETURNED: "returned",
    Command.EXTEND: "extend",
    **dict.fromkeys((Command.LEND, "lend_who", "lend_until"), "lent"),
    **dict.fromkeys((Command.DEBT, Command.PAID, "money_who", "money_amount", "money_due"), "noted"),
}


def _answered_here(tx: Tx, heard: Heard, word: str, says: list[Say]) -> list[Say]:
    """With what nobody would see there: a short word for a card that is edited far up in the group; in private what the
    group's card tells, without its buttons."""
    if not (word and says) or any(_seen_here(tx, heard, say) for say in says):
        return says
    cards = [say for say in says if say.to is To.STAFF]
    if heard.private and len(cards) == 1:
        return [replace(cards[0], to=To.HERE, card="", key="", choices=(), replace=False, loan=None), *says]
    return [Say(message=Done(word)), *says]


def _seen_here(tx: Tx, heard: Heard, say: Say) -> bool:
    if say.to is To.STAFF:
        return heard.inbound.group and not tx.cards.known(heard.inbound.chat, say.card)
    return say.to is not To.CONTACT and not (heard.private and say.to is To.PRESS)


# --- words ---------------------------------------------------------------------------------------


def written(tx: Tx, heard: Heard, text: str) -> list[Say]:
    """Words in a private chat: an open question is answered first, unless they plainly say something else."""
    said = _understood(tx, heard, text)
    linked = _linked(tx, heard, text)
    if linked is not None:
        return linked
    if not text.strip() and heard.member:
        return _wordless(tx, heard, said)
    wanted = several.wishes(tx, heard, said, text, _understood) if _may_be_left(heard.question) else []
    # "Rendu 1, prolonge 2 jusqu'à samedi" answers no question, though it holds a day.
    anew = len({wish.intent for _, wish in wanted}) > 1
    answered = None if anew else _asked_and_answered(tx, heard, said, text)
    if answered is not None:
        return answered
    asked = newcomers.gate(tx, heard, said, text)
    if asked is not None:
        return hidden_numbers.hint(tx, heard, said, asked)
    _move_on(tx, heard, said, anew=anew)
    meant = corrections.corrected(tx, heard, said)
    if meant is not None:
        return meant
    wanted = wanted or several.wishes(tx, heard, said, text, _understood)
    says = newcomers.introduced(tx, heard, said, _granted(tx, heard, said, text, wanted))
    says = hidden_numbers.hint(tx, heard, said, says)
    unread = photos.unread(heard)
    return [*says, Say(message=MediaUnread(unread, beside=True))] if unread else says


def _wordless(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """A file or a photo by itself: perhaps the one that was asked for."""
    if heard.question is not None and _shows(heard.question, heard):
        return _answered(tx, heard, said) or []
    return unclear.unknown(tx, heard, said)


def _may_be_left(question: Question | None) -> bool:
    return question is not None and question.kind in LEFT_BEHIND


def _asked_and_answered(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say] | None:
    """The answer to the open question; None without one, or when the words are about something else."""
    if heard.question is None or _leaves(heard.question, said, text):
        return None
    return _answered(tx, heard, said)


def _move_on(tx: Tx, heard: Heard, said: Understood, *, anew: bool) -> None:
    """What is understood begins something: an open question and misunderstandings before it no longer count."""
    changing = said.intent in CHANGING and said.certainty == "act"
    if _may_be_left(heard.question) and (anew or changing):
        tx.questions.close(heard.contact.id, heard.inbound.chat)  # or ANNULER would leave it, and undo nothing
    if said.intent is not Intent.UNKNOWN and heard.contact.strikes:
        tx.people.forget_strikes(heard.contact.id)


def _granted(tx: Tx, heard: Heard, said: Understood, text: str, wanted: Sequence[several.Wish]) -> list[Say]:
    """All that the words want; what was said as a question or with a doubt is asked back first."""
    return several.each(tx, heard, wanted, _grant) if len(wanted) > 1 else _grant(tx, heard, said, text)


def _grant(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say]:
    return wishes.asked_first(tx, heard, said, text) or list(HANDLERS[said.intent](tx, heard, said))


def _gone_on(tx: Tx, heard: Heard, says: list[Say]) -> list[Say]:
    """The answer, preceded by the answers that waited for it."""
    waiting = [str(text) for text in heard.question.facts.get("then", ())] if heard.question else []
    wanted = [(_saying(heard, text), _understood(tx, heard, text)) for text in waiting]
    return several.each(tx, heard, wanted, _grant, answered=says) if wanted else says


def _shows(question: Question, heard: Heard) -> bool:
    """Whether what came without words is the answer: the file or the photo that was asked for."""
    return question.kind == "import_file" or (question.kind == "problem_what" and photos.pictures(heard) != ())


def _linked(tx: Tx, heard: Heard, text: str) -> list[Say] | None:
    """Words that say who writes: LIER CODE, or the code of an item from somebody without a number. Somebody else's
    words passed on say nothing of that, and what an admin writes for a message is left alone."""
    asked = heard.question.kind if heard.question else ""
    if heard.inbound.forwarded or asked in VERBATIM:
        return None
    says = linking.typed(tx, heard, text)
    if says is None and asked in NO_ITEM_ASKED:
        says = hidden_numbers.claim(tx, heard, text)
    return says


def _leaves(question: Question, said: Understood, text: str) -> bool:
    """Whether the words leave an open question aside: STOP, AIDE, ANNULER; but not as words of a longer text that an
    admin writes for a message."""
    return said.intent in OVER_QUESTIONS and not (question.kind in VERBATIM and len(text.split()) > 2)


def _answered(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """The answer to the open question; None when the words are no answer to it."""
    question = heard.question
    assert question is not None
    otherwise = corrections.at_another_time(tx, heard)
    if otherwise is not None:
        return otherwise
    choice = picked(question.choices, heard) if question.kind not in ADMIN_QUESTIONS else None
    done = DONE_BY.get(question.kind, "")
    if choice is not None:
        return _answered_here(tx, heard, done, chosen(tx, heard, choice))
    if question.kind in GIVE_WAY and said.intent is Intent.NO and said.due is None and not said.rest:
        tx.questions.close(heard.contact.id, heard.inbound.chat)  # "non", asked which or until when
        return people.nothing(tx, heard, said)
    named = _named(tx, heard, said, question)
    if named is not None:
        return _gone_on(tx, heard, named)
    act = ANSWERS.get(question.kind)
    if act is not None and question.kind in VERBATIM:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return act(tx, heard, dict(question.facts))
    if act is None or _anew(question, said):
        return None
    if question.kind in STAFF_QUESTIONS and not allowed(heard.role, Role.STAFF):
        return None
    if said.intent in (Intent.THANKS, Intent.GREET) or (question.kind in GIVE_WAY and _elsewhere(heard, said)):
        return None
    if question.kind == "own_name" and said.intent in ANEW:
        return None
    answered = _answered_here(tx, heard, done, act(tx, heard, dict(question.facts)))
    if answered:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
    return _gone_on(tx, heard, answered) if answered else None


def _named(tx: Tx, heard: Heard, said: Understood, question: Question) -> list[Say] | None:
    """Asked which of their loans: "la Bosch", "1 et 2", "la Makita jusqu'à lundi". None for words of anything else."""
    acts = {choice.act for choice in question.choices}
    if acts == {"mine.lacks"} and says_nothing(heard.text):
        whole = next((choice for choice in question.choices if choice.label == "nothing_missing"), None)
        return chosen(tx, heard, whole) if whole else None
    if acts == {"mine.lacks"} and said.intent is Intent.UNKNOWN and heard.text.strip():
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return surely(tx, _saying(heard, f"RENDU SAUF {heard.text}"), f"RENDU SAUF {heard.text}")
    wish = WHICH_LOAN.get(acts.pop()) if len(acts) == 1 and question.kind == "choice" else None
    answer = read_answer(heard.text)
    numbers = through(tx, heard, answer.numbers, heard.text) if answer is not None and not answer.intents else ()
    short = said.intent is Intent.UNKNOWN and 0 < len(said.rest.split()) <= LONGEST_NAME
    if wish is None or not (numbers or short) or (answer is not None and (answer.yes or answer.no)):
        return None
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    return list(HANDLERS[wish](tx, heard, replace(said, intent=wish, certainty="act", numbers=numbers)))


def _anew(question: Question, said: Understood) -> bool:
    """Words that plainly start something else; a problem told when we asked what is wrong is the answer."""
    answer = question.kind == "problem_what" and said.intent is Intent.PROBLEM
    if said.intent in LOOKED_UP and said.certainty == "act" and not said.rest.split():
        return True
    if question.kind == "borrow_which" and said.intent is Intent.BORROW:  # "what can I borrow?" names nothing
        return True
    return said.intent in ANEW and said.certainty == "act" and not answer


def _elsewhere(heard: Heard, said: Understood) -> bool:
    """Asked what or until when, they plainly say something else: "la perceuse fume", "combien je dois ?"."""
    other = said.intent not in (Intent.UNKNOWN, Intent.YES, Intent.NO)
    return other and said.certainty == "act" and borrow.read_time(heard) is None


def picked(choices: tuple[Choice, ...], heard: Heard) -> Choice | None:
    """The choice a typed answer means: its number, OUI or NON, TOUT, or its own words."""
    answer = read_answer(heard.text)
    if answer is None or not choices:
        return None
    if answer.numbers:
        shown = not all(c.label in BY_WORD and not c.text for c in choices)
        if len(answer.numbers) != 1 or answer.intents:
            return None
        return next((c for i, c in enumerate(choices, 1) if (c.number or (shown and i)) == answer.numbers[0]), None)
    if answer.yes and len(choices) == 1:
        return choices[0]  # "Vouliez-vous dire Tente 4 places ?"
    wanted = {"yes"} if answer.yes else {"no", "stop"} if answer.no else {"return_all"} if answer.everything else set()
    return next((c for c in choices if c.label in wanted), None)


def say_intent(tx: Tx, heard: Heard, name: str) -> list[Say]:
    """Respond as if the person had typed the word for an intent."""
    return HANDLERS[Intent(name)](tx, heard, Understood(Intent(name)))


def surely(tx: Tx, heard: Heard, text: str) -> list[Say]:
    """Words whose writer has said that they were meant, of the loan that the question named by our name for it."""
    said = _understood(tx, heard, text)
    return HANDLERS[said.intent](tx, heard, replace(said, certainty="act", thing=""))


def _saying(heard: Heard, text: str) -> Heard:
    return replace(heard.saying(text), question=None)


def replied_in_group(tx: Tx, heard: Heard) -> list[Say]:
    """In a group only replies to our own messages are heard: words that act on a loan's card, an answer to an open
    question, or words for a borrower."""
    if not heard.inbound.reply_to_bot or not allowed(heard.role, Role.STAFF):
        return []
    subject = tx.cards.subject_of(heard.inbound.chat, heard.inbound.on_message or "")
    says = card_replies.reply(tx, heard, subject) if subject else None
    if says is not None:
        return says
    writer = writer_on(subject) if subject else None
    if writer is not None:
        return people.answer_person(tx, heard, writer)  # whatever was asked of the same person elsewhere in the group
    if heard.question is not None and heard.question.kind in STAFF_QUESTIONS | ADMIN_QUESTIONS:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return ANSWERS[heard.question.kind](tx, heard, dict(heard.question.facts))
    shown = card_replies.loan_shown(tx, heard) if not subject else None
    return card_replies.reply(tx, heard, card_of(shown)) or [] if shown is not None else []


def _understood(tx: Tx, heard: Heard, text: str) -> Understood:
    zone, rules = heard.department.zone, heard.department.rules
    now = heard.at.astimezone(zone)
    said = understand(text, language=heard.language, now=now, closing=rules.closing)
    if said.due is not None:
        said = replace(said, due=tonight_is_closing(said.due, now, rules.closing))
    if len(said.numbers) > 1:
        said = replace(said, numbers=through(tx, heard, said.numbers, text))
    # Somebody else's words passed on are no word of the person's own: what they would change is asked first.
    return replace(said, certainty="ask") if heard.inbound.forwarded else said
