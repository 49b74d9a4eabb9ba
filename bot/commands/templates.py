"""`main.py whatsapp-templates`: submits the templates for WhatsApp's approval and keeps what is approved.

A template is named after its message, language and words (`pr_overdue_fr_1a2b3c`): the same words are never submitted
twice, changed words are a new template, and what Twilio holds is found again whatever happened to our file.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.channels.base import NotFetched
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio_templates import Template, TwilioTemplates
from bot.config import Config
from bot.core.messages import CATALOGUE, EX_LENT
from bot.core.records import record
from bot.texts import Texts

FILE = "whatsapp.toml"
WORDS = {
    "approved": "approuvé / approved",
    "rejected": "refusé / rejected",
    "unsubmitted": "à soumettre / not submitted",
}


@record(frozen=True, slots=True)
class Wanted:
    """A message that may leave as a template, with an example for each variable ("1": …)."""

    message: str
    language: str
    body: str
    examples: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.stem + hashlib.sha256(self.body.encode()).hexdigest()[:6]

    @property
    def stem(self) -> str:
        return f"pr_{self.message}_{self.language}_"


def wanted(texts: Texts, config: Config) -> list[Wanted]:
    """Every message with a template, in every language."""
    found = []
    for message, language in texts.templated:
        made = CATALOGUE[message](**CATALOGUE[message].example)
        content = texts.content(made, language=language, zone=config.timezone, now=EX_LENT)
        assert content is not None
        found.append(Wanted(message, language, content.body, content.variables))
    return found


async def run_templates(config: Config, *, only_look: bool) -> int:
    """Create and submit what is missing, show how each stands, keep the identifiers. 0 done, 1 not possible."""
    texts = Texts(sids=config.data_dir / FILE)
    if config.whatsapp_provider == "myoperator":
        return _for_myoperator(wanted(texts, config))
    if not config.whatsapp_on:
        print("TWILIO_WHATSAPP_FROM: no WhatsApp sender is configured; see docs/configuration.md", file=sys.stderr)
        return 1
    channel = TwilioChannel(
        "whatsapp", account_sid=str(config.twilio_account_sid), sender=config.twilio_whatsapp_from,
        auth_token=config.twilio_auth_token.get_secret_value() if config.twilio_auth_token else "",
        api_base=config.twilio_api_base,
    )  # fmt: skip
    try:
        standing = await _submitted(TwilioTemplates(channel), wanted(texts, config), only_look=only_look)
    except NotFetched as error:
        print(f"WhatsApp: {error}. `python main.py check` tries the account.", file=sys.stderr)
        return 1
    finally:
        await channel.close()
    _tell(standing)
    _keep(config.data_dir / FILE, standing)
    return 0


async def _submitted(
    templates: TwilioTemplates, rows: Iterable[Wanted], *, only_look: bool
) -> list[tuple[Wanted, Template]]:
    """Each with how it stands at Twilio, after what was missing has been created and submitted."""
    held = await templates.held()
    standing = []
    for row in rows:
        known = held.get(row.name, Template("", row.name, "unsubmitted"))
        if known.status == "unsubmitted" and not only_look:
            sid = known.sid or await templates.create(row.name, row.language, row.body, row.examples)
            await templates.submit(sid, row.name)
            known = Template(sid, row.name, "pending")
        standing.append((row, _usable(row, known, held.values())))
    return standing


def _usable(row: Wanted, known: Template, held: Iterable[Template]) -> Template:
    """While new words wait for approval, older ones with the same variables stay in use."""
    older = (t for t in held if t.name.startswith(row.stem) and t.status == "approved" and t.takes == set(row.examples))
    return known if known.status == "approved" else next(older, known)


def _tell(standing: Iterable[tuple[Wanted, Template]]) -> None:
    count = Counter(template.status for _, template in standing)
    for row, template in standing:
        mark = {"approved": "✓", "rejected": "✗"}.get(template.status, "…")
        why = f": {template.reason}" if template.reason else ""
        print(f"{mark} {row.message} ({row.language}): {WORDS.get(template.status, template.status)}{why}")
    print(", ".join(f"{WORDS.get(status, status)} {n}" for status, n in count.most_common()))
    if count["approved"] < count.total():
        print("Relancez cette commande quand WhatsApp a répondu. / Run this again once WhatsApp has answered.")
    print("Le service les prend à son prochain démarrage. / The service takes them at its next start.")


def _keep(path: Path, standing: Iterable[tuple[Wanted, Template]]) -> None:
    """Write the identifiers of the approved ones; those of another account are gone from it."""
    sids: dict[str, dict[str, str]] = {}
    for row, template in standing:
        if template.status == "approved":
            sids.setdefault(row.language, {})[row.message] = template.sid
    lines = ["# Written by `main.py whatsapp-templates`: the approved templates of this account."]
    for language, found in sorted(sids.items()):
        lines += ["", f"[sid.{language}]", *(f'{message} = "{sid}"' for message, sid in sorted(found.items()))]
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)


def _for_myoperator(rows: Iterable[Wanted]) -> int:
    """MyOperator takes templates in its panel only: what to paste there, and where to note it."""
    for row in rows:
        print(f"# {row.message} ({row.language}), UTILITY\n{row.name}\n{row.body}\n")
    print("Créez ces modèles chez MyOperator, puis notez ceux qui sont approuvés dans data/whatsapp.toml :")
    print("Create these templates at MyOperator, then note those approved in data/whatsapp.toml:")
    print('  [sid.fr]\n  overdue = "pr_overdue_fr_…/fr"    # name/language')
    return 0


def missing_templates(texts: Texts) -> dict[str, list[str]]:
    """Language → messages that cannot leave outside WhatsApp's window yet, for `main.py check`."""
    found: dict[str, list[str]] = {}
    for message, language in texts.templated:
        if (message, language) not in texts.approved:
            found.setdefault(language, []).append(message)
    return found
