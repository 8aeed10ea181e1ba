"""Near-duplicates of texts: band hashes that meet, and a check of the pairs that met."""

from __future__ import annotations

from collections.abc import Sequence

from labelloop.learning.arrays import Ints

BANDS = 20
"""Columns of ``band_hashes``: two texts are a candidate pair when they agree in one."""


def band_hashes(texts: Sequence[str]) -> Ints:
    """Hashes (n, BANDS) int64; near-duplicates agree in at least one column. Stable over versions."""
    raise NotImplementedError


def similarity(a: str, b: str) -> float:
    """Jaccard similarity of the shingles of two texts, 0 to 1."""
    raise NotImplementedError


def near_duplicates(a: str, b: str) -> bool:
    """Whether two texts say the same thing but for small edits."""
    raise NotImplementedError
