"""Which key gives which label. Pure."""

from __future__ import annotations

from collections.abc import Iterable

KEYS = "123456789abcehijklopqrtvxyz"
"""All but those with a meaning of their own: d descriptions, f flag, g guidelines, m more, n new label,
s skip, u undo, w why."""


def label_keys(labels: Iterable[str]) -> list[str]:
    """One key per label, in order; none at all where labels are too many: they are typed."""
    names = list(labels)
    return list(KEYS[: len(names)]) if len(names) <= len(KEYS) else []
