"""Known answers from a CSV file, and their vectors, cached by content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labelloop.learning.arrays import Bools, Float32, Ints
from labelloop.learning.encoders import Encoder, Progress


@dataclass(frozen=True)
class KnownAnswers:
    """Texts whose labels are known.

    Attributes:
        name: What the result calls the data set.
        texts: n texts.
        labels: The k labels, sorted.
        y: (n,) index of each text's label.
        train: (n,) True where the text may be asked; the others are the test.
    """

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    y: Ints
    train: Bools


def read_known_answers(path: Path, *, seed: int = 0) -> KnownAnswers:
    """Read a CSV with the columns ``text``, ``label`` and perhaps ``split`` (train, test).

    Without ``split``, a seeded fifth of the rows is the test.

    Raises:
        BadInput: It cannot be read or used; names file, line and remedy.
    """
    raise NotImplementedError


def vectors_of(
    texts: tuple[str, ...], encoder: Encoder, cache: Path | None, progress: Progress | None = None
) -> Float32:
    """Vectors (n, d) of texts, kept in the cache folder under a hash of encoder and texts."""
    raise NotImplementedError
