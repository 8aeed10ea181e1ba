"""The explore lane's share for the next batch, by what the last turns' answers told the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelloop.label_sets import written
from labelloop.records import Lane
from labelloop.store import surprises
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.exploring import Surprises


def surprises_by_lane(tx: Transaction) -> dict[Lane, Surprises]:
    """Answers and surprises of the explore and the uncertain lane in the last turns."""
    from labelloop.learning.exploring import LOOKED_BACK, counted

    answered = surprises.outcomes(tx, LOOKED_BACK)
    return counted((lane, written(labels) != suggestion) for lane, suggestion, labels in answered)
