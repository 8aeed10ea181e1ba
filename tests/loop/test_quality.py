"""Boilerplate is what the documents of a source share; a line that two share is not."""

from __future__ import annotations

from collections.abc import Callable

from labelloop.loop.quality import boilerplate, source_quality
from labelloop.loop.workspace import Workspace
from labelloop.records import FetchedDocument

BANNER = "We use cookies to give you the best experience of our site"


def test_texts_made_of_shared_lines_are_counted() -> None:
    banners = [f"{BANNER}\n{n}" for n in range(6)]
    articles = [f"{BANNER}\n" + f"Article {n} tells a long story of its own. " * 9 for n in range(6)]
    assert boilerplate([*banners, *articles]) == 6


def test_lines_of_few_documents_or_few_characters_are_not_boilerplate() -> None:
    assert boilerplate([BANNER] * 4) == 0
    assert boilerplate(["Yes.\nNo."] * 50) == 0
    assert boilerplate([]) == 0


def test_quality_counts_duplicates_languages_and_skips(make: Callable[..., Workspace]) -> None:
    long = "The storm took the tiles off the roof, and the panels with them, " * 3
    workspace = make(
        [
            FetchedDocument("a", long),
            FetchedDocument("b", long + " "),
            FetchedDocument("c", long + "at night"),
            FetchedDocument("d", "Der Sturm nahm in der Nacht die Ziegel vom Dach und die Platten mit"),
        ]
    )
    [row] = source_quality(workspace)
    assert row["documents"] == 4
    assert row["exact_duplicates"] == 1
    assert row["near_duplicates"] == 1
    assert row["languages"] == {"en": 3, "de": 1}
    assert row["boilerplate"] == 0
