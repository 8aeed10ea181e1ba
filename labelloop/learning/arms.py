"""The two arms of the control: the same first answers, then chosen documents or random ones.

The chosen arm takes the chosen documents in the order in which they were asked. Where the random lane is
long enough, the first answers are everything before its later half, so that what is judged is the
asking of late, not of the beginning.

How far an arm's accuracy scatters with the documents it happens to have is taken from random halves
of the random lane, which scatter as whole samples do (half-sampling, McCarthy 1969).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats, Ints
from labelloop.learning.directions import Directions
from labelloop.learning.fitting import ClassWeight, Examples, fit
from labelloop.learning.multi_label.fitting import SetExamples
from labelloop.learning.multi_label.fitting import fit as fit_sets
from labelloop.learning.training import FIRST_PENALTY
from labelloop.records import Lane

LEAST = 30
"""Least answers of the random lane, the chosen lanes and the audit lane."""

_SIZES = (0.25, 0.5, 0.75, 1.0)
_REPEATS = 12
"""Random subsets per size; some 40 to 50 fits in all."""
_CHOSEN: tuple[Lane, ...] = ("uncertain", "explore")


@dataclass(frozen=True)
class Answered:
    """Training answers in the order in which they were asked.

    Attributes:
        vectors: (n, d).
        y: (n,) label of each; (n, k) 1 for each label it has, where it may have several.
        lanes: n lanes; None for labels that came with a file.
    """

    vectors: Floats
    y: Ints
    lanes: Sequence[Lane | None]


@dataclass(frozen=True)
class Audit:
    """What both arms are measured on: audit answers, vectors (a, d) and labels (a,), or sets (a, k)."""

    vectors: Floats
    y: Ints


@dataclass(frozen=True)
class Fitting:
    """How heads are fitted, as in production.

    Attributes:
        n_labels: k.
        hints: (k, d), or None.
        class_weight: ``none`` or ``balanced``.
        penalty: C of the logistic regression.
        directions: Of the unlabelled pool; they shape the penalty. None: a plain penalty.
    """

    n_labels: int
    hints: Floats | None = None
    class_weight: ClassWeight = "none"
    penalty: float = FIRST_PENALTY
    directions: Directions | None = None


@dataclass(frozen=True)
class Arms:
    """Rows of the answers: common to both arms, chosen in their order, drawn at random."""

    first: Ints
    chosen: Ints
    random: Ints

    @property
    def size(self) -> int:
        """Answers that each arm has."""
        return min(len(self.chosen), len(self.random))


def arms_of(lanes: Sequence[Lane | None]) -> Arms:
    """Divide answers, lanes in the order of asking, into what both arms share and what each has."""
    drawn = np.array([lane == "random" for lane in lanes], dtype=bool)
    chosen = np.array([lane in _CHOSEN for lane in lanes], dtype=bool)
    late = _late(drawn, chosen)
    return late if late is not None else _split(drawn, chosen, ~drawn & ~chosen)


def _late(drawn: Bools, chosen: Bools) -> Arms | None:
    """Everything before the later half of the random lane is common; None where that is too short."""
    random = np.flatnonzero(drawn)
    if len(random) < 2 * LEAST:
        return None
    since = np.arange(len(drawn)) >= random[len(random) // 2]
    arms = _split(drawn & since, chosen & since, ~since | (~drawn & ~chosen))
    return arms if arms.size >= LEAST else None


def _split(drawn: Bools, chosen: Bools, first: Bools) -> Arms:
    rows = (np.asarray(np.flatnonzero(mask), dtype=np.int64) for mask in (first, chosen, drawn))
    return Arms(*rows)


@dataclass(frozen=True)
class Curves:
    """What was measured.

    Attributes:
        sizes: (s,) answers beyond the first ones; the first entry is 0.
        chosen: (s, a) right (1) or wrong (0) per audit answer.
        random: (s, a) the same, mean over subsets.
        scatter: Standard deviation of an arm's accuracy by which documents it has.
    """

    sizes: Ints
    chosen: Float64
    random: Float64
    scatter: float


def measured(
    answers: Answered, audit: Audit, fitting: Fitting, arms: Arms, rng: np.random.Generator
) -> Curves:
    """Accuracy of both arms on the audit answers, at growing sizes."""
    sizes = np.unique([max(1, round(share * arms.size)) for share in _SIZES])

    def right(more: Ints) -> Float64:
        return _right(answers, audit, fitting, np.concatenate([arms.first, more]))

    common = right(arms.random[:0])
    chosen = [right(arms.chosen[:size]) for size in sizes]
    random, scatter = [], 0.0
    for size in sizes:
        whole = size == len(arms.random)
        subsets = [rng.permutation(arms.random)[:size] for _ in range(1 if whole else _REPEATS)]
        found = np.array([right(subset) for subset in subsets])
        random.append(found.mean(axis=0))
        if len(found) > 1 and 2 * size <= len(arms.random) + 1:
            scatter = float(found.mean(axis=1).std(ddof=1))  # the last such size is about half
    return Curves(np.append(0, sizes), np.stack([common, *chosen]), np.stack([common, *random]), scatter)


def _right(answers: Answered, audit: Audit, fitting: Fitting, rows: Ints) -> Float64:
    """Right (1) or wrong (0) per audit answer, of a head fitted on these rows."""
    if not len(rows):
        return np.zeros(len(audit.y))
    if answers.y.ndim > 1:
        return _sets_right(answers, audit, fitting, rows)
    hints = None if fitting.hints is None else np.asarray(fitting.hints, dtype=np.float32)
    examples = Examples(
        np.asarray(answers.vectors[rows], dtype=np.float32), answers.y[rows], fitting.n_labels,
        hints, fitting.class_weight, fitting.directions,
    )  # fmt: skip
    weights, bias = fit(examples, fitting.penalty)
    said = (np.asarray(audit.vectors, dtype=np.float32) @ weights.T + bias).argmax(axis=1)
    return np.asarray(said == audit.y, dtype=np.float64)


def _sets_right(answers: Answered, audit: Audit, fitting: Fitting, rows: Ints) -> Float64:
    """Whether the whole set is right, each label said from a probability of a half on."""
    hints = None if fitting.hints is None else np.asarray(fitting.hints, dtype=np.float32)
    examples = SetExamples(
        np.asarray(answers.vectors[rows], dtype=np.float32), answers.y[rows].astype(bool),
        hints, fitting.class_weight, fitting.directions,
    )  # fmt: skip
    weights, bias = fit_sets(examples, fitting.penalty)
    said = np.asarray(audit.vectors, dtype=np.float32) @ weights.T + bias > 0
    return np.asarray((said == audit.y.astype(bool)).all(axis=1), dtype=np.float64)
