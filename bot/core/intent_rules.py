"""The rules of sentences, one after the other: the first that knows what is wanted decides."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from bot.core.due import Due
from bot.core.intent import Certainty, Intent
from bot.core.intent_acts import Act, Sense, accented
from bot.core.intent_naming import priced
from bot.core.intent_remainder import lacks, said_after_remainder
from bot.core.intent_said import Span
from bot.core.intent_verbs import AT_THE_DESK, LATER_AUX, MODALS, OTHERS, VERBS, WISHES
from bot.core.records import record
from bot.core.spoken import fold


@record(frozen=True, slots=True)
class Verdict:
    """What a rule found. place: the word that decided it; what is named is looked for around it. returned: a PROBLEM
    with something that is back."""

    intent: Intent
    certainty: Certainty = "act"
    place: int | None = None
    returned: bool = False


Rule = Callable[[Sense], Verdict | None]


def judge(seen: Sense) -> Verdict | None:
    """What a sentence wants; None when no rule knows."""
    for rule in RULES:
        verdict = rule(seen)
        if verdict is not None:
            return verdict
    return None


def _future(seen: Sense) -> bool:
    return isinstance(seen.said.due, Due)


def _core(seen: Sense) -> int:
    return len(seen.said.core())


def _unless_asked(seen: Sense) -> Certainty:
    return "ask" if seen.asked() else "act"


# --- what a person has to see -------------------------------------------------------------------------


def contested(seen: Sense) -> Verdict | None:
    """*Ce n'est pas moi*, *I dispute this*."""
    if not seen.has("contest") or seen.asked() or _has_certain_return(seen):
        return None
    return Verdict(Intent.DISPUTE)


def needing_somebody(seen: Sense) -> Verdict | None:
    """*Ma mère est décédée, je ne pourrai pas venir*: no answer of a machine's."""
    return Verdict(Intent.HUMAN) if seen.has("needs-somebody") and not _has_certain_return(seen) else None


_TROUBLE = frozenset("probleme problemes souci soucis problem problems issue issues trouble".split())


_OF_ONESELF = frozenset("perdu perdue coince coincee bloque bloquee creve crevee casse cassee".split())
"""*Je suis coincé au travail*, *je suis crevée*: nothing is wrong with what was lent."""


def wrong(seen: Sense) -> Verdict | None:
    """Broken, lost, stolen, missing; but not "pas cassé", "est-ce un problème si…", or a return that lacks a part."""
    words = seen.said.words
    for span in seen.affirmed("wrong"):
        if words[span[0]] in _OF_ONESELF and words[span[0] - 1 : span[0]] == ["suis"]:
            continue
        near = (words[span[0] - 1 : span[0]], words[span[1] : span[1] + 1], words[span[0] - 2 : span[0] - 1])
        if words[span[0]] in _TROUBLE and any(word in (["si"], ["if"], ["cas"], ["case"]) for word in near):
            continue
        if words[span[0]] in _TROUBLE and _on_the_way(seen, span):
            continue
        if words[span[0]] in _TROUBLE and _solved(seen, span):
            return None if _has_certain_return(seen) else Verdict(Intent.HUMAN)
        if lacks(seen.said, span) and _has_certain_return(seen):  # given back, though not whole
            continue
        act = _surely_back(seen)
        return Verdict(Intent.PROBLEM, place=span[0] if act is None else act.place, returned=act is not None)
    return None


_TRAVEL = frozenset("venir passer voiture transport transports metro bus train velo sante famille car".split())


def _on_the_way(seen: Sense, span: Span) -> bool:
    """*Un souci de voiture*, *un problème pour venir*: nothing is wrong with what was lent."""
    words = seen.said.words
    return bool(_TRAVEL.intersection(words[span[1] : span[1] + 3])) or words[span[0] - 1 : span[0]] == ["car"]


_SOLVED = frozenset("regle reglee regles resolu resolue resolus solved fixed sorted gone".split())


def _solved(seen: Sense, span: Span) -> bool:
    """*Problème réglé*, *plus de problème*: staff who were told of it should read that."""
    words = seen.said.words
    after = [words[i] for i in seen.said.clause(span[0]) if i >= span[1]]
    before = words[max(0, span[0] - 2) : span[0]]
    return bool(_SOLVED.intersection(after)) or before in (["plus", "de"], ["plus", "aucun"], ["no", "more"])


def _surely_back(seen: Sense) -> Act | None:
    """*Rendu la perceuse, mais elle fume*: the broken item is back."""
    act = _certain(seen.done("return"))
    return act if act is not None and _said_done(seen, act) == Verdict(Intent.RETURN, "act", act.place) else None


def tongue(seen: Sense) -> Verdict | None:
    return Verdict(Intent.LANGUAGE) if seen.has("tongue") else None


def taken_back(seen: Sense) -> Verdict | None:
    """ANNULER in a sentence. "No longer needed" is asked about: it may be a request or a loan."""
    spans = seen.affirmed("undo")
    if not spans:
        return None
    words = {word for first, last in spans for word in seen.said.words[first:last]}
    if words & {"erreur", "mistake"}:
        if seen.has("owe", "money") and not seen.of("pay"):
            return Verdict(Intent.DISPUTE)  # *il y a une erreur sur la facture*
        if _mistaken_thing(seen):
            return Verdict(Intent.HUMAN)
    if _something_fell_through(seen, spans[0]):
        return None
    unsure = words & {"besoin", "need"} or seen.asked()
    return Verdict(Intent.CANCEL, "ask" if unsure else "act", spans[0][0])


_CALLED_OFF = frozenset("demande pret reservation emprunt commande rappel ca cela ce c".split())


def _something_fell_through(seen: Sense, span: Span) -> bool:
    """*Mon voyage est annulé*: nothing that was said here."""
    words = seen.said.words
    before = [words[i] for i in seen.said.clause(span[0]) if i < span[0]]
    told = before[-1:] in (["est"], ["ete"], ["sont"], ["is"], ["was"], ["been"])
    return told and len(before) > 2 and _CALLED_OFF.isdisjoint(before)


_TAKEN = frozenset(
    """garde gardee gardes pris prise prises emporte emportee emportes oublie oubliee laisse laissee melange inverse
    echange kept took taken grabbed packed left swapped mixed""".split()
)
_YOUR_MISTAKE = re.compile(
    r"\b(?:vous (?:avez|faites) .{0,12}erreur|erreur (?:sur|dans|de (?:nom|date|prenom|adresse|numero|quantite))"
    r"|you (?:have )?made|mistake (?:in|on|with))\b"
)


def _mistaken_thing(seen: Sense) -> bool:
    """*J'ai gardé un foret par erreur*, *une erreur sur mon nom*: nothing that was said here is taken back."""
    return not _TAKEN.isdisjoint(seen.said.words) or _YOUR_MISTAKE.search(fold(seen.said.text)) is not None


def again(seen: Sense) -> Verdict | None:
    """Messages wanted again: that is consent, so it is confirmed first."""
    spans = seen.affirmed("again")
    if not spans or seen.of("return") or seen.has("more-time") or _core(seen) > 14:
        return None
    return Verdict(Intent.START, _unless_asked(seen))


def paused(seen: Sense) -> Verdict | None:
    return Verdict(Intent.PAUSE, _unless_asked(seen)) if seen.affirmed("pause") else None


# --- money ---------------------------------------------------------------------------------------------


def paid(seen: Sense) -> Verdict | None:
    """PAYE in a sentence. A promise with its day is one too: the reminders rest until then."""
    if seen.affirmed("money-sent") or (seen.has("money") and (_money_back(seen) or _money_went(seen))):
        return Verdict(Intent.PAID, _unless_asked(seen))
    if _gave_a_sum(seen):
        return Verdict(Intent.PAID, "ask")
    if _future(seen) and not seen.asked() and _SENDING & set(seen.said.words) and _PAYMENT & set(seen.said.words):
        return Verdict(Intent.PAID)  # *je vous envoie l'argent demain*
    acts = seen.of("pay")
    if not acts or _certain(seen.done("return")):
        return None
    if _TOO_MUCH.search(fold(seen.said.text)):
        return Verdict(Intent.HUMAN)
    act = next((act for act in acts if act.state in ("now", "will")), acts[0]) if _future(seen) else acts[0]
    if act.state == "not":
        return _cannot_pay(seen, act)
    if act.state != "done" and _BY_PARTS.search(fold(seen.said.text)):
        return Verdict(Intent.HUMAN)
    if act.asked and not (_future(seen) and seen.said.tokens[act.place].part not in seen.said.asked):
        return Verdict(Intent.BALANCE)
    return _payment(seen, act)


_TOO_MUCH = re.compile(
    r"\btrop paye|\bpaye(?:e|s|es)? trop\b|\bpaye(?:e|s|es)? (?:\w+ ){0,3}(?<!en )(?:2|deux|trois|3) fois\b"
    r"|\bpaid (?:\w+ ){0,3}(?:twice|2 times|too much)\b|\boverpaid\b|\bcharged (?:\w+ )?twice\b"
)
"""*J'ai payé deux fois la même facture*: what becomes of it, a person says."""


_BY_PARTS = re.compile(
    r"\b(?:(?:en|par|de) (?:\d{1,2}|deux|trois|quatre|plusieurs) fois|plusieurs fois|echelonner?|echelonnement"
    r"|echeancier|mensualites?|par mois|petit a petit|facilites|instal?lments?|a month|monthly|bit by bit)\b"
)
"""*Je peux payer en 3 fois ?*: whether one may, a person decides."""


def _money_back(seen: Sense) -> bool:
    """*J'ai rendu l'argent*; not *j'ai rendu la perceuse, mais la facture est fausse*."""
    act = _certain(seen.done("return"))
    clause = seen.said.clause(act.place) if act is not None else []
    return act is not None and any(span[0] in clause and span[0] > act.place for span in seen.cues.get("money", ()))


_WENT = frozenset("effectue effectuee envoye envoyee transfere transferee parti passe valide made sent through".split())


_PAYMENT = frozenset(
    """virement paiement reglement argent somme cheque mandat acompte espece especes sous payment money transfer cash
    cheque check deposit instalment""".split()
)
_TO_ME = frozenset("m me nous".split())


def _money_went(seen: Sense) -> bool:
    """*Le paiement a bien été effectué*; not *vous m'avez envoyé une facture*."""
    words = seen.said.words
    if _PAYMENT.isdisjoint(words):
        return False
    places = [i for i, word in enumerate(words) if word in _WENT and not _TO_ME.intersection(words[max(0, i - 3) : i])]
    return any(not seen.denied((i, i + 1)) for i in places)


_GAVE = frozenset("donne envoye verse transfere vire gave sent transferred handed".split())


_SENDING = frozenset("envoyer envoie enverrai enverrons verserai send sending".split())


def _gave_a_sum(seen: Sense) -> bool:
    """*J'ai donné 20 € à Sam*; not *on m'a envoyé une facture de 20 €*."""
    words = seen.said.words
    gave = [i for i, word in enumerate(words) if word in _GAVE and i and words[i - 1] in ("ai", "avons", "i", "we")]
    return any(not seen.asks(i) and priced(seen.said, i) for i in gave)


_WILL_PAY = frozenset().union(*(verbs["pay"]["later"] for verbs in VERBS.values()))
"""*Je ne paierai pas* wants an answer from somebody, not the sum once more."""


def _cannot_pay(seen: Sense, act: Act) -> Verdict:
    words = {seen.said.words[i] for i in seen.said.clause(act.place)}
    refused = words & (MODALS | LATER_AUX | WISHES | {"refuse"}) or seen.said.words[act.place] in _WILL_PAY
    return Verdict(Intent.HUMAN if refused else Intent.BALANCE)


def _payment(seen: Sense, act: Act) -> Verdict | None:
    sure = seen.said.words[act.place] in _SURELY_PAY or seen.has("money")
    if act.state == "done":
        if not (sure or act.helped):
            return None
        if (
            seen.said.words[act.place] in ("regle", "reglee")
            and act.helped
            and act.by == "nobody"
            and not seen.has("money")
        ):
            return Verdict(Intent.PAID, "ask", act.place)  # of a bill or of any matter
        doubtful = act.by == "other" or seen.has("perhaps") or _once_it_is(seen, act) or _for_another(seen, act)
        return Verdict(Intent.PAID, "ask" if doubtful else "act", act.place)
    if _future(seen):
        return Verdict(Intent.PAID, "act", act.place)
    if act.state == "must":
        return Verdict(Intent.BALANCE)
    return Verdict(Intent.PAID, "ask", act.place) if sure or act.state in ("will", "wish") else None


_PAID_HERE = frozenset(
    """facture factures dette dettes somme solde montant amende caution loyer acompte reste tout totalite note addition
    location frais penalite penalites retard creance echeance mensualite fac cotisation abonnement adhesion moitie
    invoice bill debt rest balance fee fees fine deposit amount total half rent late membership money""".split()
)


def _for_another(seen: Sense, act: Act) -> bool:
    """*J'ai payé le parking*, *j'ai versé de l'eau dessus*: of no bill of the desk's."""
    behind = [seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place]
    while behind[:1] and behind[0] in ("de", "for", "bien", "deja"):
        behind = behind[1:]
    noun = behind[1:2] if behind[:1] and behind[0] in _BEFORE_A_NOUN else []
    return bool(noun) and noun[0].isalpha() and noun[0] not in _PAID_HERE


_BEFORE_A_NOUN = frozenset("le la les l un une mes mon ma the my a".split())
_SURELY_PAY = frozenset(
    """paye payee payes payer paie paies payez paierai payerai paierons paid payed pay paying regle reglee reglerai
    vire viree rembourse rembourserai""".split()
)


_OWING = frozenset("dois doit devons dette argent".split())


_LEFT_TO_PAY = re.compile(
    r"\b(?:combien (?:il )?(?:me |nous )?reste(?:[ -]t[ -]il)?|reste combien)\W*$"
    r"|^(?:(?:bon|ok|alors|et|donc)\W+)*combien\W*$"
)
"""*Combien il reste ?* and no more: *combien il reste de tentes ?* asks for something else."""


def owed(seen: Sense) -> Verdict | None:
    words = set(seen.said.words)
    if "caution" in words and seen.asked():
        return Verdict(Intent.HUMAN)  # no bill: when and where it is given back, a person knows
    how_much = "combien" in words and words & _OWING and not seen.has("when")
    left = _LEFT_TO_PAY.search(fold(seen.said.text)) is not None
    still = "dois" in words and seen.has("money") and seen.asked()
    return Verdict(Intent.BALANCE) if seen.has("owe") or how_much or still or left else None


# --- giving back -----------------------------------------------------------------------------------------


def _certain(acts: list[Act]) -> Act | None:
    return next((act for act in acts if not act.asked and act.by != "other"), None)


def _has_certain_return(seen: Sense) -> bool:
    return _certain(seen.done("return")) is not None


_TO_RETURN = VERBS["fr"]["return"]["base"] | VERBS["en"]["return"]["base"] | {"bring", "give", "drop", "hand", "take"}


_THERE_AGAIN = frozenset(
    """retour revenu revenue revient rendu rendue rentre rentree libre dispo disponible back available free
    returned""".split()
)


def _wants_to_know(seen: Sense) -> bool:
    """*Prévenez-moi quand elle est rendue*; *let me know when it is due* asks for a date."""
    return seen.has("tell-me") and not _THERE_AGAIN.isdisjoint(seen.said.words)


def given_back(seen: Sense) -> Verdict | None:
    """A clear statement that it is back."""
    act = _certain(seen.done("return"))
    if (act is None or act.by == "nobody") and _wants_to_know(seen):
        return Verdict(Intent.RESERVE)
    if act is not None and seen.has("closed") and seen.said.words[act.place] in _TO_RETURN:
        return Verdict(Intent.HUMAN)  # *je suis venu la rendre mais c'était fermé*
    if act is not None:
        return _said_done(seen, act)
    for name, certainty in (("return-done", "act"), ("is-back", "act"), ("done", "ask")):
        spans = seen.affirmed(name)
        if spans and not seen.has("i-am-back"):
            return _said_back(seen, spans[0][0], "act" if certainty == "act" else "ask")
    return _return_noun(seen) or _left_there(seen)


_GIVEN = frozenset("donne donnee donnees confie confiee confies".split())


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


def _left_there(seen: Sense) -> Verdict | None:
    """*Je l'ai laissée à l'accueil*."""
    act = _certain(seen.done("leave"))
    if act is None or not (act.helped or act.place == seen.said.core()[0]):
        return None
    words = seen.said.words
    if words[act.place] in _GIVEN:  # *je l'ai donnée à votre collègue*, *je vous l'ai confiée*; not *on m'a donné*
        near = words[max(0, act.place - 3) : act.place]
        return Verdict(Intent.RETURN, "ask", act.place) if near[1:2] == ["l"] and _to_the_desk(seen, act) else None
    after = {seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place}
    return Verdict(Intent.RETURN, "ask", act.place) if after & AT_THE_DESK else None


def _said_done(seen: Sense, act: Act) -> Verdict:
    clause, words = set(seen.said.clause(act.place)), seen.said.words
    ifs = [first for first, _ in seen.cues.get("if", ()) if words[first - 1 : first] != ["mais"]]  # *mais si !*
    if any(first in clause and first < act.place for first in ifs):
        return Verdict(Intent.NOT_RETURN)
    if act.by == "nobody" and _once_it_is(seen, act):
        return Verdict(Intent.NOT_RETURN)
    soon = any(
        not said_after_remainder(seen.said, act.place, span) and not _a_moment_ago(seen, act, span)
        for span in seen.cues.get("soon", ())
    )
    if soon and not act.helped:
        return Verdict(Intent.NOT_RETURN)
    doubtful = seen.has("perhaps", "soon", "except") or (_ahead(seen) and not act.helped) or _thought_better(seen, act)
    return Verdict(Intent.RETURN, "ask" if doubtful else "act", act.place)


_BETTER = re.compile(
    r"\b(?:ah|euh|heu|oups|enfin|mais|en fait|attends|attendez|oops|wait|actually|but|er)\W+"
    r"(?:(?:non|nan|no|nope)\W+)?(?:non|nan|no|nope|(?:(?:en fait|toujours|actually)\W+)?(?:pas encore|not yet))\W*$"
    r"|\b(?:je (?:rigole|plaisante)|c etait une blague|(?:just|only) (?:kidding|joking))\b"
)


def _thought_better(seen: Sense, act: Act) -> bool:
    """*J'ai rendu... ah non, pas encore*: taken back as soon as it was said."""
    return _BETTER.search(fold(seen.said.text[seen.said.tokens[act.place].end :])) is not None


_ONCE = re.compile(r"\b(?:des qu|lorsqu|aussitot qu|une fois qu|as soon as|once)(?:e|')?\b")


def _once_it_is(seen: Sense, act: Act) -> bool:
    """*Dès qu'elle est rendue je vous écris*: not before."""
    clause = [seen.said.words[i] for i in seen.said.clause(act.place) if i < act.place]
    return _ONCE.search(" ".join(clause)) is not None


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


_ON_ITS_WAY = frozenset("bringing returning dropping taking giving".split())


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
            return _asked_to_return(seen, act)
        if act.state == "done":
            return Verdict(Intent.RETURN, "ask", act.place)
        wish = _wished_before(seen, act)
        if wish is not None:
            return wish
        if act.state in ("will", "must") or _future(seen) or seen.has("soon", "late", "if"):
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


def _asked_to_return(seen: Sense, act: Act) -> Verdict:
    obliged = {seen.said.words[i] for i in seen.said.clause(act.place)} & _OBLIGED
    if act.state != "done" and not obliged and _of_opening(seen, act):
        return Verdict(Intent.HUMAN)
    if seen.has("when"):
        return Verdict(Intent.LIST)
    if act.state == "done":
        begins = any(span[0] < act.place for span in seen.cues.get("ask", ())) or "quoi" in seen.said.words
        return Verdict(Intent.LIST) if begins or act.by == "other" else Verdict(Intent.RETURN, "ask", act.place)
    if seen.has("where") or _by_or_to_somebody(seen, act):
        return Verdict(Intent.HUMAN)
    if seen.has("where-how"):
        return Verdict(Intent.HELP)
    return Verdict(Intent.NOT_RETURN if _future(seen) and not obliged else Intent.LIST)


def _by_or_to_somebody(seen: Sense, act: Act) -> bool:
    """*Mon voisin peut la rendre ?*, *je peux la déposer chez le gardien ?*: whether that will do, a person says."""
    near = {seen.said.words[i] for i in seen.said.clause(act.place)}
    return not _future(seen) and bool(near & _RELATIVES or near & AT_THE_DESK or "chez" in near)


_RELATIVES = OTHERS - frozenset("il elle ils elles tu vous he she they you quelqu someone somebody".split())
_OBLIGED = frozenset("dois doit faut must have oblige obligee".split())
"""*Dois-je la rendre aujourd'hui ?* asks when it is due; *je peux la rendre lundi ?* names a day to come."""


def coming(seen: Sense) -> Verdict | None:
    """*Je passe demain*, *pas possible mardi, plutôt jeudi*: a day is named to come by, nothing is back yet."""
    if not _future(seen) or _core(seen) > 8 or seen.of("borrow"):
        return None
    named = seen.affirmed("coming", "rather", "unable")
    return Verdict(Intent.NOT_RETURN) if named and not seen.has("fetching") else None


def arriving(seen: Sense) -> Verdict | None:
    """*L'échelle arrive demain*: the thing itself is announced for a day to come."""
    spans = seen.affirmed("arriving")
    if not spans or spans[0][0] == 0 or not _future(seen) or _core(seen) > 6 or seen.asked():
        return None
    return Verdict(Intent.NOT_RETURN, place=spans[0][0])


def late(seen: Sense) -> Verdict | None:
    """*Je suis en retard*, *I still have it*, *pas encore*."""
    if not seen.has("late") or seen.of("borrow") or _core(seen) > 14:
        return None
    return Verdict(Intent.LIST if seen.asked() and not seen.has("unable") else Intent.NOT_RETURN)


# --- more time ---------------------------------------------------------------------------------------------


_KEEPING = frozenset("garde garder gardes gardons garderai gardez keep kept keeping conserver conserve".split())


def _only_asks_when(seen: Sense) -> bool:
    """*Jusqu'à quand je peux la garder ?*, *quel est le délai ?*: asks for the due time, not for more."""
    whens = {place for span in seen.cues.get("when", ()) for place in range(*span)}
    wishes = seen.affirmed("more-time")
    wished = bool(wishes or seen.of("extend"))
    return wished and bool(whens) and all(whens.issuperset(range(*span)) for span in wishes)


_MORE = re.compile(
    r"\b(?:encore|rallonge de|another)\s(?:\d{1,2}|[a-z]{2,7})\s?(?:j|jours?|h|heures?|sem\w*|mois|days?|weeks?)\b"
    r"|\b\d{1,3}\s?(?:h|hrs?|heures?|mn|min\w*|j|jr|hours?)\s"
    r"(?:de plus|en plus|de rab|supplementaires?|more|longer|extra)\b"
)
_INSTEAD = {("au", "lieu"), ("instead", "of")}
_LEFT_OF_IT = frozenset("reste restent left".split())


def _some_more(seen: Sense) -> bool:
    """*Encore 2j svp*, *une rallonge de 3 jours*; *il me reste encore 2 jours* states it."""
    return _MORE.search(fold(seen.said.text)) is not None and _LEFT_OF_IT.isdisjoint(seen.said.words)


def _for_me(seen: Sense, act: Act) -> bool:
    """*Keep the drill for me*."""
    words = [seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place]
    return seen.said.words[act.place] == "keep" and act.by == "nobody" and words[-2:] == ["for", "me"]


def longer(seen: Sense) -> Verdict | None:
    """PROLONGER in a sentence; negated ("pas besoin de prolonger") it is a plain no."""
    if seen.asked() and _only_asks_when(seen):
        return Verdict(Intent.LIST)
    if _future(seen) and seen.said.text.startswith("+"):
        return Verdict(Intent.EXTEND)
    if _future(seen) and _core(seen) < 5 and _INSTEAD & set(pairwise(seen.said.words)):
        return Verdict(Intent.EXTEND, "ask")  # *samedi au lieu de vendredi*: later than now due, or sooner
    if _future(seen) and _some_more(seen) and not seen.of("extend"):
        return Verdict(Intent.EXTEND, _unless_asked(seen))
    acts = [act for act in seen.of("extend") if not (act.by == "other" and not act.asked) or act.state == "not"]
    put_aside = {place for span in seen.cues.get("reserving", ()) for place in range(*span)}  # *gardez-moi une tente*
    acts = [act for act in acts if act.place not in put_aside]
    acts = [act for act in acts if seen.said.words[act.place - 1 : act.place] != ["stop"]]  # *stop keeping my data*
    if any(_for_me(seen, act) for act in acts):
        return Verdict(Intent.RESERVE, _unless_asked(seen))
    spans = [s for s in seen.affirmed("more-time") if seen.said.words[s[0] - 1 : s[0]] != ["any"]]  # *can't any longer*
    if any(act.state == "not" for act in acts) and not spans:
        return Verdict(Intent.NO)
    acts = [act for act in acts if act.state != "not"]
    if acts and acts[0].state == "done" and seen.said.words[acts[0].place] in _KEEPING and not spans:
        return Verdict(Intent.NOT_RETURN)
    if not acts and not spans:
        return Verdict(Intent.NO) if seen.has("more-time") and _core(seen) < 8 else None
    place = acts[0].place if acts else spans[0][0]
    already = bool(acts) and acts[0].state == "done" and acts[0].helped
    return Verdict(Intent.EXTEND, "ask" if seen.asked() or already else "act", place)


# --- what is out, what could be ---------------------------------------------------------------------------------


def cleared(seen: Sense) -> Verdict | None:
    wanted = seen.has("clear") or (seen.has("clear?") and seen.asked())
    return Verdict(Intent.QUITUS) if wanted and not _has_certain_return(seen) else None


def reserving(seen: Sense) -> Verdict | None:
    acts = seen.of("reserve")
    if any(act.state == "not" for act in acts):
        return Verdict(Intent.NO)
    if not acts and not seen.affirmed("reserving"):
        return None
    done = any(act.state == "done" and act.helped for act in acts)
    return Verdict(Intent.RESERVE, "ask" if seen.asked() or done else "act")


def opening(seen: Sense) -> Verdict | None:
    """Opening hours: answered with the contact line, passed on to a person."""
    told = seen.affirmed("coming") and _future(seen) and not seen.asked()  # *je passe avant la fermeture*
    return Verdict(Intent.HUMAN) if seen.has("opening") and not told and (seen.asked() or _core(seen) < 5) else None


_TO_BE_HAD = frozenset("libre libres dispo disponible disponibles disponibilite available free".split())


def listing(seen: Sense) -> Verdict | None:
    if not _TO_BE_HAD.isdisjoint(seen.said.words) and seen.affirmed("want-thing"):
        return None  # *la perceuse est libre quand ?*
    asked_when = seen.has("when") and (seen.asked() or _core(seen) < 7)
    asked_what = seen.has("took") and seen.asked()
    arrived = seen.has("got-it") and seen.asked()
    return Verdict(Intent.LIST) if seen.has("my-loans") or asked_when or asked_what or arrived else None


def reminded(seen: Sense) -> Verdict | None:
    return Verdict(Intent.REMINDERS) if seen.has("remind") else None


def a_person(seen: Sense) -> Verdict | None:
    where = seen.has("where") and seen.asked() and _core(seen) < 7
    return Verdict(Intent.HUMAN) if seen.affirmed("person") or seen.has("place") or where else None


def help_wanted(seen: Sense) -> Verdict | None:
    return Verdict(Intent.HELP) if seen.has("help") else None


_LENT_ON = frozenset("prete pretee pretes pretees lent".split())
"""*Je l'ai prêtée à mon voisin*, *ma femme l'a prise*: nothing is borrowed anew, and staff want to know."""


def borrowing(seen: Sense) -> Verdict | None:
    """A verb of borrowing."""
    acts = seen.of("borrow")
    given_up = {"finalement", "plus", "anymore", "longer"} & set(seen.said.words)
    if any(act.state == "not" for act in acts):  # *je ne prends plus la tente*: of a request or a place in the list
        return Verdict(Intent.CANCEL, "ask") if given_up and not seen.asked() else Verdict(Intent.NO)
    if acts:
        act = acts[0]
        done = act.state == "done" and act.helped
        if done and not act.asked and (act.by != "me" or seen.said.words[act.place] in _LENT_ON):
            return Verdict(Intent.HUMAN)
        if act.asked and (done or seen.has("where-how")):
            return Verdict(Intent.LIST if done else Intent.HELP)
        return Verdict(Intent.BORROW, "ask" if act.asked or done else "act", act.place)
    return None


_NO_THING = frozenset(
    """raison tort passe bien recu recue vu vue compris lu note eu pu fait trouve dit right received seen read got
    understood""".split()
)


def _of_no_thing(seen: Sense, span: Span) -> bool:
    """*Vous avez raison*, *avez-vous bien reçu mon mail ?*"""
    return seen.said.words[span[1] - 1] in ("avez", "vous", "have", "you") and not _NO_THING.isdisjoint(
        seen.said.words[span[1] : span[1] + 1]
    )


def wanting(seen: Sense) -> Verdict | None:
    """An item wished for: *il me faut une échelle*, *la perceuse est dispo ?*"""
    spans = [span for span in seen.affirmed("want-thing") if not _of_no_thing(seen, span)]
    if not spans and seen.has("want-thing") and "finalement" in seen.said.words:
        return Verdict(Intent.CANCEL, "ask")
    if not spans:
        refused = any(seen.denied(span) for span in seen.cues.get("want-thing", ()))
        return Verdict(Intent.NO) if refused and _core(seen) < 8 else None
    return Verdict(Intent.BORROW, _unless_asked(seen), spans[0][0])


RULES: tuple[Rule, ...] = (
    contested, tongue, needing_somebody, wrong, taken_back, cleared, paid, given_back, longer, denied, returning, again,
    paused, owed, reserving, opening, listing, late, reminded, borrowing, a_person, help_wanted, wanting, coming,
    arriving,
)  # fmt: skip
"""In this order: what needs a person before what changes a loan, what is certain before what is asked."""
