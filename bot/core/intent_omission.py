"""What is said to be missing from a return: *rendu sauf le chargeur*, *returned, but one battery is missing*."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.intent import Omission
from bot.core.intent_said import Index, Said, Span, indexed, spans
from bot.core.intent_verbs import BREAKS, ME, OTHERS
from bot.core.intent_words import ANY_SMALL, phrases

# What follows was not given back, whatever it is called.
_BUT = phrases(
    """sauf, excepte, hormis, a part, a l exception de, a l exception du, a l exception des, mais pas, et pas, ni,
    except, except for, apart from, but not, and not, all but, everything but, other than,
    bar the, bar my, bar one"""
)
# What follows, or stands in front, is not there.
_LACKS = phrases(
    """il manque, il me manque, il y manque, il lui manque, lui manque, me manque, manque, manquent, il manquait,
    manquait, manquaient, manquant, manquante, missing, is missing, are missing, was missing, were missing, lacks,
    lacking"""
)
# Not all of it, without a name.
_PART = phrases(
    """pas tout, pas complet, pas complete, incomplet, incomplete, en partie, partiellement, une partie,
    la moitie, part of it, half of it, some of it, not all of it, not complete, partly, partially"""
)
# Said of a piece or of anything else: only the kit's own list decides.
_PERHAPS = phrases(
    """sans, moins, without, minus, oublie, ai oublie, j ai oublie, forgot, i forgot, garde, j ai garde, i kept, kept,
    n ai pas, n ai plus, do not have, il reste, il me reste, reste, toujours, encore, still have,
    still need to bring, not with"""
)
_DENYING = frozenset("rien ne n pas aucun aucune nothing not no none jamais never isn".split())
_ENDS = frozenset(".!?;:")
_SAYING_MORE = (ME | OTHERS | {"c", "ce", "est", "it", "is"}) - {"a", "l"}


_KINDS = ("but", "lacks", "part", "perhaps")
_INDEX: Index = indexed(dict(zip(_KINDS, (_BUT, _LACKS, _PART, _PERHAPS), strict=True)))


def omission(said: Said, place: int | None) -> Omission | None:
    """What the words leave out of a return; None when nothing is. place: of the word that says it is back."""
    found = next(_leads(said, place), None)
    if found is None:
        return None
    kind, span = found
    words = _text(said, _named(said, kind, span, place))
    return Omission(words, sure=kind != "perhaps", lacks=kind == "lacks")


def omission_places(said: Said, place: int | None) -> frozenset[int]:
    """The places of the words that surely leave something out: they do not name a loan."""
    found = next(_leads(said, place), None)
    if found is None or found[0] == "perhaps":
        return frozenset()
    return frozenset({*range(*found[1]), *_named(said, *found, place)})


def said_after_omission(said: Said, place: int, span: Span) -> bool:
    """Whether a cue follows what is left out, and so is about that: *sauf le chargeur, je l'ai demain*."""
    return any(kind in ("but", "lacks") and place < lead[0] < span[0] for kind, lead in _leads(said, place))


def _leads(said: Said, place: int | None) -> Iterator[tuple[str, Span]]:
    """What leaves something out, the surest first."""
    found = sorted(spans(said.words, _INDEX), key=lambda row: (_KINDS.index(row[0]), row[1][0], -row[1][1]))
    for kind, span in found:
        within = place is not None and span[0] <= place < span[1]
        if not within and not (kind == "lacks" and _denied(said, span)):
            yield kind, span


def lacks(said: Said, span: Span) -> bool:
    """Whether a cue is about something missing, not something broken."""
    return any(word in ("manque", "missing", "incomplete") for word in said.words[span[0] : span[1]])


def _denied(said: Said, span: Span) -> bool:
    """*Il ne manque rien*; but *il ne manque que le chargeur* lacks the charger."""
    if said.words[span[1] : span[1] + 1] == ["que"]:
        return False
    near = [*said.clause(span[0]), *range(span[1], min(span[1] + 2, len(said.words)))]
    return any(said.words[i] in _DENYING for i in near if not span[0] <= i < span[1])


def _named(said: Said, kind: str, span: Span, place: int | None) -> list[int]:
    """Where it is named: in the words that follow, or in front of *is missing* in those before."""
    if kind == "part":
        return []
    after = _following(said, span[1])
    if kind != "lacks" or any(said.words[i] not in ANY_SMALL for i in after):
        return after
    part = said.tokens[span[0]].part
    return [i for i in range(span[0]) if said.tokens[i].part == part and i != place and said.words[i] not in BREAKS]


def _following(said: Said, start: int) -> list[int]:
    """The places from `start` to the end of the sentence; a clause that says more (*je le rapporte demain*) ends it."""
    kept: list[int] = []
    for i in range(start, len(said.tokens)):
        new = i > start and said.tokens[i].clause != said.tokens[i - 1].clause
        if new and (_sign_between(said, i) or said.words[i] in _SAYING_MORE or said.words[i] in ("mais", "but")):
            break
        kept.append(i)
    return kept


def _sign_between(said: Said, place: int) -> bool:
    return bool(set(said.text[said.tokens[place - 1].end : said.tokens[place].start]) & _ENDS)


def _text(said: Said, places: list[int]) -> str:
    return said.text[said.tokens[places[0]].start : said.tokens[places[-1]].end] if places else ""
