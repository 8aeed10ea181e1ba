"""The people of a back-test: they know the answer, and err at a rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Ints


@dataclass(frozen=True)
class People:
    """Who answers.

    Attributes:
        noise: Share of documents whose answer is wrong whoever gives it (0 to 1): the text
            misleads, or the known answers themselves are wrong.
        annotators: How many people answer each document.
        error: Share of answers that each of them gets wrong on their own (0 to 1).
    """

    noise: float = 0.0
    annotators: int = 1
    error: float = 0.0

    @property
    def name(self) -> str:
        """How a result calls them; empty for one who is never wrong."""
        parts = []
        if self.noise:
            parts.append(f"noise {self.noise:g}")
        if self.annotators > 1 or self.error:
            parts.append(
                f"{self.annotators} annotator{'s' * (self.annotators > 1)}, error {self.error:g}"
            )
        return ", ".join(parts)


@dataclass(frozen=True)
class Given:
    """What people would say of every document, asked or not.

    Attributes:
        y: (n,) label that most of them give.
        verdicts: (n,) answers that it takes: a tie asks one person more, until there is none.
    """

    y: Ints
    verdicts: Ints


_MOST = 15
"""A tie after so many answers goes to the label given first: never met in practice."""


def answers(people: People, truth: Ints, n_labels: int, seed: int) -> Given:
    """Draw what people say, by the seed alone: every strategy meets the same mistakes.

    Wrong answers are spread evenly over the other labels.

    Args:
        people: Who answers.
        truth: (n,) known labels, or (n, k) known sets; a mistake in a set is one label too many
            or too few, and most people decide each label.
        n_labels: k.
        seed: Of the repetition.
    """
    rng = np.random.default_rng([seed, 3])
    if truth.ndim > 1:
        return _sets(people, truth, rng)
    truth = _mistaken(truth, people.noise, n_labels, rng)
    said = np.stack([_mistaken(truth, people.error, n_labels, rng) for _ in range(_MOST)], axis=1)
    found = [_majority(row, people.annotators) for row in said]
    y, verdicts = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
    return Given(y, verdicts)


def _sets(people: People, truth: Ints, rng: np.random.Generator) -> Given:
    """The same for sets; ties on a label ask one person more."""
    truth = _toggled(truth, people.noise, rng)
    said = np.stack([_toggled(truth, people.error, rng) for _ in range(_MOST)], axis=1)
    y, verdicts = np.empty_like(truth), np.empty(len(truth), dtype=np.int64)
    for row in range(len(truth)):
        for count in range(min(people.annotators, _MOST), _MOST + 1):
            votes = 2 * said[row, :count].sum(axis=0)
            if count == _MOST or not (votes == count).any():
                break
        y[row], verdicts[row] = votes > count, count
    return Given(y, verdicts)


def _toggled(truth: Ints, rate: float, rng: np.random.Generator) -> Ints:
    wrong = np.flatnonzero(rng.random(len(truth)) < rate)
    found = truth.copy()
    column = rng.integers(truth.shape[1], size=len(wrong))
    found[wrong, column] = 1 - found[wrong, column]
    return found


def _mistaken(truth: Ints, rate: float, k: int, rng: np.random.Generator) -> Ints:
    wrong = rng.random(len(truth)) < rate
    shifted = (truth + rng.integers(1, k, size=len(truth))) % k
    return np.where(wrong, shifted, truth)


def _majority(said: Ints, wanted: int) -> tuple[int, int]:
    """Label and number of answers of one document."""
    for count in range(min(wanted, _MOST), _MOST + 1):
        tally = np.bincount(said[:count])
        if (tally == tally.max()).sum() == 1:
            return int(tally.argmax()), count
    return int(said[0]), _MOST
