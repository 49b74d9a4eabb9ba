"""What the sandbox's doors answer when they refuse: one kind sentence, in the language asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Sentence = Literal[
    "backwards", "blocked", "empty", "foreign", "no_button", "no_file", "no_message", "no_phone", "no_writer",
    "not_json", "text_wanted", "token", "too_far", "too_large", "too_long", "which_time",
    "which_trouble",
]  # fmt: skip

SENTENCES: dict[Sentence, tuple[str, str]] = {
    "backwards": (
        "L’horloge du bac à sable n’avance que vers l’avant ; il y est {now}.",
        "The sandbox clock only moves forward; it is {now} there.",
    ),
    "blocked": (
        "Cette personne a bloqué le bot : elle doit d’abord le débloquer.",
        "This person has blocked the bot and would have to unblock it first.",
    ),
    "empty": ("Il n’y a rien à envoyer : écrivez quelques mots.", "There is nothing to send: write a few words."),
    "foreign": (
        "Cette demande vient d’un autre site ou porte un autre nom que le vôtre. Ouvrez la page par localhost.",
        "This request comes from another site or by another name. Open the page by localhost.",
    ),
    "no_button": (
        "Ce bouton n’est plus là ; il a peut-être déjà servi.",
        "That button is no longer there; it may have been used already.",
    ),
    "no_file": ("Ce fichier n’existe pas.", "There is no such file."),
    "no_message": ("Ce message n’est pas dans cette conversation.", "That message is not in this conversation."),
    "no_phone": (
        "Ce téléphone n’existe pas ; ceux qui existent sont dans /sandbox/state.",
        "There is no such phone; /sandbox/state lists those that exist.",
    ),
    "no_writer": ("Cette personne n’est pas dans cette conversation.", "That person is not in this conversation."),
    "not_json": (
        'Envoyez un objet JSON, par exemple {{"phone": "awa", "text": "RENDU"}}.',
        'Send a JSON object, for instance {{"phone": "awa", "text": "RENDU"}}.',
    ),
    "text_wanted": ("Il manque « {name} », un texte.", "“{name}” is missing; it is a text."),
    "token": (
        "Cette page demande le code imprimé au démarrage du service : ajoutez ?token=… à l’adresse.",
        "This page asks for the token printed when the service starts: add ?token=… to the address.",
    ),
    "too_far": (
        "C’est trop loin : {days} jours au plus à la fois.",
        "That is too far: {days} days at most in one go.",
    ),
    "too_large": ("C’est trop long pour une conversation.", "That is too large for a conversation."),
    "too_long": ("C’est trop long : {most} caractères au plus.", "That is too long: {most} characters at most."),
    "which_trouble": (
        'Dites lequel : {{"what": "down", "on": true}} ; il y a down, slow, window, off et dead.',
        'Say which one: {{"what": "down", "on": true}}; there are down, slow, window, off and dead.',
    ),
    "which_time": (
        'Dites une seule heure : {{"to": "2026-11-27T08:00:00+01:00"}}, {{"by": 1800}} en secondes '
        'ou {{"next": "08:00"}}.',
        'Give one time: {{"to": "2026-11-27T08:00:00+01:00"}}, {{"by": 1800}} in seconds or {{"next": "08:00"}}.',
    ),
}


def say(sentence: Sentence, languages: str, facts: Mapping[str, object]) -> str:
    """The sentence with its facts; English when that is the first of `Accept-Language`, else French."""
    french, english = SENTENCES[sentence]
    return (english if languages.strip().lower().startswith("en") else french).format(**facts)
