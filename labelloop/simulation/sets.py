"""Back-tests where documents have sets of labels: read from a file, replayed, measured exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labelloop.errors import BadInput
from labelloop.label_sets import SEPARATOR, read_cell
from labelloop.learning.arrays import Bools, Floats, Ints, RowView
from labelloop.learning.multi_label.evaluation import evaluate_sets
from labelloop.learning.multi_label.head import MultiLabelHead
from labelloop.learning.multi_label.training import TrainedSets, train_multi_label_head
from labelloop.learning.multi_label.uncertainty import as_two
from labelloop.simulation.replay import Replay


def sets_of_cells(path: Path, cells: Sequence[tuple[int, str]]) -> tuple[tuple[str, ...], Ints]:
    """The labels of a file, sorted, and (n, k) 1 for each label that a row has.

    Args:
        path: The file, for messages.
        cells: Line and label cell of each row: ``a|b``, a JSON list, ``[]`` for none of them.

    Raises:
        BadInput: A cell is no set, or no row has anything but exactly one label.
    """
    sets = [_read(path, line, cell) for line, cell in cells]
    if sets and all(len(one) == 1 for one in sets):
        raise BadInput(
            f"every row of {path} has exactly one label",
            remedy=f"Part several by {SEPARATOR!r}, or leave --multi-label away",
        )
    labels = tuple(sorted({label for one in sets for label in one}))
    place = {label: number for number, label in enumerate(labels)}
    Y = np.zeros((len(sets), len(labels)), dtype=np.int64)
    for row, one in enumerate(sets):
        Y[row, [place[label] for label in one]] = 1
    return labels, Y


def _read(path: Path, line: int, cell: str) -> tuple[str, ...]:
    try:
        return read_cell(cell, ())
    except BadInput as error:
        raise BadInput(f"{path} line {line}: {error.message}", remedy=error.remedy) from None


class SetReplay(Replay):
    """One strategy with one seed; ``accuracy`` of its curve is the exact match."""

    head: MultiLabelHead | None

    def _probabilities(self, rows: Ints) -> Floats | None:
        if self.head is None:
            return None
        return as_two(self.head.predict_proba(RowView(self.vectors, rows)), self.head.thresholds)

    def _wrong(self, rows: Ints) -> Bools:
        """Whether the whole set is not people's."""
        assert self.head is not None  # noqa: S101  the caller looked
        said = self.head.sets(self.head.predict_proba(RowView(self.vectors, rows)))
        return np.asarray((said != self.y[rows].astype(bool)).any(axis=1))

    def _fitted(self, vectors: Floats, y: Ints, **how: Any) -> TrainedSets:
        return train_multi_label_head(
            vectors, y.astype(bool), class_weight=self.plan.class_weight, **how
        )

    def _measured(self) -> tuple[float | None, float | None]:
        found = evaluate_sets(self.test_y.astype(bool), self._sets(), self.data.labels)
        return found.exact_match.value, found.macro_f1

    def _sets(self) -> Bools:
        """Predictions on the test; without a model the labels that most documents have."""
        if self.head is not None:
            return self.head.sets(self.head.predict_proba(self.test))
        known = self._labelled().y
        return np.tile(2 * known.sum(axis=0) > len(known), (len(self.test_y), 1))
