"""Our marks in every form a channel shows, and typed text that stays inert in each."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.markup import (
    ELLIPSIS,
    FSI,
    PDI,
    SMALLEST_LIMIT,
    WORD_JOINER,
    Form,
    clean,
    clip,
    escape,
    segments,
    size,
    storable,
    to_html,
    to_mail_html,
    to_plain,
    to_sms,
    to_whatsapp,
)

# Signs that matter to some channel appear far more often than in ordinary text.
_ODD = ["\u202e", "\u200d", FSI, PDI, "م", "👩", "🏽", "\ufdd1", "\x00", "\ud800", "https://"]
SIGNS = st.sampled_from([*"*_\\~`<>&\"' \n\t.:/@ab1é€", *_ODD])
TYPED = st.one_of(st.text(max_size=60), st.lists(SIGNS, max_size=60).map("".join))
MARKED = st.lists(
    st.one_of(SIGNS, st.sampled_from(["*gras*", "_penché_", "*_deux_*", "\\*", "mot ", "\n\n"])), max_size=80
).map("".join)
FORMS: list[Form] = [to_whatsapp, to_plain, to_html, to_mail_html, lambda marked: to_sms(to_plain(marked))]


def sms(marked: str) -> str:
    return to_sms(to_plain(marked))


class Balanced(HTMLParser):
    """Reads HTML and fails on a tag that closes nothing or stays open."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed, self.open, self.words, self.tags = allowed, list[str](), "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.allowed
        self.tags += 1
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def parsed(html: str, allowed: set[str]) -> Balanced:
    reader = Balanced(allowed)
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def whatsapp_formats(text: str) -> list[str]:
    """What WhatsApp would format: a pair of marks at word edges in one line, or backticks anywhere."""
    marks = re.findall(r"(?<![^\W_])([*_~])(?=\S)[^\n]*?(?<=\S)\1(?![^\W_])", text)
    return marks + re.findall(r"`", text)


@pytest.mark.parametrize(
    ("marked", "html", "whatsapp", "plain"),
    [
        ("*Prêt* de _Perceuse_", "<b>Prêt</b> de <i>Perceuse</i>", "*Prêt* de _Perceuse_", "Prêt de Perceuse"),
        ("*a _b_ c*", "<b>a <i>b</i> c</b>", "*a _b_ c*", "a b c"),
        ("_a *b*_", "<i>a <b>b</b></i>", "_a *b*_", "a b"),
        (r"\*a\* et 2 * 3", "*a* et 2 * 3", "＊a＊ et 2 ＊ 3", "*a* et 2 * 3"),
        ("piece_de_rechange", "piece_de_rechange", "piece_de_rechange", "piece_de_rechange"),
        ("*a\nb*", "*a\nb*", "＊a\nb＊", "*a\nb*"),
        ("*a _b* c_", "<b>a _b</b> c_", "*a ＿b* c＿", "a _b c_"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d", "a < b & c > d", "a < b & c > d"),
        (r"https://h.fr/r/\_a\_b", "https://h.fr/r/_a_b", "https://h.fr/r/%5Fa_b", "https://h.fr/r/_a_b"),
        ("", "", "", ""),
    ],
)
def test_each_channel_gets_its_own_marks(marked: str, html: str, whatsapp: str, plain: str) -> None:
    assert (to_html(marked), to_whatsapp(marked), to_plain(marked)) == (html, whatsapp, plain)


def test_a_letter_breaks_no_line_inside_an_hour_a_sum_a_number_or_before_a_mark() -> None:
    said = "Une question ? « vendredi 18 h 30 » : il reste 127 000 F CFA et 12,50 € ; 82 % au +33 6 12 34 56 78"
    tied = said.replace(" ", "\u00a0")
    for loose in (
        "Une question",
        "? «",
        "vendredi 18",
        ": il",
        "il reste",
        "reste 127",
        "CFA et",
        "et 12",
        "; 82",
        "% au",
        "au +",
    ):
        tied = tied.replace(loose.replace(" ", "\u00a0"), loose)
    assert to_mail_html(said) == tied
    assert to_html(said) == said, "a chat's words are looked up as they were sent"


def test_an_e_mail_gets_paragraph_breaks_and_links() -> None:
    html = to_mail_html('*Prêt*\nhttps://h.fr/r/a?b=1&c="2"')
    assert html.startswith("<strong>Prêt</strong><br>\n<a href=")
    assert 'href="https://h.fr/r/a?b=1&amp;c="' in html


@given(TYPED)
@example("*gras* _penché_ ~barré~ `code` <b>&amp;")
@example("javascript:alert(1) <script>")
def test_a_typed_value_is_inert_in_every_form(value: str) -> None:
    marked = escape(value)
    assert to_plain(marked) == to_plain(f"*{marked}*") or not marked
    assert parsed(to_html(marked), set()).tags == 0
    assert parsed(to_mail_html(marked), {"a"}).words.replace("\u00a0", " ") == to_plain(marked).replace("\u00a0", " ")
    assert whatsapp_formats(to_whatsapp(marked)) == []
    for form in FORMS:
        assert "\x00" not in form(marked)
        form(marked).encode()


@given(TYPED)
def test_a_typed_value_stays_on_its_line_and_in_its_direction(value: str) -> None:
    shown = clean(value)
    assert "\n" not in shown
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f\u2028\u2029\u200b\ufeff")
    assert shown.count(FSI) == shown.count(PDI) <= 1
    assert clean(shown.strip(FSI + PDI)) == shown


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Awa Diop", "Awa Diop"),
        ("  Awa \t Diop\r\n", "Awa Diop"),
        ("Awa\u202eDiop", "AwaDiop"),
        ("محمد", f"{FSI}محمد{PDI}"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("👩🏽\u200d🔧", "👩🏽\u200d🔧"),
        ("a\u200db", "ab"),
        ("127\u202f000 F", "127\u202f000 F"),
    ],
)
def test_what_a_name_keeps(typed: str, shown: str) -> None:
    assert clean(typed) == shown


def test_a_note_may_keep_its_lines() -> None:
    assert clean("un\r\ndeux\u2028trois", lines=True) == "un\ndeux\ntrois"


@pytest.mark.parametrize(
    "typed", ["https://piege.example/x", "tg://user?id=1", "t.me/piege", "@awa", "/pret", "piege.com"]
)
def test_no_client_makes_a_link_of_a_typed_value(typed: str) -> None:
    shown = to_plain(escape(typed))
    assert WORD_JOINER in shown
    assert shown.replace(WORD_JOINER, "") == typed
    assert to_plain(escape(typed, links=True)) == typed
    assert to_mail_html(escape(typed)).count("<a") == 0


@pytest.mark.parametrize("typed", ["awa@example.org", "Mme Diop, 3.5 kg", "M. Sarr", "PERC-001", "et/ou"])
def test_what_is_no_link_is_left_as_typed(typed: str) -> None:
    assert to_plain(escape(typed)) == typed


@given(MARKED)
def test_html_always_has_balanced_tags_and_the_same_words(marked: str) -> None:
    assert parsed(to_html(marked), {"b", "i"}).words == to_plain(marked)
    parsed(to_mail_html(marked), {"strong", "em", "br", "a"})


@given(MARKED, st.integers(SMALLEST_LIMIT, 90), st.sampled_from([to_whatsapp, to_plain, sms]))
@example("*" + "m" * 300 + "*", 20, to_whatsapp)
@example("_" + "👩\u200d🔧" * 30 + "_", 17, to_whatsapp)
def test_nothing_gets_longer_than_promised(marked: str, limit: int, form: Form) -> None:
    clipped = clip(marked, limit, form)
    assert size(form(clipped)) <= limit
    parsed(to_html(clipped), {"b", "i"})


def test_a_cut_falls_on_a_line_then_a_word() -> None:
    assert clip("un deux trois\nquatre cinq", 20) == f"un deux trois{ELLIPSIS}"
    assert clip("un deux trois quatre cinq", 20) == f"un deux trois{ELLIPSIS}"
    assert clip("un deux trois quatre cinq", 22) == f"un deux trois quatre{ELLIPSIS}"


def test_marks_are_closed_at_a_cut() -> None:
    assert clip("*un deux trois quatre*", 17) == f"*un deux trois*{ELLIPSIS}"


def test_an_isolate_is_closed_at_a_cut() -> None:
    clipped = clip(f"{FSI}{'محمد ' * 10}{PDI}", 30)
    assert clipped.endswith(f"محمد{PDI}{ELLIPSIS}")
    assert clipped.count(FSI) == clipped.count(PDI) == 1


def test_a_text_that_fits_is_left_alone() -> None:
    assert clip("*court*", 100) == "*court*"


def test_a_limit_too_small_to_write_in_is_an_error() -> None:
    with pytest.raises(ValueError, match="too small"):
        clip("mot", SMALLEST_LIMIT - 1)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Prêt reçu à l’heure", "Pret recu à l'heure"),
        ("« fête » …", '"fete" ...'),
        ("À demain, Œuvre", "A demain, OEuvre"),
        ("15 € – {reste}", "15 € - {reste}"),
        ("127\u202f000 F", "127 000 F"),
        ("é è à ù ì ò É Ç ä ö ü ñ", "é è à ù ì ò É Ç ä ö ü ñ"),
        ("Prêt de محمد", "Prêt de محمد"),
        ("Merci 👍 prêt", "Merci 👍 prêt"),
    ],
)
def test_an_sms_is_folded_when_that_makes_it_cheaper(text: str, folded: str) -> None:
    assert to_sms(text) == folded


def test_a_telephone_sees_no_link_in_a_typed_value() -> None:
    assert sms(escape("piege.com")) == "piege. com"


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("", (0, "gsm7")),
        ("a" * 160, (1, "gsm7")),
        ("a" * 161, (2, "gsm7")),
        ("a" * 306, (2, "gsm7")),
        ("a" * 307, (3, "gsm7")),
        ("€" * 80, (1, "gsm7")),
        ("€" * 81, (2, "gsm7")),
        # 152 signs leave one septet, too few for the pair of a euro: it moves to the second segment.
        ("a" * 152 + "€" + "a" * 152, (3, "gsm7")),
        ("ê" * 70, (1, "ucs2")),
        ("ê" * 71, (2, "ucs2")),
        ("👍" * 35, (1, "ucs2")),
        ("👍" * 36, (2, "ucs2")),
        ("ê" * 66 + "👍" + "ê" * 66, (3, "ucs2")),
    ],
)
def test_what_an_sms_costs(text: str, cost: tuple[int, str]) -> None:
    assert segments(text) == cost


@given(st.text())
def test_folding_never_costs_more(text: str) -> None:
    assert segments(to_sms(text))[0] <= max(segments(text)[0], segments(text.replace(WORD_JOINER, " "))[0])
    assert to_sms(to_sms(text)) == to_sms(text)


def test_what_a_database_cannot_hold_is_dropped() -> None:
    assert storable("a\x00b\ud800c\udfffd👍") == "abcd👍"
