"""The small markup of our texts, and its translation for each channel.

`*bold*` and `_italic_` hold within one line; a backslash before `*`, `_` or `\\` makes the sign itself. What a person
typed passes through `escape` first and is inert everywhere: it starts no formatting, no link, no new line, and cannot
reorder the text around it.

Sizes (`clip`, `split`) are counted in UTF-16 units of what the channel finally shows: an emoji counts two, which no
provider counts higher.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from html import escape as html_escape
from typing import Literal

from bot.core.records import record

Form = Callable[[str], str]

FSI, PDI = "\u2068", "\u2069"
WORD_JOINER = "\u2060"
ELLIPSIS = "…"

# Noncharacters stand for escaped characters while a text is read; no text may hold them (Unicode: never interchanged).
_STAND_IN = {"\\": "\ufdd0", "*": "\ufdd1", "_": "\ufdd2"}
_STOOD_FOR = str.maketrans({stand_in: sign for sign, stand_in in _STAND_IN.items()})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
_NEEDS_READING = re.compile("[\\\\\ufdd0-\ufdef\ufffe\uffff]")
_ESCAPED = re.compile(r"\\([\\*_])")
_TO_ESCAPE = re.compile(r"[\\*_]")
_ALNUM = r"[^\W_]"
# The mark first and what stands before it second: a search for a fixed character is several times as fast.
_BOLD = re.compile(rf"\*(?<!{_ALNUM}\*)(?=[^\s*])([^*\n]*[^\s*])\*(?!{_ALNUM})")
_ITALIC = re.compile(rf"_(?<!{_ALNUM}_)(?=[^\s_])([^_\n]*[^\s_])_(?!{_ALNUM})")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[ \t\n]+")
_URL = re.compile(rf"https?://[^\s<>\"{WORD_JOINER}]+")
_MAIL = r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+(?![\w/:@?#-])"
# Places where a client would detect a link, a mention or a command.
_LINKING = re.compile(rf"({_MAIL})|(?<=\w)\.(?=[^\W\d_]{{2}})|:(?=//)|(?<!\w)[@/](?=\w)")


# ---------------------------------------------------------------- what a person typed


def storable(text: str) -> str:
    """The text without NUL and lone surrogates: both are legal in JSON and break a database driver."""
    return _UNSTORABLE.sub("", text)


def clean(value: str, *, lines: bool = False) -> str:
    """A typed value without characters that control the display: controls, bidirectional overrides, zero-width
    characters.

    Line breaks become spaces unless `lines`. A joiner stays where it builds an emoji. Right-to-left words are isolated,
    so that they do not change the direction of our own words.
    """
    if value.isascii() and value.isprintable():
        return _BLANKS.sub(" ", value).strip()
    kept = "".join(_steady(_BREAKS.sub("\n", value)))
    rows = kept.split("\n") if lines else [kept]
    return "\n".join(_isolated(_BLANKS.sub(" ", row).strip()) for row in rows)


def escape(value: str, *, lines: bool = False, links: bool = False) -> str:
    """A typed value as marked text that is inert in every form: no formatting, and no link unless `links`.

    `links=True` is for addresses that we or the staff wrote; elsewhere an invisible word joiner keeps a client from
    turning a name into a link, a mention or a command. E-mail addresses stay intact.
    """
    value = clean(value, lines=lines)
    if not links:
        value = _LINKING.sub(lambda m: m[0] if m[1] else m[0] + WORD_JOINER, value)
    return _TO_ESCAPE.sub(lambda m: "\\" + m[0], value)


def _steady(value: str) -> Iterator[str]:
    for at, sign in enumerate(value):
        if sign in "\n\t" or (sign.isascii() and sign.isprintable()):
            yield sign
        elif sign == "\u200d":
            yield sign if _joins_emoji(value, at) else ""
        elif unicodedata.category(sign) not in ("Cc", "Cf", "Cs") and not _NONCHARACTERS.match(sign):
            yield sign


def _joins_emoji(value: str, at: int) -> bool:
    before = value[max(0, at - 3) : at].rstrip("\ufe0f🏻🏼🏽🏾🏿")[-1:]
    after = value[at + 1 : at + 2]
    return bool(before and after) and unicodedata.category(before) == unicodedata.category(after) == "So"


def _isolated(row: str) -> str:
    if row.isascii() or not any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in row):
        return row
    return FSI + row + PDI


# ---------------------------------------------------------------- reading and writing marked text


@record(frozen=True, slots=True)
class _Run:
    text: str
    marks: str = ""  # "", "*", "_" or "*_"


def _runs(marked: str) -> list[_Run]:
    """The text cut where its marks change, unescaped. A mark without its partner is an ordinary character."""
    masked = _ESCAPED.sub(lambda m: _STAND_IN[m[1]], _NONCHARACTERS.sub("", marked))
    if "*" not in masked and "_" not in masked:
        return [_Run(masked.translate(_STOOD_FOR))] if masked else []
    bold = [m.span() for m in _BOLD.finditer(masked)]
    italic = [m.span() for m in _ITALIC.finditer(masked)]
    italic = [span for span in italic if not any(_crosses(span, other) for other in bold)]
    switches = {start: ("*", 1) for start, _ in bold} | {end - 1: ("*", 0) for _, end in bold}
    switches |= {start: ("_", 1) for start, _ in italic} | {end - 1: ("_", 0) for _, end in italic}
    return list(_between(masked, switches))


def _crosses(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1]


def _between(masked: str, switches: dict[int, tuple[str, int]]) -> Iterator[_Run]:
    on = {"*": 0, "_": 0}
    begin = 0
    for at in sorted(switches):
        if at > begin:
            yield _Run(masked[begin:at].translate(_STOOD_FOR), _active(on))
        sign, state = switches[at]
        on[sign] = state
        begin = at + 1
    if begin < len(masked):
        yield _Run(masked[begin:].translate(_STOOD_FOR))


def _active(on: dict[str, int]) -> str:
    return "".join(sign for sign, state in on.items() if state)


def _written(runs: Iterable[_Run], text: Form, begin: dict[str, str], end: dict[str, str]) -> str:
    """Runs as text with properly nested marks."""
    out: list[str] = []
    open_marks: list[str] = []
    before = _Run("")
    for run in runs:
        # Inside a word no mark can begin: `*a**_b_*` must not become `*a_b_*`.
        afresh = run.marks != before.marks and before.text[-1:].isalnum() and run.text[:1].isalnum()
        while open_marks and (afresh or any(mark not in run.marks for mark in open_marks)):
            out.append(end[open_marks.pop()])
        before = run
        for mark in run.marks:
            if mark not in open_marks:
                open_marks.append(mark)
                out.append(begin[mark])
        out.append(text(run.text))
    out.extend(end[mark] for mark in reversed(open_marks))
    return "".join(out)


_SAME = {"*": "*", "_": "_"}


def _marked(runs: Iterable[_Run]) -> str:
    return _written(runs, lambda text: _TO_ESCAPE.sub(lambda m: "\\" + m[0], text), _SAME, _SAME)


# ---------------------------------------------------------------- the forms


def to_plain(marked: str) -> str:
    """The words alone: for SMS, alerts and logs."""
    if not _NEEDS_READING.search(marked) and not ("*" in marked and "_" in marked):  # as most texts are
        return _ITALIC.sub(r"\1", _BOLD.sub(r"\1", marked))
    return "".join(run.text for run in _runs(marked))


def to_html(marked: str) -> str:
    """Telegram's HTML: `<b>`, `<i>`, and `& < >` as entities."""
    tags = {"*": "<b>", "_": "<i>"}, {"*": "</b>", "_": "</i>"}
    return _written(_runs(marked), lambda text: html_escape(text, quote=False), *tags)


# Where French has a space and no line may break: « 18 h », 77 000 F CFA, 12,50 €, +33 6 12 34 56 78, *Une question ?*
# Letters alone: in an SMS such a space costs, and what chats show is compared with what was sent.
_TIED = re.compile(
    r"(?<=«) | (?=[»?!:;%€])|(?<=\d) (?=h\b|\d{2,3}\b|F CFA\b)|(?<=\+\d\d) (?=\d\b)"
    r"|(?<=\d h) (?=\d\d\b)|(?<=\bF) (?=CFA\b)"
)


def to_mail_html(marked: str) -> str:
    """Paragraph content for an e-mail: line breaks as `<br>`, our own addresses as links."""
    tags = {"*": "<strong>", "_": "<em>"}, {"*": "</strong>", "_": "</em>"}
    return _written(_runs(marked), _mail_text, *tags)


def _mail_text(text: str) -> str:
    out, begin = [], 0
    for url in _URL.finditer(text):
        address = html_escape(url[0])
        out += [html_escape(text[begin : url.start()]), f'<a href="{address}">{address}</a>']
        begin = url.end()
    out.append(html_escape(text[begin:]))
    return _TIED.sub("\u00a0", "".join(out)).replace("\n", "<br>\n")


# WhatsApp has no escapes. A literal character that could start formatting is shown in its full-width form (which
# Unicode normalisation reverts, so a copied code still works), in a URL as its %XX. Inside a word WhatsApp shows `*`,
# `_` and `~` as they are.
_TWINS = str.maketrans("*_~`", "＊＿～｀")
_PERCENT = {"*": "%2A", "_": "%5F", "~": "%7E", "`": "%60"}
_LOOSE = re.compile(rf"`|(?<!{_ALNUM})[*_~]|[*_~](?!{_ALNUM})")


def to_whatsapp(marked: str) -> str:
    """WhatsApp's own marks, which are the same two characters."""
    return _written(_runs(marked), _whatsapp_text, _SAME, _SAME)


def _whatsapp_text(text: str) -> str:
    if not _LOOSE.search(text):
        return text
    out, begin = [], 0
    for url in _URL.finditer(text):
        out.append(_LOOSE.sub(lambda m: m[0].translate(_TWINS), text[begin : url.start()]))
        out.append(_LOOSE.sub(lambda m: _PERCENT[m[0]], url[0]))
        begin = url.end()
    out.append(_LOOSE.sub(lambda m: m[0].translate(_TWINS), text[begin:]))
    return "".join(out)


# ---------------------------------------------------------------- shortening

SMALLEST_LIMIT = 16
_WIDEST = 5  # the most that one character becomes: "&amp;" in HTML, "(10)" for "⑽" in an SMS


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def clip(marked: str, limit: int, shown: Form = to_whatsapp) -> str:
    """At most `limit` units once `shown`, cut at a word and ended by an ellipsis; marks and escapes stay whole.

    Raises ValueError under `SMALLEST_LIMIT`.
    """
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"a limit of {limit} signs is too small to write in")
    if len(marked) * _WIDEST <= limit or size(shown(marked)) <= limit:
        return marked
    runs = _runs(marked)
    plain = "".join(run.text for run in runs)
    most = min(len(plain), limit)
    while True:
        at = _break_before(plain, most)
        head = _marked([*_closed(_trimmed(_before(runs, at))), _Run(ELLIPSIS)])
        over = size(shown(head)) - limit
        if over <= 0 or most == 1:
            return head
        # One character may become three ("%2A", "..."): cutting a third of the excess never cuts much too far.
        most = max(1, min(most - 1, at if over > limit else most - over // 3))


def _break_before(plain: str, most: int) -> int:
    if most >= len(plain):
        return len(plain)
    for separator in "\n ":
        at = plain.rfind(separator, most // 2, most + 1)
        if at > 0 and plain[:at].strip():
            return at
    at = most
    while at > max(1, most - 32) and _clings(plain[at - 1], plain[at]):
        at -= 1
    return at


def _clings(before: str, sign: str) -> bool:
    """Whether a cut between the two characters would split one visible character."""
    return before == "\u200d" or sign == "\u200d" or "🏻" <= sign <= "🏿" or unicodedata.category(sign) in ("Mn", "Me")


def _before(runs: list[_Run], at: int) -> list[_Run]:
    out = []
    for run in runs:
        if at <= 0:
            break
        out.append(_Run(run.text[:at], run.marks))
        at -= len(run.text)
    return out


def _trimmed(runs: list[_Run]) -> list[_Run]:
    runs = list(runs)
    while runs and not runs[0].text.strip():
        del runs[0]
    while runs and not runs[-1].text.strip():
        del runs[-1]
    if runs:
        runs[0] = _Run(runs[0].text.lstrip(), runs[0].marks)
        runs[-1] = _Run(runs[-1].text.rstrip(), runs[-1].marks)
    return runs


def _closed(runs: list[_Run]) -> list[_Run]:
    """With the isolates closed that a cut left open."""
    depth = sum(run.text.count(FSI) - run.text.count(PDI) for run in runs)
    return [*runs, _Run(PDI * depth, runs[-1].marks)] if depth > 0 else runs


# ---------------------------------------------------------------- SMS

# The default alphabet of GSM 03.38 and its extension table, whose characters count two.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = "\f^{}\\[~]|€"
_DOUBLE = re.compile(f"[{re.escape(_GSM_DOUBLE)}]")
_STRANGE = re.compile(f"[^{re.escape(''.join(sorted(_GSM)))}{re.escape(_GSM_DOUBLE)}]")
_PAIR = re.compile("[\U00010000-\U0010ffff]")
_LOOK_ALIKES = {
    "’": "'", "‘": "'", "‚": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "„": '"', "″": '"',
    "‹": "<", "›": ">", "…": "...", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "•": "-",
    "·": "-", "œ": "oe", "Œ": "OE", "→": "->", "×": "x", "÷": "/", "№": "N.", "ı": "i", "ł": "l", "Ł": "L", "đ": "d",
    "Đ": "D", "ŋ": "n", "Ŋ": "N", "ɓ": "b", "ɗ": "d", "ƴ": "y", "þ": "th", "ð": "d", "©": "(c)", "®": "(R)", "™": "TM",
    "\t": " ", WORD_JOINER: " ", FSI: "", PDI: "", "\u00ad": "", "\u200b": "", "\ufeff": "", "\ufe0f": "",
}  # fmt: skip
_FRENCH_QUOTES = re.compile("«[ \u00a0\u202f]?|[ \u00a0\u202f]?»")
_ONLY_FOR_DISPLAY = str.maketrans({WORD_JOINER: " ", FSI: "", PDI: ""})


def to_sms(text: str) -> str:
    """Plain text folded to the GSM alphabet: "Prêt reçu" becomes "Pret recu" and costs one segment instead of two.

    When a character has no look-alike (a name in Arabic, an emoji) the message costs UCS-2 in any case, and keeps its
    accents. A word joiner becomes a space: telephones turn what looks like a link into one.
    """
    if not _STRANGE.search(text):
        return text
    quoted = _FRENCH_QUOTES.sub('"', text) if "«" in text or "»" in text else text
    folded = _STRANGE.sub(lambda m: _folded(m[0]), quoted)
    parts, alphabet = segments(folded)
    if alphabet == "gsm7" and parts <= 1:
        return folded
    shown = text.translate(_ONLY_FOR_DISPLAY)
    return folded if alphabet == "gsm7" and parts <= segments(shown)[0] else shown


@lru_cache(maxsize=256)
def marked_to_sms(marked: str) -> str:
    """A marked text as an SMS shows it. Cached: it is needed for sending and again for counting."""
    return to_sms(to_plain(marked))


@lru_cache(maxsize=1024)
def _folded(sign: str) -> str:
    if sign in _LOOK_ALIKES:
        return _LOOK_ALIKES[sign]
    parts = unicodedata.normalize("NFKD", sign)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return bare if bare and all(part in _GSM for part in bare) else ("" if not bare else sign)


def segments(text: str) -> tuple[int, Literal["gsm7", "ucs2"]]:
    """How many SMS a text costs, and in which alphabet: 160 or 153 septets each, else 70 or 67 UTF-16 units.

    An extension pair or a surrogate pair is never split over two segments. Source: 3GPP TS 23.038 and 23.040.
    """
    if not _STRANGE.search(text):
        return _count(text, _DOUBLE, 160, 153), "gsm7"
    return _count(text, _PAIR, 70, 67), "ucs2"


def _count(text: str, double: re.Pattern[str], alone: int, joined: int) -> int:
    """Segments of characters that count one each, and two where they match `double`."""
    doubles = len(double.findall(text))
    if len(text) + doubles <= alone:
        return 1 if text else 0
    if not doubles:
        return -(-len(text) // joined)
    count, room = 1, joined
    for sign in text:
        width = 2 if double.match(sign) else 1
        if width > room:
            count, room = count + 1, joined
        room -= width
    return count
