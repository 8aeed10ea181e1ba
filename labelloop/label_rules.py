"""Rules that split a label: which answered documents go to which part. Pure functions.

Rules are lists of words, not regular expressions: a pattern that somebody types could take years on
one long text, words cannot, and everybody can read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from labelloop.errors import BadInput

_FIELDS = ("text", "title", "source", "url")
_METADATA = "metadata."


@dataclass(frozen=True, slots=True)
class Rule:
    """Which answered documents go to one part of a split label.

    Attributes:
        label: The part.
        words: Words or phrases; one of them is enough. A ``*`` at the end stands for any ending.
        place: ``any`` (title or text), ``text``, ``title``, ``source``, ``url`` or ``metadata.KEY``.
    """

    label: str
    words: tuple[str, ...]
    place: str = "any"


@dataclass(frozen=True, slots=True)
class AnsweredText:
    """What rules look at: a document as it was when it was answered."""

    text: str
    title: str | None
    source: str
    url: str | None
    metadata: Mapping[str, Any]


def read_rule(written: str, parts: Iterable[str]) -> Rule:
    """A rule as people write it: ``LABEL=word, two words, begin*`` or ``LABEL:title=word``.

    Raises:
        BadInput: It is no such thing.
    """
    for label in sorted(parts, key=len, reverse=True):
        rest = written.removeprefix(label) if written.startswith(label) else ""
        if rest[:1] not in ("=", ":"):
            continue
        place, equals, words = rest[1:].partition("=") if rest[0] == ":" else ("any", "=", rest[1:])
        found = tuple(word.strip() for word in words.split(",") if word.strip(" *"))
        if equals and found and is_place(place):
            return Rule(label, found, place)
        break
    raise BadInput(
        f"{written!r} is no rule",
        remedy="Write 'LABEL=word, another word', or 'LABEL:title=word' to look at the title alone"
        " (also text, source, url, metadata.KEY); LABEL is one of the parts",
    )


def is_place(place: str) -> bool:
    """Whether rules can look there."""
    return place in ("any", *_FIELDS) or (place.startswith(_METADATA) and len(place) > len(_METADATA))


def fits(rule: Rule, about: AnsweredText) -> bool:
    """Whether a document has one of the rule's words."""
    if rule.place == "any":
        looked_at = f"{about.title or ''}\n{about.text}"
    elif rule.place.startswith(_METADATA):
        looked_at = _readable(about.metadata.get(rule.place.removeprefix(_METADATA)))
    else:
        looked_at = getattr(about, rule.place) or ""
    return _pattern(rule.words).search(looked_at) is not None


def _readable(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Plain words between word borders: no repetition inside a repetition, so time is linear."""
    return re.compile("|".join(map(_word, words)), re.IGNORECASE)


def _word(written: str) -> str:
    bare = written.rstrip("*").strip()
    inner = r"\s+".join(re.escape(part) for part in bare.split())
    end = "" if written.endswith("*") else r"(?!\w)"
    return rf"(?<!\w){inner}{end}"
