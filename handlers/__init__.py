"""What is done with what was heard: `respond` finds out what was said, and calls a function of `handlers/tables.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.conversation import Choice, Heard, Question, Say
from bot.core.deskhours import tonight_is_closing
from bot.core.errors import Gone
from bot.core.intent_answers import says_nothing
from bot.core.intent_commands import misspelt_command
from bot.core.intents import Command, Intent, Understood, read_answer, read_command, understand
from bot.core.loans import card_of
from bot.core.messages import EditedUnread, MediaUnread, Stale, Undone, Usage
from bot.core.people import Role, writer_on
from bot.core.spoken import words
from bot.store import Tx
from handlers import (
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
from handlers.agreeing import agreed
from handlers.choosing import STILL_OUT, named_before, through
from handlers.questions import (
    WHICH_LOAN,
    answered_by_file,
    left_aside,
    may_be_left,
    no_answer,
    picked,
    says_only,
    turned_down,
)
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
from handlers.toasts import toast_or_answer
from handlers.visible import with_desk, with_page, with_toast, with_word

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

# Asked one of these, or nothing, a bare code may say who writes; other questions may be answered by one.
NO_ITEM_ASKED = frozenset({"", "choice", "own_name", "which_desk"})
LONGEST_NAME = 6  # words
# Who goes on to one of these has left the question behind.
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
        return _nothing_known(heard)


def _respond(tx: Tx, heard: Heard) -> list[Say]:
    said = heard.inbound
    if said.edited:
        return _changed(tx, heard)
    if said.payload is not None:
        return pressed(tx, heard)
    if said.opt_out is not None:
        # STOP and START are not confirmed twice. HELP gets our answer too: our own words promise what one can ask.
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


def _changed(tx: Tx, heard: Heard) -> list[Say]:
    """A message was changed. It acts once, as it was at first; but no STOP is passed over."""
    said = _understood(tx, heard, heard.text)
    if heard.private and said.intent is Intent.STOP and said.certainty == "act":
        return consent.stop(tx, heard, said)
    return [Say(message=EditedUnread())]


def _misspelt(tx: Tx, heard: Heard) -> Command | None:
    """The command that somebody of the team mistyped; other words with a slash may be another bot's. In private
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
    ordered = command is not None or _misspelt(tx, heard) is not None
    if said.edited:  # who puts a command right by changing it is told that it was not read again
        return not ordered or heard.role is None
    return said.forwarded or not (said.reply_to_bot or ordered)


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
        return with_toast(heard, refused(heard, Role.ADMIN if kind in OF_ADMINS else Role.STAFF))
    asked = newcomers.gate(tx, heard, Understood(Intent.UNKNOWN), "") if choice.act in OF_MEMBERS else None
    if asked is not None:
        return with_toast(heard, asked)
    return with_word(tx, heard, kind if heard.private else "", chosen(tx, heard, choice))


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
    return with_toast(heard, with_page(tx, heard, choice, says))


def _nothing_known(heard: Heard) -> list[Say]:
    return [toast_or_answer(heard, Stale())]


# --- commands ------------------------------------------------------------------------------------


def commanded(tx: Tx, heard: Heard, command: Command, words: str) -> list[Say]:
    needed, act = COMMANDS[command]
    if needed is None or allowed(heard.role, needed):
        says = with_word(tx, heard, command, act(tx, heard, card_replies.completed(tx, heard, command, words)))
        return with_desk(tx, heard, says) if needed is not None else says
    if heard.private and command in OWN_WORDS:
        text = f"{OWN_WORDS[command]} {words}".strip()
        return written(tx, heard.saying(text), text)
    return refused(heard, needed)


# --- words ---------------------------------------------------------------------------------------


def written(tx: Tx, heard: Heard, text: str) -> list[Say]:
    """Words in a private chat: an open question is answered first, unless they plainly say something else."""
    said = _understood(tx, heard, text)
    linked = _linked(tx, heard, text)
    if linked is not None:
        return linked
    if not text.strip() and heard.member:
        return _wordless(tx, heard, said)
    wanted = several.wishes(tx, heard, said, text, _understood) if may_be_left(heard.question) else []
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
    if heard.question is not None and answered_by_file(heard.question, heard):
        return _answered(tx, heard, said) or []
    return unclear.unknown(tx, heard, said)


def _asked_and_answered(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say] | None:
    """The answer to the open question; None without one, or when the words are about something else."""
    if heard.question is None or left_aside(heard.question, said, text):
        return None
    return _answered(tx, heard, said)


def _move_on(tx: Tx, heard: Heard, said: Understood, *, anew: bool) -> None:
    """What is understood begins something: an open question and misunderstandings before it no longer count."""
    changing = said.intent in CHANGING and said.certainty == "act"
    if may_be_left(heard.question) and (anew or changing):
        tx.questions.close(heard.contact.id, heard.inbound.chat)  # or ANNULER would leave it, and undo nothing
    if said.intent is not Intent.UNKNOWN and heard.contact.strikes:
        tx.people.forget_strikes(heard.contact.id)


def _granted(tx: Tx, heard: Heard, said: Understood, text: str, wanted: Sequence[several.Wish]) -> list[Say]:
    """All that the words want; what was said as a question or with a doubt is asked back first."""
    return several.each(tx, heard, wanted, _grant) if len(wanted) > 1 else _grant(tx, heard, said, text)


def _grant(tx: Tx, heard: Heard, said: Understood, text: str) -> list[Say]:
    return wishes.asked_first(tx, heard, said, text) or HANDLERS[said.intent](tx, heard, said)


def _gone_on(tx: Tx, heard: Heard, says: list[Say]) -> list[Say]:
    """The answer, and then the wishes that waited for it, as `several.each` kept them with the question."""
    waiting = [str(text) for text in heard.question.facts.get("then", ())] if heard.question else []
    wanted = [(_saying(heard, text), _understood(tx, heard, text)) for text in waiting]
    return several.each(tx, heard, wanted, _grant, answered=says) if wanted else says


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


def _answered(tx: Tx, heard: Heard, said: Understood) -> list[Say] | None:
    """The answer to the open question; None when the words are no answer to it."""
    question = heard.question
    assert question is not None
    otherwise = corrections.at_another_time(tx, heard)
    if otherwise is not None:
        return otherwise
    choice = picked(question.choices, heard.text) if question.kind not in ADMIN_QUESTIONS else None
    if choice is not None:
        return with_word(tx, heard, question.kind, chosen(tx, heard, choice))
    oui = agreed(tx, heard, question, lambda text: _understood(tx, heard, text))
    if oui is not None:
        return with_word(tx, oui[0], question.kind, chosen(tx, *oui))
    if turned_down(question, said, heard.text):
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return people.nothing(tx, heard, said)
    named = _missing_named(tx, heard, said, question)
    if named is None:
        named = _loans_named(tx, heard, said, question)
    if named is not None:
        return _gone_on(tx, heard, named)
    act = ANSWERS.get(question.kind)
    if act is None:
        return None
    if question.kind in VERBATIM:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        return act(tx, heard, dict(question.facts))
    if no_answer(heard, question, said):
        return None
    answered = with_word(tx, heard, question.kind, act(tx, heard, dict(question.facts)))
    if answered:
        tx.questions.close(heard.contact.id, heard.inbound.chat)
    return _gone_on(tx, heard, answered) if answered else None


def _missing_named(tx: Tx, heard: Heard, said: Understood, question: Question) -> list[Say] | None:
    """Asked what of the kit is missing: "rien", "le chargeur". None for words of anything else."""
    if {choice.act for choice in question.choices} != {"mine.lacks"}:
        return None
    if says_nothing(heard.text):
        whole = next((choice for choice in question.choices if choice.label == "nothing_missing"), None)
        return chosen(tx, heard, whole) if whole else None
    if said.intent is not Intent.UNKNOWN or not heard.text.strip():
        return None
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    text = f"RENDU SAUF {heard.text}"
    return surely(tx, _saying(heard, text), text)


def _loans_named(tx: Tx, heard: Heard, said: Understood, question: Question) -> list[Say] | None:
    """Asked which of their loans: "la Bosch", "1 et 2", "la Makita jusqu'à lundi". None for words of anything else."""
    acts = {choice.act for choice in question.choices}
    wish = WHICH_LOAN.get(acts.pop()) if len(acts) == 1 and question.kind == "choice" else None
    answer = read_answer(heard.text)
    numbers = through(tx, heard, answer.numbers, heard.text) if answer is not None and not answer.intents else ()
    short = said.intent is Intent.UNKNOWN and 0 < len(said.rest.split()) <= LONGEST_NAME
    if wish is None or not (numbers or short) or (answer is not None and (answer.yes or answer.no)):
        return None
    tx.questions.close(heard.contact.id, heard.inbound.chat)
    if not numbers and STILL_OUT.intersection(words(heard.text)):
        return _but_for(tx, heard, said, wish)
    return HANDLERS[wish](tx, heard, replace(said, intent=wish, certainty="act", numbers=numbers))


def _but_for(tx: Tx, heard: Heard, said: Understood, wish: Intent) -> list[Say]:
    """ "Les deux sauf la tente", "la perceuse, pas la tente": what is left out is not what is meant. Where only that is
    told, the question is put again."""
    whole = f"RENDU {heard.text}"
    read = _understood(tx, heard, whole)
    if wish is Intent.RETURN and read.intent is wish and read.omission is not None:
        return HANDLERS[wish](tx, heard.saying(whole), replace(read, certainty="act"))
    named = named_before(heard.text, tx.loans.open_of(heard.contact.id, ("active",)))
    return HANDLERS[wish](tx, heard.saying(named), replace(said, intent=wish, certainty="act", rest=named))


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
    if heard.question is not None and _put_by_it(tx, heard, heard.question):
        said = _understood(tx, heard, heard.text)
        if said.intent is Intent.HELP and says_only(heard, said):
            return tables.COMMANDS[Command.HELP][1](tx, heard, "")
        tx.questions.close(heard.contact.id, heard.inbound.chat)
        if said.intent is Intent.CANCEL and says_only(heard, said):  # or a desk, a thing, a person would be called so
            return [Say(message=Undone("question"))]
        kind = heard.question.kind
        return with_word(tx, heard, kind, ANSWERS[kind](tx, heard, dict(heard.question.facts)))
    shown = card_replies.loan_shown(tx, heard) if not subject else None
    return card_replies.reply(tx, heard, card_of(shown)) or [] if shown is not None else []


def _put_by_it(tx: Tx, heard: Heard, question: Question) -> bool:
    """Whether the message replied to is the one that asks: under a digest or a list, words are talk among
    colleagues."""
    said = heard.inbound
    if question.kind not in STAFF_QUESTIONS | ADMIN_QUESTIONS or said.on_message is None:
        return False
    return tx.outbox.may_ask(said.channel, said.on_message, question.asked_at)


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
