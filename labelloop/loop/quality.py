"""What each source brought, as data: lengths, languages, duplicates, boilerplate, what was skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from labelloop.loop.workspace import Workspace
from labelloop.store import quality, quarantine, sources

_LOOKED_AT = 2000
"""Newest documents of a source in which repeated lines are counted."""

_OFTEN = 5
"""A line that stands in this many documents of a source belongs to its pages, not to one text."""

_LONG_ENOUGH = 15
"""Characters below which a line repeats by chance: a date, a name, a 'Yes.'"""


def source_quality(workspace: Workspace) -> list[dict[str, Any]]:
    """A row per source that has documents; JSON values."""
    with workspace.store.transaction("look at quality") as tx:
        found = quality.by_source(tx)
        counts = {state.name: state.counts for state in sources.states(tx)}
        texts = {one.source: quality.newest_texts(tx, one.source, _LOOKED_AT) for one in found}
    return [
        {
            "name": one.source,
            "documents": one.documents,
            "exact_duplicates": one.exact_duplicates,
            "near_duplicates": one.near_duplicates,
            "boilerplate": boilerplate(texts[one.source]),
            "median_characters": one.median_characters,
            "languages": one.languages,
            "skipped": {
                what.removeprefix("skipped: "): count
                for what, count in counts.get(one.source, {}).items()
                if what.startswith("skipped: ")
            },
        }
        for one in found
    ]


def rows_set_aside(workspace: Workspace, limit: int) -> list[dict[str, Any]]:
    """What could not become a document, newest first: source, place, reason, excerpt, seen_at."""
    with workspace.store.transaction("read what was set aside") as tx:
        return [asdict(row) for row in quarantine.rows(tx, limit=limit)]


def boilerplate(texts: Sequence[str]) -> int:
    """How many texts are, by at least half of their characters, lines that many of them share."""
    lines = [[line for line in map(str.strip, text.splitlines()) if line] for text in texts]
    seen = Counter(line for found in lines for line in set(found) if len(line) >= _LONG_ENOUGH)
    return sum(_mostly_repeated(found, seen) for found in lines)


def _mostly_repeated(lines: Sequence[str], seen: Counter[str]) -> bool:
    repeated = sum(len(line) for line in lines if seen[line] >= _OFTEN)
    return repeated > 0 and 2 * repeated >= sum(map(len, lines))
