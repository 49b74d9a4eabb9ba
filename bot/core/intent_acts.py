"""Who did what, and when: the verbs of a sentence, each done, denied, promised or asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bot.core.intent_said import Said, Span, cue_index, spans
from bot.core.intent_verbs import (
    AUX,
    LATER_AUX,
    ME,
    MODALS,
    NEGATION,
    OTHERS,
    PHRASAL,
    VERBS,
    WISHES,
)
from bot.core.records import record

State = Literal["done", "not", "will", "must", "wish", "now", "base"]

_REACH = 9
"""Words before a verb that may belong to it."""
_PARTICLE_REACH = 7
_ASKING_AT_THE_END = frozenset("quand où quoi combien when where what".split())
_BEHIND_A_QUESTION = frozenset("deja exactement precisement encore again exactly already".split())
"""*Je dois la rendre quand déjà*"""
_ARTICLES = frozenset("un une des the ma mon mes ta ton cette ce ces du my your this that any no".split())
_MAYBE_ARTICLES = frozenset("la le les l".split())
_SUBJECTS = frozenset("j je c il elle on nous vous ca i it we they that this".split())
_EXCLAIMED = frozenset("ah oh eh euh heu oups mince zut merde aie mais ben bah enfin oops er wait but".split())
_PRONOUNS = frozenset("la le les l it them vous te me nous lui leur y".split())
_LEADING_TO_IT = frozenset("pour de to sans quand où ou comment".split())
_LEADING_ON = frozenset("de d a pour to".split())
_PRESENT = re.compile("è[a-z]+e(s|nt)?$")
_DENYING = NEGATION - {"no", "non"}
_OWN_NEGATION = frozenset("pas plus not rien jamais no never".split())
_BEFORE_PRONOUN = frozenset("qui je j on nous tu vous il elle ne n me te se y en de pour et s m t".split())


@record(frozen=True, slots=True)
class Act:
    """One verb of a sentence.

    state: what is said of it. by: who did it: the speaker, somebody else, or nobody named. asked: in a question.
    helped: it has an auxiliary ("j'ai rendu", "c'est rendu"), so it is not a bare word.
    """

    verb: str
    state: State
    place: int
    by: Literal["me", "other", "nobody"] = "nobody"
    asked: bool = False
    helped: bool = False


@dataclass(slots=True)
class Sense:
    """A message seen in one language: its cues and its acts."""

    said: Said
    language: str
    cues: dict[str, list[Span]]
    acts: list[Act]

    def has(self, *names: str) -> bool:
        return any(name in self.cues for name in names)

    def done(self, verb: str) -> list[Act]:
        return [act for act in self.acts if act.verb == verb and act.state == "done"]

    def of(self, verb: str) -> list[Act]:
        return [act for act in self.acts if act.verb == verb]

    def knowing(self) -> frozenset[int]:
        """The places of the words that were understood, and so name no item."""
        spans = (place for several in self.cues.values() for span in several for place in range(*span))
        return frozenset({*spans, *(act.place for act in self.acts)})

    def denied(self, span: Span) -> bool:
        """Whether a negation stands just before a cue: "pas cassé". *Ne marche plus* contains its own and is
        affirmed."""
        if any(word in _OWN_NEGATION for word in self.said.words[span[0] : span[1]]):
            return False
        first = max(0, span[0] - 3)
        near = [i for i in self.said.clause(span[0]) if first <= i < span[0]]
        return any(
            (self.said.words[i] in NEGATION or self.said.words[i] == "inutile") and not self._answers(i) for i in near
        )

    def _answers(self, place: int) -> bool:
        """*Non je me suis trompée*, *ah non pardon il est cassé*, *no it's broken*: a NON in front of a whole sentence
        does not negate it."""
        words, polite = self.said.words, frozenset().union(*self.said.fillers.values())
        if words[place] not in ("non", "no") or any(w not in _EXCLAIMED for w in words[:place]):
            return False
        behind = next((i for i in range(place + 1, len(words)) if i not in polite), None)
        return behind is not None and words[behind] in _SUBJECTS

    def affirmed(self, *names: str) -> list[Span]:
        """Where these cues stand without a negation before them."""
        return [span for name in names for span in self.cues.get(name, ()) if not self.denied(span)]

    def asks(self, place: int) -> bool:
        """Whether the words at a place belong to a question."""
        part = self.said.tokens[place].part
        return part in self.said.asked or self._begins_asking(part) or self._asks_inside(part)

    def asked(self) -> bool:
        """Whether anything is asked."""
        return any(self.asks(part[0]) for part in self.said.parts())

    def _begins_asking(self, part: int) -> bool:
        core = [i for i in self.said.core() if self.said.tokens[i].part == part]
        starts = (
            {core[0], *(i for i in core[1:3] if self.said.words[i - 1] in ("et", "and", "mais", "but", "c"))}
            if core
            else ()
        )
        return any(span[0] in starts for span in self.cues.get("ask", ()))

    def _asks_inside(self, part: int) -> bool:
        core = [i for i in self.said.core() if self.said.tokens[i].part == part]
        while len(core) > 1 and self.said.words[core[-1]] in _BEHIND_A_QUESTION:
            core.pop()
        if core and self.said.words[core[-1]] in _ASKING_AT_THE_END:
            return True
        return any(self.said.tokens[span[0]].part == part for span in self.cues.get("asks-anywhere", ()))


def sense(said: Said, language: str) -> Sense:
    """The message seen in one language."""
    cues: dict[str, list[Span]] = {}
    polite = frozenset().union(*said.fillers.values())
    for name, span in spans(said.words, cue_index(language)):
        if name == "soon" or not polite.issuperset(range(*span)):
            cues.setdefault(name, []).append(span)
    seen = Sense(said, language, cues, [])
    seen.acts = list(_acts(seen))
    return seen


def _acts(seen: Sense) -> Iterator[Act]:
    for place in range(len(seen.said.tokens)):
        for verb, shapes in _verbs_at(seen, place):
            received = verb == "return" and _to_me(seen.said.words, place)
            if not received and not _is_noun(seen.said.words, place, shapes):
                yield _act(seen, verb, shapes, place)


def _verbs_at(seen: Sense, place: int) -> Iterator[tuple[str, frozenset[str]]]:
    word = seen.said.words[place]
    if word == "keep" and any(behind.endswith("ing") for behind in seen.said.words[place + 1 : place + 2]):
        return  # *you keep texting me*
    if any(first <= place < last for first, last in seen.cues.get("not-returning", ())):
        return
    if seen.language == "en" and word in PHRASAL:
        verb, shape, particles = PHRASAL[word]
        near = seen.said.clause(place)
        if any(seen.said.words[i] in particles for i in near if place < i <= place + _PARTICLE_REACH):
            yield verb, frozenset({shape})
    for verb, forms in VERBS[seen.language].items():
        shapes = frozenset(shape for shape, known in forms.items() if word in known)
        if shapes:
            yield verb, _as_typed(seen.said, place, shapes)


def _as_typed(said: Said, place: int, shapes: frozenset[str]) -> frozenset[str]:
    """The forms that the accents allow: *ramené* is past, *ramène* is not."""
    if accented(said, place):
        return shapes & {"past", "base"} or shapes
    typed = said.text[said.tokens[place].start : said.tokens[place].end].lower()
    return shapes - {"past"} or shapes if _PRESENT.search(typed) else shapes


def accented(said: Said, place: int) -> bool:
    """Whether it was typed *ramené*, which cannot be *je ramène*."""
    token = said.tokens[place]
    return said.text[token.start : token.end].lower().rstrip("s").endswith(("é", "ée"))


def _is_noun(words: list[str], place: int, shapes: frozenset[str]) -> bool:
    """*la garde*, *une réserve*, *the return*: what follows an article is no verb, unless *la* is a pronoun."""
    before = words[place - 1] if place else ""
    if before in _ARTICLES or words[max(0, place - 1) : place + 2] in (
        ["le", "rendu", "est"],
        ["le", "rendu", "final"],
    ):
        return True
    if before not in _MAYBE_ARTICLES or shapes <= {"base", "later"} or shapes == {"past"}:
        return False
    return place < 2 or words[place - 2] not in _BEFORE_PRONOUN | OTHERS


_GIVING = frozenset("gave given handed sent give hand send".split())


def _to_me(words: list[str], place: int) -> bool:
    """*On m'a rendu la mauvaise*, *vous nous avez rendu service*: given to the speaker, not returned to the desk."""
    before, after = words[max(0, place - 3) : place], words[place + 1 : place + 5]
    if words[place] in _GIVING and {"me", "us"} & set(after):
        return True
    if words[place] == "get" and after[:2] == ["back", "to"]:
        return True  # *get back to me*, *I'll get back to you*
    return any(one in ("m", "me", "nous") and other in ("a", "as", "avez", "ont") for one, other in pairwise(before))


def _act(seen: Sense, verb: str, shapes: frozenset[str], place: int) -> Act:
    words = seen.said.words
    clause = seen.said.clause(place)
    asking = {i for first, last in seen.cues.get("ask", ()) if words[first] == "est" for i in range(first, last)}
    before = [words[i] for i in clause if place - _REACH <= i < place and i not in asking]
    after = [words[i] for i in clause if place < i <= place + 2]
    helped = _helped(before) or ("past" in shapes and seen.language == "en" and _by(before) != "nobody")
    state = _state(seen, place, shapes, before, after)
    return Act(verb, state, place, _by(before), seen.asks(place), helped)


def _helped(before: list[str]) -> bool:
    return any(word in AUX["have"] or word in AUX["be"] for word in before)


def _state(seen: Sense, place: int, shapes: frozenset[str], before: list[str], after: list[str]) -> State:
    if _negated(seen.language, before, after):
        return "not"
    if _just_done(seen, place) or ("doing" in shapes and _after_doing(before)):
        return "done"
    if "past" in shapes and _would_have(before):
        return "must"
    spoken: tuple[tuple[State, frozenset[str]], ...] = (("will", LATER_AUX), ("must", MODALS), ("wish", WISHES))
    for state, words in spoken:
        if any(word in words for word in before) and not _past_perfect(before, shapes):
            return state
    if "later" in shapes or "train" in before or (before[-1:] == ["being"] and "past" in shapes):
        return "will"
    if _to_do(before, shapes) or _yet_to_be(before):
        return "must"
    return _plain_state(shapes, before)


def _after_doing(before: list[str]) -> bool:
    """*I'm after giving it back*, as it is said in Ireland: a moment ago."""
    return before[-1:] == ["after"] and before[-2:-1] in (["am"], ["are"], ["is"])


_WOULD = frozenset("aurais aurait aurions auriez auraient would wouldve d".split())


def _would_have(before: list[str]) -> bool:
    """*Je l'aurais rendue si*, *I would have returned it*: not done. *I'd returned it* is."""
    near = before[-4:]
    told = _WOULD.intersection(near)
    return bool(told) and (bool(told - {"would", "d"}) or bool({"have", "ve", "of"}.intersection(near)))


def _to_do(before: list[str], shapes: frozenset[str]) -> bool:
    """*à rendre*, *to return*: not done yet; but *on a rendre* is *on a rendu* spelled by ear."""
    if not before or "base" not in shapes:
        return False
    return before[-1] == "to" or (before[-1] == "a" and "past" not in shapes and before[-2:-1] not in (["l"], ["on"]))


def _yet_to_be(before: list[str]) -> bool:
    """*Prête à être rendue*, *aurait dû être rendue*, *to be returned*; *vient d'être rendue* is."""
    return before[-1:] in (["etre"], ["be"]) and not {"viens", "vient", "venons"}.intersection(before)


def _past_perfect(before: list[str], shapes: frozenset[str]) -> bool:
    """*j'ai pu rendre* apart, an auxiliary right before a participle says done whatever stood earlier."""
    near = before[-3:]
    return "past" in shapes and any(w in ("ai", "avons", "have", "ve") for w in near) and not set(near) & MODALS


def _plain_state(shapes: frozenset[str], before: list[str]) -> State:
    have = any(word in AUX["have"] for word in before)
    be = any(word in AUX["be"] for word in before)
    if "past" in shapes and (have or be or "now" not in shapes):
        return "done"
    if "base" in shapes and (have or "did" in before) and not _led_to(before):
        return "done"  # "j'ai ramener" spelled by ear; "I did return it"
    if "now" in shapes and any(word in ME | OTHERS for word in before):
        return "now"
    if "past" in shapes:
        return "done"
    return "will" if shapes == {"doing"} else "now" if shapes == {"now"} else "base"


def _led_to(before: list[str]) -> bool:
    """*Plus de voiture pour la rapporter*, *le temps de la rendre*: not done, whatever stands before; *réussi à la
    rendre* is."""
    last = list(before)
    while len(last) > 1 and last[-1] in _PRONOUNS:
        last.pop()
    if last[-1:] == ["a"]:
        return before[-1] == "a" or last[-2:-1] not in (["reussi"], ["arrive"], ["arrivee"])
    return before[-1] in _LEADING_ON or last[-1] in _LEADING_TO_IT


def _negated(language: str, before: list[str], after: list[str]) -> bool:
    near = _after_unfinished(before[-6:])
    if any(word in _DENYING for word in near) or _needless(near) or near[-1:] in (["no"], ["non"]):
        return True
    if language == "fr" and _no_longer(near):
        return True
    return language == "fr" and any(word in ("pas", "jamais") for word in after)


def _after_unfinished(before: list[str]) -> list[str]:
    """*J'ai pas encore fini je peux garder 2 jours ?*: what is not finished says nothing of the verb that follows."""
    finished = (i for i, word in enumerate(before) if word in ("fini", "termine", "finished"))
    ends = [i for i in finished if {"pas", "not"} & set(before[:i]) and before[i + 1 : i + 2] not in (["de"], ["d"])]
    return before[ends[-1] + 1 :] if ends else before


def _needless(before: list[str]) -> bool:
    """*Inutile de prolonger*, *no need to extend*."""
    return "inutile" in before[-3:] or before[-3:-1] == ["no", "need"] or before[-2:] == ["no", "need"]


def _no_longer(before: list[str]) -> bool:
    """*Je veux plus emprunter*, *je peux plus la garder*: without its *ne*; *je veux plus de temps* wants more."""
    wanted = WISHES | MODALS | LATER_AUX
    last = before[:-1] if before[-1:] and before[-1] in ("la", "le", "les", "l", "y", "en", "vous") else before
    return last[-1:] == ["plus"] and last[-2:-1] != [] and last[-2] in wanted


def _just_done(seen: Sense, place: int) -> bool:
    """*je viens de la rendre*, *je suis passé rendre*."""
    near = set(seen.said.clause(place))
    return any(last <= place <= last + 4 and first in near for first, last in seen.cues.get("came-to", ()))


def _by(before: list[str]) -> Literal["me", "other", "nobody"]:
    if any(word in ME for word in before):
        return "me"
    if any(word in OTHERS for word in before) and not any(word in AUX["be"] for word in before):
        return "other"
    active = any(word in ("a", "ont", "has", "avez", "as") for word in before)
    return "other" if active and not any(word in AUX["be"] for word in before) else "nobody"
