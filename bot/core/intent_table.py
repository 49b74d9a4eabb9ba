"""The words people type and what each wants, in both languages: the whole vocabulary of commands on one screen.

All folded (`bot.core.spoken`), separated by commas; c'est rendu is `c est rendu`. What sentences mean is in
`intent_rules`. CANCEL, END, QUIT and YES are carriers' words: the first three stop, none is ever offered as ours.
"""

from __future__ import annotations

from bot.core.intent import Intent
from bot.core.records import record


@record(frozen=True, slots=True)
class Row:
    """The words that mean an intent when a message begins with them. named: the name of a thing may follow."""

    intent: Intent
    fr: str
    en: str
    named: bool = False


TABLE = (
    Row(Intent.RETURN, "rendu, rendue, rendus, rendues, retour, rapporte, ramene, restitue, c est rendu, ✅, fait",
        "returned, back, given back, brought back, it is back, dropped off, done, sorted", named=True),
    Row(Intent.NOT_RETURN, "pas rendu, pas encore rendu, pas encore, non rendu", "not returned, not yet"),
    Row(Intent.EXTEND, "prolonger, prolongation, prolonge, prolongez, rallonger, plus de temps, delai",
        "extend, extension, renew, more time, keep", named=True),
    Row(Intent.LIST, """mes prets, mesprets, mes pret, prets, mon pret, mon emprunt, mes emprunts, emprunts, liste,
        en cours""", "my loans, loans, my loan, list, my items, my stuff, status"),
    Row(Intent.BORROW, "pret, emprunt, emprunter, preter, louer",
        "borrow, loan, lend, lend me, borrowing, hire", named=True),
    Row(Intent.HELP, "aide, menu, info, infos, au secours, quoi, c est quoi",
        "help, menu, info, commands, sos, what, huh"),
    Row(Intent.STOP, "stop, arret, arreter, desabonner, desinscrire",
        "stop, stopall, unsubscribe, optout, cancel, end, quit, revoke"),
    Row(Intent.START, "start, demarrer, reabonner", "start, unstop, resubscribe"),
    Row(Intent.PAUSE, "pause, suspendre", "pause, snooze, mute"),
    Row(Intent.BALANCE, "solde, mon solde, dette, mes dettes, facture, ma dette, qu est ce que je dois, je dois quoi",
        "balance, my balance, debt, my debts"),
    Row(Intent.PAID, "paye, payee, regle, j ai paye, c est paye", "paid, payed, i paid", named=True),
    Row(Intent.LANGUAGE, "langue, anglais, francais, en francais, en anglais, fr",
        "language, english, french, in english, in french, en"),
    Row(Intent.HUMAN, "contact, humain, conseiller, equipe, telephone, horaires, horaire, adresse, rappelez moi",
        "contact, human, agent, operator, phone, hours, address, call me"),
    Row(Intent.PROBLEM, "probleme, panne, casse, cassee, perdu, perdue, un probleme, en panne, souci",
        "problem, broken, damaged, lost, issue", named=True),
    Row(Intent.CANCEL, "annuler, annule, annulez, annulation, laisse tomber, erreur, oubliez, oublie, oublie ca",
        "undo, never mind, mistake"),
    Row(Intent.RESERVE, "reserver, reservation, reserve, liste d attente", "reserve, reservation, book, waitlist, hold",
        named=True),
    Row(Intent.QUITUS, "quitus, attestation, certificat", "clearance, certificate"),
    Row(Intent.REMINDERS, "rappels, rappel, mes rappels", "reminders, reminder, my reminders"),
    Row(Intent.DISPUTE, "conteste, contester, je conteste, contestation", "dispute, i dispute, contest"),
    Row(Intent.YES, "oui, ouais, ouep, oui oui, bien sur, absolument, exactement, tout a fait, je confirme, c est ca",
        "sure, yes, yeah, yep, yup, aye, go ahead, of course, absolutely, correct, exactly"),
    Row(Intent.NO, """non, nan, non non, rien, non rien, rien du tout, jamais, pas maintenant, non pas du tout, ❌,
        absolument pas, ni l une ni l autre, ni l un ni l autre, aucun des deux, aucune des deux""",
        "no, nope, nah, nothing, not now, no way"),
)  # fmt: skip
