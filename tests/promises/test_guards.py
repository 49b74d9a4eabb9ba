"""Figure 22: every guard stands where `tools/broken_builds.py` takes it out, and its tests are there to notice."""

from __future__ import annotations

import pytest

from tools.broken_builds import GUARDS, ROOT, Guard

FEWEST = 10


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name.replace(" ", "-"))
def test_a_guard_stands_where_it_would_be_taken_out(guard: Guard) -> None:
    for edit in guard.edits:
        assert (ROOT / edit.file).read_text("utf-8").count(edit.text) == 1, edit
        assert edit.broken != edit.text
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), test


def test_there_are_enough_of_them() -> None:
    assert len({guard.name for guard in GUARDS}) == len(GUARDS) >= FEWEST
