"""Charts before anybody draws them: round marks, parts that add up, weeks of a zone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.charts import columns, rows, ticks, weeks
from tests.town import PARIS

COUNTS = st.integers(0, 100_000)
GROUPS = st.lists(st.tuples(st.just("x"), st.lists(st.tuples(st.sampled_from("ab"), COUNTS), max_size=3)), max_size=12)


@pytest.mark.parametrize(
    ("most", "marks"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (5, [0, 2, 4, 6]), (13, [0, 5, 10, 15]), (101, [0, 50, 100, 150])],
)
def test_the_marks_are_round_and_few(most: int, marks: list[int]) -> None:
    assert ticks(most) == marks


@given(GROUPS)
def test_no_bar_leaves_its_chart_and_none_is_lost(groups: list[tuple[str, list[tuple[str, int]]]]) -> None:
    for chart in (columns(groups), rows(groups)):
        assert len(chart.bars) == sum(count > 0 for _, parts in groups for _, count in parts)
        for bar in chart.bars:
            assert -0.01 <= bar.x <= bar.x + bar.width <= chart.width + 0.01
            assert -0.01 <= bar.y <= bar.y + bar.height <= chart.height + 0.01


def test_a_week_is_a_week_of_the_zone_when_the_clock_changes() -> None:
    found = weeks(datetime(2026, 10, 28, 9, tzinfo=PARIS), PARIS, 2)
    assert [start.isoformat() for start, _ in found] == ["2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00"]
    assert found[0][1] == found[1][0]
    assert found[0][1].timestamp() - found[0][0].timestamp() == timedelta(days=7, hours=1).total_seconds()
