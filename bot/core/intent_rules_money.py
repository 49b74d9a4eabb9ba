"""Rules of sentences about money: paid, promised, owed."""

from __future__ import annotations

import re

from bot.core.intent import Intent
from bot.core.intent_acts import Act, Sense
from bot.core.intent_naming import priced
from bot.core.intent_rules_return import once_it_is
from bot.core.intent_verbs import LATER_AUX, MODALS, VERBS, WISHES
from bot.core.intent_verdict import Verdict, certain, has_due, unless_asked
from bot.core.spoken import fold

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
_PAYMENT = frozenset(
    """virement paiement reglement argent somme cheque mandat acompte espece especes sous payment money transfer cash
    cheque check deposit instalment""".split()
)
_REFUSING = frozenset("refuse refusons refuses refusing".split())
_SENDING = frozenset("envoyer envoie enverrai enverrons verserai send sending".split())


def paid(seen: Sense) -> Verdict | None:
    """PAYE in a sentence. A promise with its day is one too: the reminders rest until then."""
    if seen.affirmed("money-sent") or (seen.has("money") and (_money_back(seen) or _money_went(seen))):
        return Verdict(Intent.PAID, unless_asked(seen))
    if _gave_a_sum(seen):
        return Verdict(Intent.PAID, "ask")
    if has_due(seen) and not seen.asked() and _SENDING & set(seen.said.words) and _PAYMENT & set(seen.said.words):
        return Verdict(Intent.PAID)  # *je vous envoie l'argent demain*
    acts = seen.of("pay")
    if not acts or certain(seen.done("return")):
        return None
    if _TOO_MUCH.search(fold(seen.said.text)):
        return Verdict(Intent.HUMAN)
    act = next((act for act in acts if act.state in ("now", "will")), acts[0]) if has_due(seen) else acts[0]
    if act.state == "not":
        return _cannot_pay(seen, act)
    if _REFUSING.intersection(seen.said.words[max(0, act.place - 3) : act.place]):
        return Verdict(Intent.HUMAN)  # *je refuse de payer*
    if act.state != "done" and _BY_PARTS.search(fold(seen.said.text)):
        return Verdict(Intent.HUMAN)
    if act.asked and not (has_due(seen) and seen.said.tokens[act.place].part not in seen.said.asked):
        return Verdict(Intent.BALANCE)
    return _payment(seen, act)


def _money_back(seen: Sense) -> bool:
    """*J'ai rendu l'argent*; not *j'ai rendu la perceuse, mais la facture est fausse*."""
    act = certain(seen.done("return"))
    clause = seen.said.clause(act.place) if act is not None else []
    return act is not None and any(span[0] in clause and span[0] > act.place for span in seen.cues.get("money", ()))


_WENT = frozenset("effectue effectuee envoye envoyee transfere transferee parti passe valide made sent through".split())
_TO_ME = frozenset("m me nous".split())


def _money_went(seen: Sense) -> bool:
    """*Le paiement a bien été effectué*; not *vous m'avez envoyé une facture*."""
    words = seen.said.words
    if _PAYMENT.isdisjoint(words):
        return False
    places = [i for i, word in enumerate(words) if word in _WENT and not _TO_ME.intersection(words[max(0, i - 3) : i])]
    return any(not seen.denied((i, i + 1)) for i in places)


_GAVE = frozenset("donne envoye verse transfere vire gave sent transferred handed".split())


_WHO_GAVE = frozenset("ai avons i we just".split())


def _gave_a_sum(seen: Sense) -> bool:
    """*J'ai donné 20 € à Sam*; not *on m'a envoyé une facture de 20 €*."""
    words = seen.said.words
    first = next(iter(seen.said.core()), -1)
    gave = [i for i, word in enumerate(words) if word in _GAVE and i and words[i - 1] in _WHO_GAVE]
    gave += [first] if first >= 0 and words[first] in _GAVE - {"donne"} else []  # *sent 50 cedis by momo*
    by_service = _BY_SERVICE.search(fold(seen.said.text)) is not None
    return any(not seen.asks(i) and (by_service or priced(seen.said, i)) for i in gave)


_BY_SERVICE = re.compile(
    r"\d\s*(?:par|via|sur|avec|by|with|on)\s+(?:wave|orange|om|free money|momo|mtn|moov|m-?pesa|lydia|paypal|revolut)\b"
)
"""*J'ai envoyé 10000 par wave*: no item is sent so."""


_WILL_PAY = frozenset().union(*(verbs["pay"]["later"] for verbs in VERBS.values()))
"""*Je ne paierai pas* wants an answer from somebody, not the sum once more."""


def _cannot_pay(seen: Sense, act: Act) -> Verdict:
    words = {seen.said.words[i] for i in seen.said.clause(act.place)}
    refused = words & (MODALS | LATER_AUX | WISHES | {"refuse"}) or seen.said.words[act.place] in _WILL_PAY
    return Verdict(Intent.HUMAN if refused else Intent.BALANCE)


_SURELY_PAY = frozenset(
    """paye payee payes payer paie paies payez paierai payerai paierons paid payed pay paying regle reglee reglerai
    vire viree rembourse rembourserai""".split()
)


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
        doubtful = act.by == "other" or seen.has("perhaps") or once_it_is(seen, act) or _for_another(seen, act)
        return Verdict(Intent.PAID, "ask" if doubtful else "act", act.place)
    if has_due(seen):
        return Verdict(Intent.PAID, "act", act.place)
    if act.state == "must":
        return Verdict(Intent.BALANCE)
    return Verdict(Intent.PAID, "ask", act.place) if sure or act.state in ("will", "wish") else None


_PAID_HERE = frozenset(
    """facture factures dette dettes somme solde montant amende caution loyer acompte reste tout totalite note addition
    location frais penalite penalites retard creance echeance mensualite fac cotisation abonnement adhesion moitie
    invoice bill debt rest balance fee fees fine deposit amount total half rent late membership money""".split()
)
_BEFORE_A_NOUN = frozenset("le la les l un une mes mon ma the my a".split())


def _for_another(seen: Sense, act: Act) -> bool:
    """*J'ai payé le parking*, *j'ai versé de l'eau dessus*: of no bill of the desk's."""
    behind = [seen.said.words[i] for i in seen.said.clause(act.place) if i > act.place]
    while behind[:1] and behind[0] in ("de", "for", "bien", "deja"):
        behind = behind[1:]
    noun = behind[1:2] if behind[:1] and behind[0] in _BEFORE_A_NOUN else []
    return bool(noun) and noun[0].isalpha() and noun[0] not in _PAID_HERE


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
    if seen.has("got-it") and seen.asked() and not _PAYMENT.isdisjoint(words):
        return Verdict(Intent.HUMAN)  # *avez-vous reçu mon virement ?*: who looks at the bank's account knows
    how_much = "combien" in words and words & _OWING and not seen.has("when")
    left = _LEFT_TO_PAY.search(fold(seen.said.text)) is not None
    still = "dois" in words and seen.has("money") and seen.asked()
    return Verdict(Intent.BALANCE) if seen.has("owe") or how_much or still or left else None
