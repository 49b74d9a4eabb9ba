"""People as staff see them: adding somebody, the team, greetings, languages."""

from __future__ import annotations

import re

from bot.core.conversation import Heard, Say, To
from bot.core.finding import Matches
from bot.core.intents import Intent, Understood
from bot.core.loans import LoanState
from bot.core.messages import (
    AllRight,
    Greeting,
    LanguageChanged,
    PersonSaved,
    Reminded,
    StaffAnswer,
    TeamList,
    TeamSaved,
    Usage,
    YouAreWelcome,
)
from bot.core.people import BadPhone, Contact, Role, looks_like_phone, phone_from, phone_shown
from bot.core.small_talk import regrets, thanked
from bot.core.spoken import fold
from bot.core.spoken import words as words_of
from bot.store import Tx
from handlers import newcomers, not_back, person_page
from handlers.buttons import texts
from handlers.in_talk import ASKS_FOR_IT, was_asked
from handlers.rights import is_admin, may_add_address, only_admin, refused, who
from handlers.showing import greeted
from handlers.staff_words import (
    add_email,
    add_phone,
    bad_number,
    digits_behind,
    email_in,
    known_number,
    members_named,
    phone_and_rest,
    short_number,
    unread_number,
)

ADD = frozenset({"ajouter", "ajoute", "add", "nouveau", "new"})
REMOVE = frozenset({"retirer", "retire", "enlever", "remove", "supprimer"})
LANGUAGES = {
    "fr": frozenset({"fr", "francais", "francaise", "french"}),
    "en": frozenset({"en", "anglais", "anglaise", "english"}),
}
OTHER_LANGUAGES = frozenset(
    """espagnol espanol spanish es arabe arabic ar allemand german deutsch de italien italian it portugais portuguese pt
    wolof wo chinois chinese turc turkish russe russian neerlandais dutch hindi tamil pulaar bambara""".split()
)
_NOT_SPOKEN = re.compile(
    r"\b(?:(?:don|can)['’]?t|(?:do|can) ?not|pas|never|jamais) "
    r"(?:(?:speak|read|understand|know|much|any|good|tres|bien) )*(?:le |l['’])?(\w+)"
)
ASKING, POLITE = frozenset({"langue", "language"}), frozenset({"svp", "stp", "merci", "please", "thanks"})
# What an act leaves its loan as until staff decide on it.
WAITS_AS = {"return": LoanState.RETURN_DECLARED, "request": LoanState.REQUESTED}
LONGEST_ANSWER = 1000  # characters of a colleague, carried to a borrower


# --- /contact ------------------------------------------------------------------------------------


def person(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/contact ajouter Nom +33612345678 (or an e-mail address, or both), or /contact Nom; alone it offers those who
    borrowed last."""
    first, _, rest = words.strip().partition(" ")
    if words_of(first)[:1] and words_of(first)[0] in ADD:
        return _add(tx, heard, rest)
    if not words.strip():
        people = tx.people.recent(heard.department.id)
        return [person_page.which(tx, heard, people)] if people else [Say(message=Usage("person"))]
    if email_in(words)[0] or phone_and_rest(words, tx.desk.region)[0]:
        return _add(tx, heard, words)
    number = unread_number(words) or _short_number(tx, heard, words)
    return bad_number(tx, number) if number else person_page.named(tx, heard, words)


def _short_number(tx: Tx, heard: Heard, words: str) -> str:
    """Digits too few for a number, unless somebody with digits in their name is called so or nearly: *Équipe 123*."""
    number = short_number(words)
    found = members_named(tx, heard.department.id, words) if number else Matches[Contact]()
    names = (person.name for person in (*found.sure, *found.near) if not looks_like_phone(person.name))
    return "" if any(map(str.isdecimal, "".join(names))) else number


def _add(tx: Tx, heard: Heard, words: str) -> list[Say]:
    email, words = email_in(words)
    phone, rest = phone_and_rest(words, tx.desk.region)
    name = rest[:120]
    if email and not phone:
        return [_add_by_email(tx, heard, name, email)]
    if not phone:
        digits = next((word for word in words.split() if any(map(str.isdecimal, word))), "")
        number = unread_number(words) or short_number(words) or digits
        return bad_number(tx, number) if number else [Say(message=Usage("person"))]
    if more := digits_behind(words, phone):
        return bad_number(tx, more)
    try:
        value = phone_from(phone, tx.desk.region)
    except BadPhone as error:
        return bad_number(tx, phone, error.why)
    known = known_number(tx, value)
    if known is not None:
        if email and not may_add_address(tx, heard, known.contact_id):
            return [Say(message=PersonSaved(tx.people.get(known.contact_id).name, done="elsewhere"))]
        said = _known(tx, heard, tx.people.get(known.contact_id), name, value)
        add_email(tx, heard, known.contact_id, email)
        return [said]
    made = tx.people.add(name or phone_shown(value, tx.desk.region), heard.department.id)
    add_phone(tx, heard, made.id, value)
    add_email(tx, heard, made.id, email)
    return [_saved(tx, heard, made, value, "added")]


def _add_by_email(tx: Tx, heard: Heard, name: str, email: str) -> Say:
    """Somebody known by e-mail alone; the address of one person of that name who has none yet becomes theirs."""
    known = tx.people.find_address("email", email)
    if known is not None:
        return _known(tx, heard, tx.people.get(known.contact_id), name, email)
    namesakes = tx.people.named(heard.department.id, name) if name else []
    exact = [c for c in namesakes if fold(c.name) == fold(name)]
    if len(exact) == 1 and not any(a.channel == "email" for a in tx.people.addresses(exact[0].id)):
        if not may_add_address(tx, heard, exact[0].id):
            return Say(message=PersonSaved(exact[0].name, done="elsewhere"))
        add_email(tx, heard, exact[0].id, email)
        return _saved(tx, heard, exact[0], email, "email")
    made = tx.people.add(name or email.partition("@")[0], heard.department.id)
    add_email(tx, heard, made.id, email)
    return _saved(tx, heard, made, email, "added")


def _known(tx: Tx, heard: Heard, found: Contact, name: str, value: str) -> Say:
    elsewhere = tx.people.desks_of(found.id) - {heard.department.id}
    tx.people.join(found.id, heard.department.id)
    # The name another desk knows somebody by is not changed in passing: [Changer le nom] says so in the audit.
    if name and name != found.name and not (elsewhere and greeted(found.name)):
        tx.audit.note(who(heard), "person_renamed", heard.department.id, person=found.id, was=found.name, now=name)
        tx.people.rename(found.id, name)
        # Two of a family may share a telephone: whose loans these were stands in the answer.
        return _saved(tx, heard, tx.people.get(found.id), value, "renamed", was=greeted(found.name))
    return _saved(tx, heard, found, value, "exists")


def _saved(tx: Tx, heard: Heard, person: Contact, value: str, done: str, was: str = "") -> Say:
    reach = tx.speech.reach(person.id, heard.department)
    links = () if reach == "ok" else tx.desk.links()
    return Say(message=PersonSaved(person.name, phone_shown(value, tx.desk.region), done, reach, links, was))


# --- /equipe -------------------------------------------------------------------------------------


def team(tx: Tx, heard: Heard, words: str) -> list[Say]:
    """/equipe ajouter in reply to somebody's message; /equipe alone lists the team."""
    first = (words_of(words) or [""])[0]
    if first not in ADD | REMOVE:
        members = tuple(f"{n} ({r.value})" if r is Role.ADMIN else n for n, r, _ in tx.people.team(heard.department.id))
        return [Say(message=TeamList(members))]
    if not is_admin(tx, heard, heard.department.id):
        return refused(heard, Role.ADMIN)
    said = heard.inbound
    if said.on_message and not said.reply_to_address:
        return [Say(message=TeamSaved(done="nobody"))]
    if not said.reply_to_address or said.reply_to_bot:
        return [Say(message=Usage("team"))]
    return [_change_team(tx, heard, said.reply_to_address, said.reply_to_name, adding=first in ADD)]


def _change_team(tx: Tx, heard: Heard, user: str, name: str, *, adding: bool) -> Say:
    department = heard.department.id
    if not adding and only_admin(tx, user, department):
        return Say(message=TeamSaved(name or user, "last_admin"))
    if adding:
        changed = tx.people.give_role(user, department, Role.STAFF, name)
    else:
        changed = tx.people.take_role(user, department)
    done = ("added" if adding else "removed") if changed else "exists"
    if changed:
        tx.audit.note(who(heard), f"team_{done}", department, user=user, name=name)
    return Say(message=TeamSaved(name or user, done))


def answer_person(tx: Tx, heard: Heard, contact_id: int) -> list[Say]:
    """Staff reply to the card of a borrower's message: their words go to that person."""
    words = heard.text.strip()
    if not words or not tx.people.belongs(contact_id, heard.department.id):
        return []
    if not tx.speech.roads(contact_id, heard.department, StaffAnswer):
        return [Say(message=Reminded(tx.people.get(contact_id).name, done=False))]
    answer = StaffAnswer(words[:LONGEST_ANSWER], heard.contact.name)
    return [Say(message=answer, to=To.CONTACT, contact_id=contact_id, department_id=heard.department.id)]


# --- small human answers -------------------------------------------------------------------------


def greet(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """BONJOUR: a greeting back, with how many loans are out, or asked for; somebody new gets the welcome."""
    if heard.new:
        return [newcomers.welcome(tx, heard)]
    theirs = tx.loans.open_of(heard.contact.id)
    asked = sum(loan.state is LoanState.REQUESTED for loan in theirs)
    greeting = Greeting(greeted(heard.contact.name), heard.department.name, len(theirs) - asked, asked)
    return [Say(message=greeting)]


def thanks(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """MERCI, or a nod: answered with a word, and asks for nothing. To a reminder "oups, désolé" and "on verra" are told
    again what is due."""
    if regrets(heard.text) and was_asked(tx, heard, ASKS_FOR_IT) and tx.loans.open_of(heard.contact.id, ("active",)):
        return not_back.not_yet(tx, heard, Understood(Intent.NOT_RETURN))
    return [Say(message=YouAreWelcome(thanked(heard.text)))]


def nothing(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """NON, or a wish that is none: "pas besoin de prolonger"."""
    asked = heard.question is not None and {choice.act for choice in heard.question.choices} != {"mine.say"}
    return [Say(message=AllRight(acted=not asked and _can_be_taken_back(tx, heard.contact.id)))]


def _can_be_taken_back(tx: Tx, contact_id: int) -> bool:
    """Whether something was done shortly before that staff have not decided on since."""
    last = tx.loans.last_act(contact_id)
    waits = WAITS_AS.get(last[0]) if last is not None else None
    return last is not None and (waits is None or bool(tx.loans.open_of(contact_id, (waits.value,))))


def language(tx: Tx, heard: Heard, said: Understood) -> list[Say]:
    """LANGUE EN, LANGUAGE FR; alone it changes to the other one."""
    typed = words_of(heard.text)
    known = {code: LANGUAGES.get(code, frozenset({code})) for code in texts().languages}
    foreign = set(_NOT_SPOKEN.findall(fold(heard.text)))
    wanted = next((code for code, names in known.items() if names & {*typed} - foreign), None)
    if wanted is None and foreign:  # "I don't speak French": any of the others, theirs first
        others = [code for code in (heard.language, *known) if not known.get(code, frozenset()) & foreign]
        wanted = next(iter(others), None)
    named = len(typed) == 2 and typed[0] in ASKING and typed[1] not in POLITE  # LANGUE KLINGON
    if wanted is None and (named or typed[-1] in OTHER_LANGUAGES):
        return [Say(message=LanguageChanged(known=False, codes=tuple(code.upper() for code in known)))]
    if wanted is None:
        wanted = "en" if heard.language == "fr" else "fr"
    tx.people.set_language(heard.contact.id, wanted)
    return [Say(message=LanguageChanged(), language=wanted)]
