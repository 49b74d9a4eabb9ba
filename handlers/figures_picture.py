"""/stats as a picture: how much came back each week, on time or late."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

from bot.core.charts import Chart, columns
from bot.core.messages import ReturnWeek
from bot.texts import Texts

SCALE, MARGIN, TITLE, LEGEND = 2.4, 36, 84, 64  # pixels a unit of the chart; pixels around it
PAPER, INK, QUIET, RULE = "#ffffff", "#1d2330", "#545b6b", "#d5d9e2"
COLOURS = {"on_time": "#2a6fd0", "late": "#c8571b"}
ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def returns_picture(weeks: Sequence[ReturnWeek], language: str, texts: Texts) -> bytes:
    """A PNG of some 960 by 670 pixels. weeks: oldest first."""
    from PIL import Image, ImageDraw

    named = texts.language(language)
    groups = [(_day(week, named), (("on_time", week.on_time), ("late", week.back - week.on_time))) for week in weeks]
    chart = columns(groups, named_every=2)
    size = (round(chart.width * SCALE) + 2 * MARGIN, round(chart.height * SCALE) + TITLE + LEGEND)
    picture = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN, TITLE - 36), texts.word("chart", "returns", named), fill=INK, font=_font(32), anchor="ls")
    _draw(pen, chart)
    _legend(pen, size[1] - 24, [(kind, texts.word("chart", kind, named)) for kind in COLOURS])
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def _day(week: ReturnWeek, language: str) -> str:
    """`23/11`, in digits: the names of some months have accents."""
    from babel.dates import format_skeleton

    return format_skeleton("Md", week.monday, locale=language)


def _draw(pen: Any, chart: Chart) -> None:
    for y in chart.lines:
        pen.line((*_at(30, y), *_at(chart.width, y)), fill=RULE, width=2)
    for bar in chart.bars:
        pen.rectangle((*_at(bar.x, bar.y), *_at(bar.x + bar.width, bar.y + bar.height)), fill=COLOURS[bar.kind])
    for label in chart.labels:
        pen.text(_at(label.x, label.y), label.text, fill=QUIET, font=_font(24), anchor=ANCHORS[label.anchor])


def _legend(pen: Any, y: int, kinds: Sequence[tuple[str, str]]) -> None:
    x = float(MARGIN)
    for kind, word in kinds:
        pen.rectangle((x, y - 20, x + 20, y), fill=COLOURS[kind])
        pen.text((x + 30, y), word, fill=INK, font=_font(26), anchor="ls")
        x += 70 + pen.textlength(word, font=_font(26))


def _at(x: float, y: float) -> tuple[float, float]:
    """Where a point of the chart lies in the picture."""
    return MARGIN + x * SCALE, TITLE + y * SCALE


@cache
def _font(size: int) -> Any:
    """The library's own: no font of the machine is needed. It has no accents, and the picture's words have none."""
    from PIL import ImageFont

    return ImageFont.load_default(size)
