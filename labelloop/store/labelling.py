"""Whether a document has exactly one label, or zero, one or several: the project's choice, kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from labelloop.errors import BadInput, WrongUse
from labelloop.label_sets import NONE_READABLE
from labelloop.store import info, queue
from labelloop.store.transaction import Transaction

_KEY = "multi_label"
# What counts, and what would count again after an undo or on an older text: nothing is lost.
_ANSWERS = (
    "SELECT s.labels, count(*) FROM standing_verdicts AS s"
    " WHERE s.action IN ('accept', 'correct', 'label') AND s.labels IS NOT NULL GROUP BY s.labels"
)


def is_multi_label(tx: Transaction) -> bool:
    """Whether answers are sets of labels; False before anybody said so."""
    return info.get(tx, _KEY) == "true"


def ensure(tx: Transaction, multi_label: bool, *, now: datetime) -> None:
    """Make the project file's choice the present one.

    From one label to several every answer stays. The way back is open while every answer is
    one label. What the model of the other kind chose and nobody answered is taken back, and it is
    champion no longer: the next training makes a model that answers as people do.

    Raises:
        WrongUse: Answers with no label, or with several, stand where one each is wanted.
    """
    if is_multi_label(tx) == multi_label:
        return
    tx.serialise("labelling")
    if not multi_label:
        _refuse_loss(tx)
    info.put(tx, _KEY, json.dumps(multi_label))
    queue.withdraw(tx, reason="the project's kind of answer changed", now=now)
    _forget_suggestions(tx)


def check(labels: Sequence[str], *, multi_label: bool, where: str = "") -> None:
    """Refuse an answer of the wrong kind.

    Raises:
        BadInput: Not exactly one label where each document has one; or one named twice.
    """
    place = f"{where}: " if where else ""
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise BadInput(f"{place}the label {twice!r} is given twice")
    if multi_label or len(labels) == 1:
        return
    said = f"{len(labels)} labels ({', '.join(labels)})" if labels else f"no label ({NONE_READABLE})"
    raise BadInput(
        f"{place}{said} given, and each document has exactly one here",
        remedy="Projects with multi_label = true in labelloop.toml take any number",
    )


def _refuse_loss(tx: Transaction) -> None:
    several = 0
    for labels, count in tx.rows(_ANSWERS):
        several += count if len(json.loads(labels)) != 1 else 0
    if several:
        raise WrongUse(
            f"multi_label is off in the project file, but {several:,} answers have no label or several",
            remedy="Put multi_label = true back, or take those answers back first",
        )


def _forget_suggestions(tx: Transaction) -> None:
    """No suggestion of the other kind is shown, compared or promoted any more."""
    tx.execute("DELETE FROM predictions")
    tx.execute("DELETE FROM prediction_state")
    tx.execute("UPDATE models SET status = 'retired' WHERE status = 'champion'")
    tx.execute(
        "UPDATE checking_queue SET suggestion = NULL, confidence = NULL, suggestion_shown = FALSE"
        " WHERE state IN ('open', 'leased')"
    )
