"""Rules of sentences about giving back: done, denied, promised, asked about."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

from bot.core.due import Due
from bot.core.intent import Certainty, Intent
from bot.core.intent_acts import Act, Sense, accented
from bot.core.intent_omission import said_after_omission
from bot.core.intent_said import Span
from bot.core.intent_verbs import AT_THE_DESK, LATER_AUX, ME, OTHERS, VERBS
from bot.core.intent_verdict import Verdict, certain, has_due, names_days_ahead, word_count
from bot.core.spoken import fold

_THERE_AGAIN = frozenset(
    """retour revenu revenue revient rendu rendue rentre rentree libre dispo disponible back available free
    returned""".split()
)


def _wants_to_know(seen: Sense) -> bool:
    """*Prévenez-moi quand elle est rendue*; *let me know when it is due* asks for a date."""
    return seen.has("tell-me") and not _THERE_AGAIN.isdisjoint(seen.said.words)


_TO_RETURN = VERBS["fr"]["return"]["base"] | VERBS["en"]["return"]["base"] | {"bring", "give", "drop", "hand", "take"}


def given_back(seen: Sense) -> Verdict | None:
    """A clear statement that it is back."""
    act = certain(seen.done("return"))
    if (act is None or act.by == "nobody") and _wants_to_know(seen):
        return Verdict(Intent.RESERVE)
    if act is not None and seen.has("closed") and seen.said.words[act.place] in _TO_RETURN:
        return Verdict(Intent.HUMAN)  # *je suis venu la rendre mais c'était fermé*
    if act is not None and _STILL_WITH_THEM.search(_said_behind(seen, act)):
        return Verdict(Intent.NOT_RETURN)
    if act is not None:
        return said_done(seen, act)
    for name, certainty in (("return-done", "act"), ("is-back", "act"), ("seems-back", "ask"), ("done", "ask")):
        spans = seen.affirmed(name)
        if spans and not seen.has("i-am-back"):
            return _said_back(seen, spans[0][0], "act" if certainty == "act" else "ask")
    return _thing_is_back(seen) or _return_noun(seen) or _left_there(seen)


_THINGS_BACK = re.compile(
    r"\b[a-z]{3,}'s back(?=\s*(?:$|[,.!;])|\s(?:in|on|at|with you|now|safe|and|cheers|thanks|ta)\b)"
)
"""*Drill's back!*; who writes *Sam's back* is asked as well."""


def _thing_is_back(seen: Sense) -> Verdict | None:
    found = _THINGS_BACK.search(fold(seen.said.text)) if "s" in seen.said.words else None
    if found is None or seen.asked() or seen.has("i-am-back", "soon", "if") or names_days_ahead(seen):
        return None
    return Verdict(Intent.RETURN, "ask", seen.said.words.index("s"))


def _to_the_desk(seen: Sense, act: Act) -> bool:
    near = {seen.said.words[i] for i in seen.said.clause(act.place)}
    return bool(near & AT_THE_DESK)


_DONE_WITH = frozenset("fait faite effectue effectuee ok termine terminee valide confirme confirmer done".split())


def _return_noun(seen: Sense) -> Verdict | None:
    """*Retour de la perceuse fait à 18 h*; *je confirme le retour* is asked about."""
    words = seen.said.words
    for place, word in enumerate(words):
        if word in ("retour", "restitution") and not seen.asks(place):
            after = {words[i] for i in seen.said.clause(place) if i > place}
            if after & _DONE_WITH and not seen.denied((place, place + 1)) and not after & {"pas", "sera", "prevu"}:
                return Verdict(Intent.RETURN, "act", place)
            if {"confirme", "confirmer"} & set(words[:place]):
                return Verdict(Intent.RETURN, "ask", place)
    return None


_ELSEWHERE = frozenset("home house work flat apartment car van place there in at seat yard garden".split())
_GIVEN = frozenset("donne donnee donnees confie confiee confies".split())


def _left_there(seen: Sense) -> Verdict | None:
    """*Je l'ai laissée à l'accueil*."""
    act = certain(seen.done("leave"))
    if act is None or not (act.helped or act.place == seen.said.core()[0]):
        return None
    words = seen.said.words
    if words[act.place] in _GIVEN:  # *je l'ai donnée à votre collègue*, *je vous l'ai confiée*; not *on m'a donné*
        near = words[max(0, act.place - 3) : act.place]
        mine = near[1:2] == ["l"] or (near[-1:] in (["ai"], ["avons"]) and act.by == "me")
        return Verdict(Intent.RETURN, "ask", act.place) if mine and _to_the_desk(seen, act) else None
    after = {seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place}
    brought = "back" in after and not after & _ELSEWHERE  # *left it back*, as it is said in Ireland
    return Verdict(Intent.RETURN, "ask", act.place) if after & AT_THE_DESK or brought else None


def said_done(seen: Sense, act: Act) -> Verdict:
    """What an act of giving back that is stated comes to: a return, a doubtful one, or one that is still to come."""
    clause, words = set(seen.said.clause(act.place)), seen.said.words
    ifs = [first for first, _ in seen.cues.get("if", ()) if not _contradicts(words, first)]
    if any(first in clause and first < act.place for first in ifs):
        return Verdict(Intent.NOT_RETURN)
    if once_it_is(seen, act):
        return Verdict(Intent.NOT_RETURN)
    soon = any(
        not said_after_omission(seen.said, act.place, span) and not _a_moment_ago(seen, act, span)
        for span in seen.cues.get("soon", ())
    )
    if soon and not act.helped:
        return Verdict(Intent.NOT_RETURN)
    doubtful = seen.has("perhaps", "soon", "except") or (_ahead(seen) and not act.helped) or _thought_better(seen, act)
    return Verdict(Intent.RETURN, "ask" if doubtful else "act", act.place)


_BEFORE_SI = frozenset("si ah ben bah".split())
_WISHED = frozenset("avais avions".split())  # *ah si je l'avais rendue…*


def _contradicts(words: list[str], place: int) -> bool:
    """*Mais si ! Je l'ai rendue*, *si si*, *bien sûr que si*: said to somebody who doubts it."""
    before = words[max(0, place - 2) : place]
    if before[-1:] == ["mais"]:
        return True
    if words[place] != "si" or not _WISHED.isdisjoint(words[place + 1 : place + 4]):
        return False
    return before == ["sur", "que"] or not _BEFORE_SI.isdisjoint(before[-1:])


_BETTER = re.compile(
    r"\b(?:ah|euh|heu|oups|enfin|mais|en fait|attends|attendez|oops|wait|actually|but|er)\W+"
    r"(?:(?:non|nan|no|nope)\W+)?(?:non|nan|no|nope|(?:(?:en fait|toujours|actually)\W+)?(?:pas encore|not yet))\W*$"
    r"|^\W*(?:(?:it|them)\W+)?(?:non|nan|no|nope)\W*$"
    r"|\b(?:je (?:rigole|plaisante)|c etait une blague|(?:just|only) (?:kidding|joking))\b"
)


_STILL_WITH_THEM = re.compile(
    r"\b(?:oops|wait|actually|no|nope|hang on|hold on|scratch that|my bad)\b[^?]{0,80}"
    r"\b(?:(?:still |have |'?ve )*(?:have|got) (?:it|them)\b|(?:it|they)(?:'?s|'?re| is| are)? still\b)"
)
"""*I returned it. Actually no, it's still in my car*; *no, still have the tent* tells of another."""


def _thought_better(seen: Sense, act: Act) -> bool:
    """*J'ai rendu... ah non, pas encore*: taken back as soon as it was said."""
    return _BETTER.search(_said_behind(seen, act)) is not None


def _said_behind(seen: Sense, act: Act) -> str:
    return fold(seen.said.text[seen.said.tokens[act.place].end :])


_ONCE = re.compile(r"\b(?:des qu|lorsqu|aussitot qu|une fois qu|quand|as soon as|once|when)(?:e|')?\b")


def once_it_is(seen: Sense, act: Act) -> bool:
    """*Dès qu'elle est rendue je vous écris*, *je vous écris quand c'est rendu*: not before. What is told of the writer
    behind such a word is done: *quand il faisait nuit je l'ai rendue*."""
    before = " ".join(seen.said.words[i] for i in seen.said.clause(act.place) if i < act.place)
    ends = [found.end() for found in _ONCE.finditer(before)]
    return bool(ends) and ME.isdisjoint(before[ends[-1] :].split())


_PRESENT_TOO = VERBS["fr"]["return"]["now"]


def _a_moment_ago(seen: Sense, act: Act, span: Span) -> bool:
    """*Déposée tout à l'heure* is over, *dépose tout à l'heure* is to come."""
    over = accented(seen.said, act.place) or seen.said.words[act.place] not in _PRESENT_TOO
    return seen.said.words[span[0] : span[0] + 1] == ["tout"] and over


_LAST_YEARS = timedelta(days=180)
"""A day and month further ahead than this, said of something done, was this year's."""


def _ahead(seen: Sense) -> bool:
    """Whether the time said lies in days to come; *ce matin* and *depuis lundi* are over, *lundi* may be either."""
    said = seen.said
    if not isinstance(said.due, Due) or said.now is None:
        return False
    near = {said.words[i] for i in (min(said.timed) - 1, *said.timed) if i >= 0}
    if said.due.at - said.now > _LAST_YEARS:
        return False
    today = said.due.at.date() == said.now.date() and not near & {"soir", "tonight", "evening"}
    return not today and not near & {"depuis", "since", "des"}


_ON_ITS_WAY = frozenset("bringing returning dropping taking giving leaving handing sending".split())


def _said_back(seen: Sense, place: int, certainty: Certainty) -> Verdict:
    clause = {seen.said.words[i] for i in seen.said.clause(place)}
    if seen.asks(place):
        return Verdict(Intent.LIST)
    if clause & (LATER_AUX | _ON_ITS_WAY) or seen.has("soon", "if") or (_ahead(seen) and certainty == "act"):
        return Verdict(Intent.NOT_RETURN)
    return Verdict(Intent.RETURN, certainty, place)


def denied(seen: Sense) -> Verdict | None:
    """*Je ne l'ai pas encore rendu*."""
    if any(act.state == "not" for act in seen.of("return")):
        return Verdict(Intent.NOT_RETURN)
    backs = [span for name in ("is-back", "done") for span in seen.cues.get(name, ())]
    return Verdict(Intent.NOT_RETURN) if any(seen.denied(span) for span in backs) else None


def returning(seen: Sense) -> Verdict | None:
    """What else is said of giving back: asked, promised, done by somebody else."""
    for act in seen.of("return"):
        if act.asked:
            wish = _wished_before(seen, act) if act.state != "done" else None
            return wish or _asked_to_return(seen, act)
        if act.state == "done":
            return Verdict(Intent.RETURN, "ask", act.place)
        wish = _wished_before(seen, act)
        if wish is not None:
            return wish
        if seen.has("closed") and seen.said.words[act.place] in _TO_RETURN:
            return Verdict(Intent.NOT_RETURN)  # *je voulais la rendre hier mais c'était fermé*
        if act.state in ("will", "must") or names_days_ahead(seen) or seen.has("soon", "late", "if"):
            return Verdict(Intent.NOT_RETURN)
        return Verdict(Intent.RETURN, "ask", act.place)
    return None


def _wished_before(seen: Sense, act: Act) -> Verdict | None:
    """*Je voudrais la tente, je la ramène dimanche*: what is wished for comes first, and has not been lent yet."""
    clause = seen.said.tokens[act.place].clause
    places = [span[0] for span in seen.affirmed("want-thing")]
    places += [other.place for other in seen.of("borrow") if other.state != "not"]
    before = [place for place in places if seen.said.tokens[place].clause < clause]
    return Verdict(Intent.BORROW, "ask", before[0]) if before else None


_IT = frozenset("la le les l".split())


def _of_opening(seen: Sense, act: Act) -> bool:
    """*On peut rendre le dimanche ?* asks what is usual; *on peut la rendre lundi ?* and *le 30* name a day."""
    if seen.has("opening"):
        return True
    words = seen.said.words
    of_it = words[act.place - 1] in _IT or words[act.place + 1 : act.place + 2] in (["it"], ["them"])
    return seen.has("usual") and not of_it and not any(words[i].isdecimal() for i in seen.said.timed)


_OBLIGED = frozenset("dois doit faut must oblige obligee".split())
"""*Dois-je la rendre aujourd'hui ?* asks when it is due; *je peux la rendre lundi ?* names a day to come."""


_WHY_REMINDED = re.compile(r"\bwhy (?:am i|do i|are you|do you|did i|have i)\b.{0,120}\b(?:i|we|ive|i've) ")
"""*Why am I getting reminders, I returned it on Friday*"""
_HAVE_TO = {("have", "to"), ("got", "to")}


def _asked_to_return(seen: Sense, act: Act) -> Verdict:
    obliged = {seen.said.words[i] for i in seen.said.clause(act.place)} & _OBLIGED or _HAVE_TO & set(
        pairwise(seen.said.words)
    )
    if act.state != "done" and not obliged and _of_opening(seen, act):
        return Verdict(Intent.HUMAN, hours=True)
    if seen.has("when"):
        return Verdict(Intent.LIST)
    if act.state == "done" and act.by == "me" and _WHY_REMINDED.search(fold(seen.said.text)):
        return Verdict(Intent.RETURN, "ask", act.place)
    if act.state == "done":
        begins = any(span[0] < act.place for span in seen.cues.get("ask", ())) or "quoi" in seen.said.words
        return Verdict(Intent.LIST) if begins or act.by == "other" else Verdict(Intent.RETURN, "ask", act.place)
    if seen.has("where") or _by_or_to_somebody(seen, act):
        return Verdict(Intent.HUMAN)
    if seen.has("where-how"):
        return Verdict(Intent.HELP)
    return Verdict(Intent.NOT_RETURN if has_due(seen) and not obliged else Intent.LIST)


_RELATIVES = OTHERS - frozenset("il elle ils elles tu vous he she they you quelqu someone somebody".split())


def _by_or_to_somebody(seen: Sense, act: Act) -> bool:
    """*Mon voisin peut la rendre ?*, *je peux la déposer chez le gardien ?*: whether that will do, a person says."""
    near = {seen.said.words[i] for i in seen.said.clause(act.place)}
    return not has_due(seen) and bool(near & _RELATIVES or near & AT_THE_DESK or "chez" in near)


def coming(seen: Sense) -> Verdict | None:
    """*Je passe demain*, *pas possible mardi, plutôt jeudi*: a day is named to come by, nothing is back yet."""
    if not has_due(seen) or word_count(seen) > 8 or seen.of("borrow"):
        return None
    named = seen.affirmed("coming", "rather", "unable")
    return Verdict(Intent.NOT_RETURN) if named and not seen.has("fetching") else None


def arriving(seen: Sense) -> Verdict | None:
    """*L'échelle arrive demain*: the thing itself is announced for a day to come."""
    spans = seen.affirmed("arriving")
    if not spans or spans[0][0] == 0 or not has_due(seen) or word_count(seen) > 6 or seen.asked():
        return None
    return Verdict(Intent.NOT_RETURN, place=spans[0][0])


def late(seen: Sense) -> Verdict | None:
    """*Je suis en retard*, *I still have it*, *pas encore*."""
    if not seen.has("late") or seen.of("borrow") or word_count(seen) > 14:
        return None
    return Verdict(Intent.LIST if seen.asked() and not seen.has("unable") else Intent.NOT_RETURN)
