"""Short answers to an open question: yes, no, numbers, all of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from bot.core.intent import Answer, Intent
from bot.core.intent_said import Index, indexed, spans, words_in
from bot.core.intent_words import EVERYTHING, GREETINGS, POLITE, THANKS, WELL, phrases

LONGEST = 12  # words: a longer message is more than an answer
LARGEST = 9999
PHONE_DIGITS = 9  # this many digits are a telephone number, not a list of loans

YES = phrases(
    """oui, ouais, ouep, ouai, oui oui, si, ok, okay, oki, d accord, bien sur, absolument, exactement, exact,
    tout a fait, je confirme, confirme, c est ca, c est bien ca, c est exact, vas y, allez y, volontiers,
    affirmatif, carrement, oui je confirme, oui c est ca, oui c est bon, c est bon, oui merci, avec plaisir,
    evidemment, effectivement, en effet, yes, yeah, yep, yup, sure, sure thing, of course, absolutely, correct,
    exactly, right, that is right, go ahead, please do, yes please, i confirm, confirmed, certainly, definitely,
    indeed, ok oui, oui ok, c est ok, ok pour moi, c est ok pour moi, oui pour moi, ca me va, ca me convient,
    je suis d accord, c est d accord, je veux bien, bien entendu, j accepte, oui j accepte, fine by me, works for me,
    i agree, agreed, sounds good, i accept, i have, i did, i do, it is, they are, go on, go on so, go for it, fine,
    that is fine, grand, that is grand, aye, yea, yah, yh, y, ✅"""
)
NO = phrases(
    """non, nan, nope, non non, pas encore, non pas encore, pas du tout, jamais, non merci, surtout pas, negatif,
    pas maintenant, pas vraiment, absolument pas, c est pas ca, ce n est pas ca, pas ca, ni l une ni l autre,
    ni l un ni l autre, aucun des deux, aucune des deux, no, nah, not yet, no not yet, not at all, no thanks,
    no thank you, never, not now, not really, negative, no way, ❌, oh non, ah non, mais non, certainement pas,
    je ne crois pas, i have not, i did not, i do not, it is not, they are not, neither, none, none of them, n,
    i am grand, i am good, you are grand, pas besoin, plus besoin, pas la peine, non rien, non laisse, non laissez,
    finalement non, finalement pas, finalement pas besoin, finalement plus besoin, en fait non, non finalement,
    no need, not any more, not anymore"""
)
# To "what is missing?": nothing is. TOUT alone says either.
NOTHING = phrases(
    """rien, rien du tout, rien ne manque, il ne manque rien, il manque rien, manque rien, aucun, aucune, aucune piece,
    non rien, tout est la, tout y est, tout est dedans, tout est complet, complet, c est complet, elle est complete,
    il est complet, au complet, tout est ok, tout est bon, tout est en ordre, tout ok, tout va bien, c est bon,
    nothing, none, nothing missing, nothing is missing, nothing at all, all there, it is all there,
    everything is there, everything is here, complete, it is complete, everything is ok, all good, all ok"""
)
COUNTED = {
    word: number
    for number, several in enumerate(
        ("un une one premier premiere first", "deux two deuxieme second seconde", "trois three troisieme third",
         "quatre four quatrieme fourth", "cinq five cinquieme fifth", "six sixieme sixth",
         "sept seven septieme seventh", "huit eight huitieme eighth", "neuf nine neuvieme ninth",
         "dix ten dixieme tenth"), start=1,
    )
    for word in several.split()
}  # fmt: skip
_JOINTS = frozenset(
    "et and le la les l the n no numero num number numeros nr nos c est it is pour for one loan pret".split()
)
_POLITE = indexed({"polite": [*POLITE, *GREETINGS, *THANKS]})
_COURTESY = (*WELL, *POLITE, *GREETINGS, *THANKS)
_LEFT_ALONE = phrases(
    "laisse, laissez, laisse tomber, laissez tomber, oublie, oubliez, rien, finalement, forget it, never mind"
)
_NODS = {True: indexed({"": [*YES, *_COURTESY]}), False: indexed({"": [*NO, *_COURTESY, *_LEFT_ALONE]})}
_YES, _NO, _ALL, _NOTHING = (indexed({"": rows}) for rows in (YES, NO, EVERYTHING, NOTHING))


def read_answer(text: str, wishes: Mapping[str, Intent]) -> Answer | None:
    """The answer a text is, or None. wishes: the single words that say what is wanted of a number."""
    typed = words_in(text)
    if not typed or len(typed) > LONGEST:
        return None
    bare = _without_politeness(typed) or typed
    for answer in (_plain(typed), _plain(bare), _nodded(typed), _paired(bare, wishes)):
        if answer is not None:
            return answer
    return None


def says_nothing(text: str) -> bool:
    """Whether the answer to "what is missing?" is "nothing". NON alone may also take back the return."""
    typed = words_in(text)
    return any(_whole(words, _NOTHING) for words in (typed, _without_politeness(typed)))


def _whole(typed: list[str], index: Index) -> bool:
    return any(span == (0, len(typed)) for _, span in spans(typed, index))


def _without_politeness(typed: list[str]) -> list[str]:
    polite = {place for _, span in spans(typed, _POLITE) for place in range(*span)}
    return [word for place, word in enumerate(typed) if place not in polite]


def _nodded(typed: list[str]) -> Answer | None:
    """*Oui c'est ok pour moi*, *non c'est bon*, *non ❌*: OUI or NON and then only words of assent, or more of it."""
    for index, answer in ((_YES, Answer(yes=True)), (_NO, Answer(no=True))):
        end = max((span[1] for _, span in spans(typed, index) if span[0] == 0), default=0)
        if end and _only_nods(typed[end:], _NODS[answer.yes]):
            return answer
    return None


def _only_nods(typed: list[str], index: Index) -> bool:
    nods = {place for _, span in spans(typed, index) for place in range(*span)}
    return nods == set(range(len(typed)))


def _plain(typed: list[str]) -> Answer | None:
    """OUI, NON, TOUT, or numbers and nothing else."""
    for index, answer in ((_YES, Answer(yes=True)), (_NO, Answer(no=True)), (_ALL, Answer(everything=True))):
        if _whole(typed, index):
            return answer
    if sum(len(word) for word in typed if word.isdecimal()) >= PHONE_DIGITS:
        return None
    counted = [_number(word) for word in typed if word not in _JOINTS]
    found = tuple(number for number in counted if number is not None)
    return Answer(numbers=tuple(dict.fromkeys(found))) if found and len(found) == len(counted) else None


def _number(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) < 5 and int(word) <= LARGEST else None
    return COUNTED.get(word)


def _paired(typed: list[str], wishes: Mapping[str, Intent]) -> Answer | None:
    """ "1 RENDU, 2 PROLONGER" and "RENDU 1 et 3, PROLONGER 2"; "RENDU TOUT" is TOUT."""
    kinds = [(wishes.get(word), _number(word), word) for word in typed if word not in _JOINTS]
    if not any(wish for wish, _, _ in kinds):
        return None
    left = [word for wish, number, word in kinds if wish is None and number is None]
    if left:
        meant = {wish for wish, _, _ in kinds if wish}
        return Answer(everything=True) if _plain(left) == Answer(everything=True) and meant == {Intent.RETURN} else None
    groups = [(is_wish, [*rows]) for is_wish, rows in groupby(kinds, key=lambda kind: kind[0] is not None)]
    if len(groups) % 2 or any(is_wish and len(rows) > 1 for is_wish, rows in groups):
        return None
    return _answer_of([(wish or rows[0][0], number) for wish, rows, number in _joined(groups)])


Kind = tuple[Intent | None, int | None, str]


def _joined(groups: list[tuple[bool, list[Kind]]]) -> list[tuple[Intent | None, list[Kind], int]]:
    """Each number with the wish beside it, in either order."""
    pairs = []
    for (first_is_wish, first), (_, second) in zip(groups[::2], groups[1::2], strict=True):
        wish, counted = (first, second) if first_is_wish else (second, first)
        pairs += [(wish[0][0], wish, number) for _, number, _ in counted if number is not None]
    return pairs


def _answer_of(pairs: list[tuple[Intent | None, int]]) -> Answer | None:
    found = {number: wish for wish, number in pairs if wish is not None}
    return Answer(numbers=tuple(found), intents=tuple(found.items())) if found else None
