"""Back-tests where documents have sets of labels: read from a file, replayed, measured exactly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelloop.errors import BadInput, TooFewLabels
from labelloop.label_sets import SEPARATOR, read_cell
from labelloop.learning.arrays import Bools, Floats, Ints, RowView
from labelloop.learning.multi_label.evaluation import evaluate_sets
from labelloop.learning.multi_label.head import MultiLabelHead
from labelloop.learning.multi_label.training import train_multi_label_head
from labelloop.learning.multi_label.uncertainty import as_two
from labelloop.records import Pick
from labelloop.simulation.replay import Curve, Replay


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

    def _note_surprises(self, picks: Sequence[Pick]) -> None:
        """What the answers to this batch tell the model that chose it: whole sets that were wrong."""
        chosen = [pick for pick in picks if pick.lane in ("explore", "uncertain")]
        rows = np.array([pick.document_id for pick in chosen], dtype=np.int64)
        if self.head is None or not len(rows):
            return
        said = self.head.sets(self.head.predict_proba(RowView(self.vectors, rows)))
        wrong = (said != self.y[rows].astype(bool)).any(axis=1)
        self.surprised.append([(p.lane, bool(w)) for p, w in zip(chosen, wrong, strict=True)])

    def _train(self) -> None:
        known = self._labelled()
        try:
            trained = train_multi_label_head(
                known.vectors, known.y.astype(bool), labels=self.data.labels, hints=self.hints,
                seed=self.seed, previous=self.recipe, directions=self.directions,
            )  # fmt: skip
        except TooFewLabels:
            return  # as in production: the cold start goes on
        self.head, self.recipe = trained.head, trained.report

    def _measure(self, curve: Curve) -> None:
        measured = evaluate_sets(self.test_y.astype(bool), self._sets(), self.data.labels)
        curve.labels.append(len(self.asked))
        curve.verdicts.append(int(self.verdicts[self.asked].sum()))
        curve.accuracy.append(measured.exact_match.value or 0.0)
        curve.macro_f1.append(measured.macro_f1 or 0.0)

    def _sets(self) -> Bools:
        """Predictions on the test; without a model the labels that most documents have."""
        if self.head is not None:
            return self.head.sets(self.head.predict_proba(self.test))
        known = self._labelled().y
        return np.tile(2 * known.sum(axis=0) > len(known), (len(self.test_y), 1))
