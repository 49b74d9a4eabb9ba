"""The French form of why rows of a list are refused: the command line says it in English, the chat in its language.

Each pattern is a sentence of `lists`, `listed`, `store.importing`, `workbook` or `papers` behind the place of the row;
what matches none stays as it is.
"""

from __future__ import annotations

import re

from bot.core.items import ItemState

_COLUMNS = {
    "code": "le code", "name": "le nom", "first_name": "le prénom", "phone": "le téléphone", "person": "la personne",
    "due_at": "l'échéance", "lent_at": "la date de prêt", "category": "la catégorie", "check": "à vérifier",
    "amount": "le montant", "reference": "la référence", "paid_at": "la date de paiement",
    "debt_due_at": "l'échéance de la créance",
    "pieces": "les pièces", "number": "le numéro", "item": "le matériel", "language": "la langue",
    "telegram": "telegram", "email": "l'e-mail",
}  # fmt: skip
_KINDS = {"items": "matériel", "people": "personnes", "loans": "prêts", "debts": "créances", "payments": "paiements"}
_STATES: dict[str, str] = {
    ItemState.IN_REPAIR: "en réparation", ItemState.LOST: "perdu", ItemState.RETIRED: "retiré du prêt"
}  # fmt: skip
_CSV = "enregistrez-le en « CSV UTF-8 »"

_FRENCH: tuple[tuple[str, str], ...] = (
    (r"larger than (\d+) MB: split it", r"plus de \1 Mo : coupez-le"),
    (r"an Excel or OpenDocument workbook, not a CSV file: .*", f"un classeur, pas un fichier CSV : {_CSV}"),
    (r"a workbook that cannot be read: .*", f"un classeur illisible : {_CSV}"),
    (r"a file that cannot be read: .*", f"un fichier illisible : {_CSV}"),
    (r"neither a CSV file nor a whole workbook: .*", f"ni un fichier CSV, ni un classeur entier : {_CSV}"),
    (r"a workbook of another kind than \.xlsx: .*", f"un classeur d'une autre sorte que .xlsx : {_CSV}"),
    (r"a workbook of more than (\d+) MB unpacked: .*", r"un classeur de plus de \1 Mo une fois ouvert : coupez-le"),
    (r"(?:not a text file in UTF-8 or|neither UTF-8 nor) Windows-1252: .*", f"un texte illisible : {_CSV}"),
    (r"line (\d+): a quotation mark .*", r"ligne \1 : un guillemet mal placé ou jamais refermé"),
    (r"empty: .*", "vide : la première ligne doit nommer les colonnes"),
    (r"the columns (?P<both>.+) both mean \w+: keep one", "les colonnes {both} disent la même chose : gardez-en une"),
    (r"no column is known: .*", "aucune colonne connue : code et nom pour le matériel, nom et téléphone pour les"
     " personnes, code, personne et date de retour pour les prêts, personne, montant et échéance pour les créances,"
     " personne et montant pour les paiements"),
    (r"reads like a list of (?P<kind>\w+), but a column is missing: (?P<column>.+)",
     "une liste de {kind}, mais il manque une colonne : {column}"),
    (r"more than (\d+) rows: split it", r"plus de \1 lignes : coupez-le"),
    (r"(\d+) cells where the header has (\d+)", r"\1 cases, mais \2 colonnes en tête"),
    (r"a cell of more than (\d+) characters", r"une case de plus de \1 caractères"),
    (r"a cell of more than (\d+) characters, over several lines: .*",
     r"une case de plus de \1 caractères, sur plusieurs lignes : le guillemet est-il refermé ?"),
    (r"pieces: more than (\d+)", r"plus de \1 pièces"),
    (r"pieces: “(.*)” has more than (\d+) characters", r"la pièce « \1 » a plus de \2 caractères"),
    (r"pieces: “(.*)” stands there twice: .*", r"la pièce « \1 » y est deux fois : écrivez « 2 \1 »"),
    (r"“(.*)” is no code: .*", r"« \1 » n'est pas un code : lettres, chiffres, . _ / -, 40 au plus"),
    (r"a (?P<column>\w+) of more than (?P<most>\d+) characters", "plus de {most} caractères : {column}"),
    (r"neither name nor phone", "ni nom ni téléphone"),
    (r"no person with (.+): put them into a list of people first",
     r"personne n'a le \1 : ajoutez d'abord la personne à une liste de personnes"),
    (r"no person called (.*): put them into a list of people first",
     r"personne ne s'appelle \1 : ajoutez d'abord la personne à une liste de personnes"),
    (r"no debt (.*) of this person", r"cette personne n'a rien à régler sous \1"),
    (r"(.*) is noted already for this person", r"\1 est déjà noté pour cette personne"),
    (r"(.*) is in another currency", r"\1 est dans une autre monnaie"),
    (r"“(.*)”: only what is still owed .*", r"« \1 » : seul ce qui reste dû est repris, retirez la ligne"),
    (r"currency “(.*)”: .*", r"monnaie « \1 » : trois lettres, EUR ou XOF"),
    (r"amount “(.*)” is no amount", r"« \1 » n'est pas un montant"),
    (r"amount “(.*)” must be more than zero", r"montant « \1 » : il faut plus que zéro"),
    (r"amount “(.*)” has more decimals than its currency", r"montant « \1 » : trop de décimales pour cette monnaie"),
    (r"amount “(.*)” is too large", r"montant « \1 » trop grand"),
    (r"no item (\S+)", r"le code \1 n'existe pas ici"),
    (r"no (?P<column>\w+)", "il manque {column}"),
    (r"“(.*)” is a landline: .*", r"« \1 » est un téléphone fixe : aucun message n'y arrive"),
    (r"“(.*)” was shortened by the spreadsheet: .*",
     r"« \1 » a été abrégé par le tableur : mettez la colonne en texte et retapez le numéro"),
    (r"“(.*)” may be of two countries: write it with its \+", r"« \1 » peut être de deux pays : écrivez-le avec son +"),
    (r"“(.*)” is no phone number", r"« \1 » n'est pas un numéro de téléphone"),
    (r"telegram “(.*)”: .*", r"telegram « \1 » : il faut l'identifiant en chiffres, on ne peut pas écrire à un @nom"),
    (r"“(.*)” is no e-mail address", r"« \1 » n'est pas une adresse e-mail"),
    (r"consent “(.*)”: yes or no", r"accord « \1 » : oui ou non"),
    (r"language “(.*)”: .*", r"langue « \1 » : fr et en sont connues"),
    (r"due_at is not after lent_at", "la date de retour n'est pas après la date de prêt"),
    (r"paid_at “(.*)” is still to come", r"date de paiement « \1 » à venir : le paiement n'est pas encore arrivé"),
    (r"lent_at “(.*)” is still to come: .*", r"date de prêt « \1 » à venir : seuls les prêts en cours sont repris"),
    (r"number “(.*)”: 1 to (\d+), .*", r"numéro « \1 » : de 1 à \2, ce que la personne répond (RENDU 2)"),
    (r"(?P<column>\w+) “(?P<typed>.*)” is no time .*",
     "{column} « {typed} » n'est pas une date (27/11/2026 ou vendredi 18h, par exemple)"),
    (r"(?P<column>\w+) “(?P<typed>.*)” may lie in the past: write it with its year, (?P<first>.*)",
     "{column} « {typed} » est peut-être passée : écrivez-la avec son année, {first}"),
    (r"(?P<column>\w+) “(?P<typed>.*)” lies outside the years (?P<first>\d+) to (?P<last>\d+)",
     "{column} « {typed} » n'est pas entre {first} et {last}"),
    (r"code (\S+) stands already in (?P<place>.+)", r"le code \1 est déjà dans {place}"),
    (r"(.+) stands already in (?P<place>.+)", r"\1 est déjà dans {place}"),
    (r"(.+) stands in (?P<place>.+) too: .*", r"\1 est aussi dans {place} : un numéro de téléphone les distinguera"),
    (r"(\S+) is lent already in (?P<place>.+)", r"\1 est déjà prêté dans {place}"),
    (r"(\S+) is another department's", r"\1 est d'un autre service"),
    (r"another department knows this person too: .*",
     "un autre service connaît aussi cette personne : elle seule peut ajouter une adresse"),
    (r"its addresses belong to (\d+) people", r"ses adresses sont à \1 personnes"),
    (r"“(.*)” may be any of (\d+) people", r"« \1 » peut désigner \2 personnes"),
    (r"the same person as in (?P<place>.+)", "la même personne que dans {place}"),
    (r"(\S+) cannot be lent: (?P<state>\w+)", r"\1 ne se prête pas : {state}"),
    (r"(\S+) is out already, lent to (.*)", r"\1 est déjà sorti, chez \2"),
    (r"number (\d+) is, or was lately, .*",
     r"le numéro \1 est, ou était il y a peu, celui d'un autre prêt de la personne"),
    (r"more than (\d+) loans of one person", r"plus de \1 prêts d'une même personne"),
    (r"(\d+) people are called (.*): write the number instead", r"\1 personnes s'appellent \2 : écrivez leur numéro"),
    (r"the desk changed the same things at the same moment: .*",
     "le service a changé la même chose au même moment : réessayez"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), french) for pattern, french in _FRENCH)
_PLACED = re.compile(r"(?P<file>[^:]+?)(?:, line (?P<line>\d+))?: (?P<why>.*)", re.DOTALL)
_PLACE = re.compile(r"(.+), line (\d+)")


def in_french(fault: str) -> str:
    """ "items.csv, line 3: no name" → "items.csv, ligne 3 : il manque le nom"."""
    placed = _PLACED.fullmatch(fault)
    if placed is None:
        return _why(fault)
    line = f", ligne {placed['line']}" if placed["line"] else ""
    return f"{placed['file']}{line} : {_why(placed['why'])}"


def _why(english: str) -> str:
    for pattern, french in _PATTERNS:
        found = pattern.fullmatch(english)
        if found is not None:
            return _filled(french, found)
    return english


def _filled(french: str, found: re.Match[str]) -> str:
    """Typed values may contain braces or backslashes: they are filled in last, unchanged."""
    return re.sub(r"\\(\d)|\{(\w+)\}", lambda m: found[int(m[1])] if m[1] else _word(m[2], found[m[2]]), french)


def _word(name: str, value: str) -> str:
    match name:
        case "column":
            return " ou ".join(_COLUMNS.get(one, one) for one in re.split(r" or |, ", value))
        case "both":
            return value.replace("” and “", "” et “")
        case "kind":
            return _KINDS.get(value, value)
        case "state":
            return _STATES.get(value, value)
        case "place":
            return _PLACE.sub(r"\1, ligne \2", value)
    return value
