"""`docs/conversations.md` is what the desk says today."""

from __future__ import annotations

import pytest

from tests.conversations.book import HEAD, PAGE, STORIES, Story, played

AGAIN = "the words have changed: read them, then run python -m tests.conversations.book"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.play.__name__)
async def test_a_story_is_told_as_it_happens(story: Story, sqlite_migrated_url: str) -> None:
    assert await played(story, sqlite_migrated_url) in PAGE.read_text("utf-8"), AGAIN


def test_the_page_holds_these_stories_and_no_others() -> None:
    text = PAGE.read_text("utf-8")
    assert text.startswith(HEAD)
    titles = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert titles == [story.title for story in STORIES]
