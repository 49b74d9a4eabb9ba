"""Telegram's HTML: which tags it takes, how strictly they must balance, and the entities they become.

Source of the rules and of the wording of errors: the Bot API documentation ("Formatting options") and what its server
answers. Offsets and lengths of entities are in UTF-16 code units, those in error texts in bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
NAME = re.compile(r"</?([^\s>]*)")
REST = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'>])*>""")
ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")

Entity = dict[str, object]


class CannotParse(ValueError):
    """`str(error)` is the reason as the server words it."""


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    start: int  # UTF-16 units
    more: Entity


@dataclass(slots=True)
class _Reading:
    """A text on the way from markup to words and entities."""

    source: str
    words: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def bytes_at(self, position: int) -> int:
        return len(self.source[:position].encode("utf-8", "surrogatepass"))

    def add(self, text: str) -> None:
        plain = REFERENCE.sub(_character, text)
        self.words.append(plain)
        self.length += units(plain)


def read_html(source: str) -> tuple[str, list[Entity]]:
    """The text without markup and its entities, outermost first. Raises CannotParse."""
    reading = _Reading(source)
    position = 0
    while (opening := source.find("<", position)) >= 0:
        reading.add(source[position:opening])
        position = _tag(reading, opening)
    reading.add(source[position:])
    if reading.open:
        last = reading.open[-1]
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{last.tag}"')
    return _trimmed("".join(reading.words), reading.entities)


def _tag(reading: _Reading, opening: int) -> int:
    """Reads the tag at `opening`; the position behind it."""
    source, at = reading.source, reading.bytes_at(opening)
    named = NAME.match(source, opening)
    is_end = source.startswith("</", opening)
    name = named[1].lower() if named is not None else ""
    if named is None or named.end() == len(source):
        raise CannotParse(f"Unclosed {'end' if is_end else 'start'} tag at byte offset {at}")
    if not is_end and name not in KINDS:
        raise CannotParse(f'Unsupported start tag "{name}" at byte offset {at}')
    rest = REST.match(source, named.end())
    if rest is None:
        raise CannotParse(f"Unclosed {'end' if is_end else 'start'} tag at byte offset {at}")
    if is_end:
        _close(reading, name, at)
    else:
        _begin(reading, name, rest[0], at)
    return rest.end()


def _begin(reading: _Reading, name: str, rest: str, at: int) -> None:
    given = {found[1].lower(): (found[2] or "").strip("\"'") for found in ATTRIBUTE.finditer(rest)}
    if name == "span" and given.get("class") != "tg-spoiler":
        raise CannotParse(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    more: Entity = {"url": REFERENCE.sub(_character, given["href"])} if name == "a" and "href" in given else {}
    reading.open.append(_Open(name, reading.length, more))


def _close(reading: _Reading, name: str, at: int) -> None:
    if not reading.open:
        raise CannotParse(f"Unexpected end tag at byte offset {at}")
    last = reading.open.pop()
    if name and name != last.tag:
        raise CannotParse(f'Unmatched end tag at byte offset {at}, expected "</{last.tag}>", found "</{name}>"')
    length = reading.length - last.start
    is_link_without_address = last.tag == "a" and not last.more
    if length and not is_link_without_address:
        reading.entities.append({"type": KINDS[last.tag], "offset": last.start, "length": length} | last.more)


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return CHARACTERS[found[3]]
    number = int(found[1]) if found[1] else int(found[2], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """White space at both ends goes, as on the server; entities move and shrink with it."""
    shift = units(text) - units(text.lstrip())
    text = text.strip()
    end = units(text)
    kept = []
    for entity in entities:
        start, stop = (
            int(str(entity["offset"])) - shift,
            int(str(entity["offset"])) - shift + int(str(entity["length"])),
        )
        start, stop = max(start, 0), min(stop, end)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    return text, sorted(kept, key=lambda one: (int(str(one["offset"])), -int(str(one["length"]))))
