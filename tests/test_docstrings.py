"""Libraries lose all of a docstring but its first line, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from types import FunctionType
from typing import Any

import pytest

from bot.docstrings import LONG, WORDY, first_lines

TAIL = "more words " * 40
SOURCE = f'''
"""Of the module.
{TAIL}"""

def told():
    """What it does.
    {TAIL}"""
    return "told"

def untold():
    return "{TAIL}"

def brief():
    """All of it
    in two lines."""

class Thing:
    """Of the class.
    {TAIL}"""

    def part(self):
        """Of a method.
        {TAIL}"""
        def inside():
            """Deep down.
            {TAIL}"""
            return [said for said in ("{TAIL}", self)]
        return inside

def many():
    """Yields.
    {TAIL}"""
    yield "{TAIL}"

async def later():
    """Waits.
    {TAIL}"""

unnamed = lambda: "{TAIL}"
'''


@pytest.fixture
def library() -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(first_lines(compile(SOURCE, "library.py", "exec")), made)
    return made


def test_a_long_docstring_is_cut_to_its_first_line(library: dict[str, Any]) -> None:
    part: FunctionType = library["Thing"]().part
    documented = [library["told"], part, part(), library["many"], library["later"]]
    told = [one.__doc__ for one in documented]
    assert told == ["What it does.\n", "Of a method.\n", "Deep down.\n", "Yields.\n", "Waits.\n"]
    assert "two lines" in library["brief"].__doc__, "a short one is not worth it"


def test_nothing_else_is_touched(library: dict[str, Any]) -> None:
    assert library["told"]() == "told"
    assert library["untold"]() == library["unnamed"]() == next(library["many"]()) == TAIL
    assert library["untold"].__doc__ is library["unnamed"].__doc__ is None
    thing = library["Thing"]()
    assert thing.part()() == [TAIL, thing]
    assert TAIL in library["Thing"].__doc__
    assert TAIL in library["__doc__"]


@pytest.mark.thorough
def test_libraries_are_loaded_so_and_our_own_code_is_not() -> None:
    """In a process of its own, as the service does it: before anything else is imported."""
    script = (
        "from bot.docstrings import cut_in_libraries\n"
        "cut_in_libraries()\n"
        f"for name in {sorted(WORDY)!r}: __import__(name)\n"
        "import sqlalchemy, jinja2, bot.core.opening\n"
        "print(len(sqlalchemy.create_engine.__doc__), len(jinja2.Template.render.__doc__))\n"
        "print(len(bot.core.opening.after_opening_hours.__doc__))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    library, template, ours = map(int, done.stdout.split())
    assert library < LONG
    assert template < LONG
    assert ours > LONG
