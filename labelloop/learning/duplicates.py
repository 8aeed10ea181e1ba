"""Near-duplicates of texts: band hashes that meet, and a check of the pairs that met.

Short texts are duplicates only when all their words are equal: one other word makes another
question ('a fear of cold', 'a fear of color'). Longer ones are when the Jaccard similarity of
their 5-character shingles is at least 0.8, found by MinHash (Broder 1997) in bands. The
hashes are plain arithmetic and stay the same from version to version, so they can be stored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labelloop.learning.arrays import Ints

BANDS = 16
"""Columns of ``band_hashes``: two texts are a candidate pair when they agree in one."""
THRESHOLD = 0.8
"""Least Jaccard similarity. Below it, pairs of the same topic begin to differ in substance."""
SHORT = 80
"""Characters (words alone) below which only equal words count."""

_ROWS = 6  # 16 bands of 6 find a pair of similarity 0.8 with 99.2 %, one of 0.5 with 22 %
_MET_PER_BAND = 5
_SHINGLE = 5
_LONGEST = 100_000  # characters read; the beginning of a book tells it from another
_WORDS = re.compile(r"\w+")

_U64 = NDArray[np.uint64]


def band_hashes(texts: Sequence[str]) -> Ints:
    """Hashes (n, BANDS) int64; near-duplicates agree in at least one column. Stable over versions."""
    hashes = np.empty((len(texts), BANDS), dtype=np.int64)
    for row, text in enumerate(texts):
        words = _normalised(text)
        hashes[row] = _exact(words) if len(words) < SHORT else _bands(_shingles(words))
    return hashes


def similarity(a: str, b: str) -> float:
    """Jaccard similarity of the shingles of two texts, 0 to 1; 0 or 1 where one is short."""
    one, other = _normalised(a), _normalised(b)
    if min(len(one), len(other)) < SHORT:
        return float(one == other)
    left, right = _shingles(one), _shingles(other)
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)


def near_duplicates(a: str, b: str) -> bool:
    """Whether two texts say the same thing but for small edits."""
    return similarity(a, b) >= THRESHOLD


def roots(texts: Sequence[str]) -> Ints:
    """Index (n,) of the earliest text of each one's group of near-duplicates; its own if alone.

    A text meets the five earliest of each band it shares, as in the store: ten thousand copies
    of one text are compared fifty thousand times, not fifty million.
    """
    root = np.arange(len(texts), dtype=np.int64)
    for earlier, later in _candidates(band_hashes(texts)):
        a, b = _root(root, earlier), _root(root, later)
        if a != b and near_duplicates(texts[earlier], texts[later]):
            root[max(a, b)] = min(a, b)
    return np.array([_root(root, i) for i in range(len(texts))], dtype=np.int64)


def _candidates(hashes: Ints) -> list[tuple[int, int]]:
    """Pairs, earlier and later, that share a band."""
    pairs: set[tuple[int, int]] = set()
    for band in hashes.T:
        met: dict[int, list[int]] = {}
        for i, key in enumerate(band.tolist()):
            earliest = met.setdefault(key, [])
            pairs.update((j, i) for j in earliest)
            if len(earliest) < _MET_PER_BAND:
                earliest.append(i)
    return sorted(pairs)


def _root(root: Ints, i: int) -> int:
    while root[i] != i:
        i = int(root[i])
    return i


def _normalised(text: str) -> str:
    """The words in lower case; the text itself where it has none (emoji, punctuation)."""
    words = " ".join(_WORDS.findall(text[:_LONGEST].lower()))
    return words or " ".join(text[:_LONGEST].split())


def _exact(words: str) -> Ints:
    digest = hashlib.shake_128(words.encode(errors="surrogatepass")).digest(8 * BANDS)
    return np.frombuffer(digest, dtype="<i8").astype(np.int64)


def _shingles(words: str) -> _U64:
    """Distinct hashes of all runs of 5 characters."""
    codes = np.frombuffer(words.encode("utf-32-le", errors="surrogatepass"), dtype="<u4").astype(
        np.uint64
    )
    n = len(codes) - _SHINGLE + 1
    hashed = np.zeros(n, dtype=np.uint64)
    for i in range(_SHINGLE):
        hashed = _mixed(hashed + codes[i : i + n])
    return np.unique(hashed)


def _mixed(x: _U64) -> _U64:
    """The finalizer of splitmix64 (Steele et al. 2014): every bit in sways every bit out."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


_NUMBERS = _mixed(np.arange(2 * BANDS * _ROWS, dtype=np.uint64))
_FACTORS = (_NUMBERS[: BANDS * _ROWS] | np.uint64(1))[:, None]  # odd, so that nothing collides
_OFFSETS = _NUMBERS[BANDS * _ROWS :][:, None]


def _bands(shingles: _U64) -> Ints:
    """The least of each of 96 permutations, folded band by band into one number."""
    least = (_FACTORS * shingles[None, :] + _OFFSETS).min(axis=1).reshape(BANDS, _ROWS)
    folded = np.arange(BANDS, dtype=np.uint64)  # equal rows in two bands stay apart
    for i in range(_ROWS):
        folded = _mixed(folded ^ least[:, i])
    return folded.view(np.int64)
