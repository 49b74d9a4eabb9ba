"""Our French words with *tu* in place of *vous*, for desks that say so.

It changes the sentences of our own templates, not what people typed: tags are left alone, as are the words of admins.
The rules cover the grammar of our texts (imperatives, inversions, *vous* as subject, object and after a preposition,
possessives); a table lists the irregular verbs.
"""

from __future__ import annotations

import re
from functools import lru_cache

# vous … → (tu …, imperative)
_VERBS: dict[str, tuple[str, str]] = {
    "avez": ("as", "aie"), "êtes": ("es", "sois"), "faites": ("fais", "fais"), "refaites": ("refais", "refais"),
    "dites": ("dis", "dis"),
    "pouvez": ("peux", "peux"), "voulez": ("veux", "veuille"), "veuillez": ("veuilles", "veuille"),
    "vouliez": ("voulais", "voulais"), "devez": ("dois", "dois"), "savez": ("sais", "sache"), "allez": ("vas", "va"),
    "venez": ("viens", "viens"), "tenez": ("tiens", "tiens"), "prévenez": ("préviens", "préviens"),
    "revenez": ("reviens", "reviens"), "recevez": ("reçois", "reçois"), "recevrez": ("recevras", "recevras"),
    "pourrez": ("pourras", "pourras"), "aurez": ("auras", "auras"), "serez": ("seras", "seras"),
    "verrez": ("verras", "verras"), "devrez": ("devras", "devras"), "répondez": ("réponds", "réponds"),
    "attendez": ("attends", "attends"), "rendez": ("rends", "rends"), "prenez": ("prends", "prends"),
    "reprenez": ("reprends", "reprends"), "mettez": ("mets", "mets"), "remettez": ("remets", "remets"),
    "choisissez": ("choisis", "choisis"), "remplissez": ("remplis", "remplis"), "écrivez": ("écris", "écris"),
    "lisez": ("lis", "lis"), "ouvrez": ("ouvres", "ouvre"), "joignez": ("joins", "joins"), "voyez": ("vois", "vois"),
    "envoyez": ("envoies", "envoie"), "renvoyez": ("renvoies", "renvoie"), "payez": ("paies", "paie"),
    "essayez": ("essaies", "essaie"), "réessayez": ("réessaies", "réessaie"), "rappelez": ("rappelles", "rappelle"),
    "appelez": ("appelles", "appelle"), "suivez": ("suis", "suis"), "connaissez": ("connais", "connais"),
    "disposez": ("disposes", "dispose"), "préférez": ("préfères", "préfère"), "utilisez": ("utilises", "utilise"),
}  # fmt: skip
_NOT_VERBS = frozenset({"chez", "assez", "nez", "rez"})
_FEMININE = frozenset(
    """demande demandes réponse photo livraison commande confiance part prochaine première dernière liste personne
    facture dette date langue période question carte page conversation main boîte machine place""".split()
)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_HOLE = "\ue000"
_PRONOUNS = r"(?:[lmn]'|le |la |les |nous |me |ne |en |y )*"
_PREPOSITIONS = r"(?:pour|chez|avec|par|sans|sur|selon|à|d'après|de|que|et)"
_VERB = r"\w*(?:ez|êtes|faites|dites)"
_VOWELS = "aeiouyhàâéèêîôœ"


@lru_cache(maxsize=2048)
def tutoyer(source: str) -> str:
    """A template's words, its tags untouched: "Répondez STOP" → "Réponds STOP", "votre demande" → "ta demande"."""
    tags: list[str] = _TAG.findall(source)
    words = _reworded(_TAG.sub(_HOLE, source))
    parts = words.split(_HOLE)
    return "".join(part + tag for part, tag in zip(parts, [*tags, ""], strict=True))


def _reworded(text: str) -> str:
    text = re.sub(r"\b([Ss])'il vous plaît", r"\1'il te plaît", text)
    text = text.replace("vôtres", "tiens").replace("la vôtre", "la tienne").replace("le vôtre", "le tien")
    text = re.sub(rf"\b({_VERB})-vous\b", lambda m: _sung(m[1], 0) + "-tu", text)
    text = re.sub(rf"\b([Vv])ous ({_PRONOUNS})({_VERB})\b", _subject, text)
    text = re.sub(rf"\b{_VERB}\b", lambda m: _sung(m[0], 1), text)
    text = re.sub(
        rf"\b({_PREPOSITIONS}) vous(?! \w*(?:er|ir|re|oir)\b)(?! [a-zà-ÿ]+(?:e|s|t|a|d|ra)\b)", r"\1 toi", text
    )
    text = re.sub(rf"\b([Vv])ous (?=[{_VOWELS}])", lambda m: "T'" if m[1] == "V" else "t'", text)
    text = re.sub(r"\b([Vv])ous\b(?= [a-zà-ÿ])", lambda m: "Te" if m[1] == "V" else "te", text)
    text = re.sub(r"\b([Vv])ous\b", lambda m: "Toi" if m[1] == "V" else "toi", text)
    text = re.sub(r"\b([Vv])otre (\w*)", _possessive, text)
    return re.sub(r"\b([Vv])os\b", lambda m: "Tes" if m[1] == "V" else "tes", text)


def _subject(found: re.Match[str]) -> str:
    if found[3].lower() in _NOT_VERBS:
        return found[0]
    tu = "Tu" if found[1] == "V" else "tu"
    return f"{tu} {found[2]}{_sung(found[3], 0)}"


def _sung(verb: str, mood: int) -> str:
    """The verb with tu: 0 the indicative, 1 the imperative. Case is kept."""
    low = verb.lower()
    if low in _NOT_VERBS:
        return verb
    sung = _VERBS[low][mood] if low in _VERBS else low[:-2] + ("es", "e")[mood] if low.endswith("ez") else low
    return sung.capitalize() if verb[:1].isupper() else sung


def _possessive(found: re.Match[str]) -> str:
    noun = found[2]
    feminine = noun.lower() in _FEMININE and noun[:1].lower() not in _VOWELS
    mine = "ta" if feminine else "ton"
    return f"{mine.capitalize() if found[1] == 'V' else mine} {noun}"
