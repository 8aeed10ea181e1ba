"""Honest accuracy: from answers of the audit lane alone, random, blind and never trained on."""

from __future__ import annotations

from collections.abc import Sequence

from labelloop.label_sets import written
from labelloop.records import Interval
from labelloop.store import status
from labelloop.store.status import Audited
from labelloop.store.transaction import Transaction


def audit_outcomes(tx: Transaction) -> list[tuple[str, str]]:
    """People's label (or set of labels, as text) and the champion's, per audited document.

    Labels that came with a file are no audit: nobody drew them at random from this pool.
    """
    return [(written(labels), predicted) for labels, predicted in status.audit_outcomes(tx)]


def measured_accuracy(tx: Transaction) -> Interval:
    """The champion's accuracy on the audit lane with its 95 % Wilson interval."""
    return accuracy_of(status.audited(tx))


def accuracy_of(answered: Sequence[Audited]) -> Interval:
    """The same from answers that were read already.

    Of sets of labels it is the exact match: the share of documents whose whole set is right.
    """
    from labelloop.learning.evaluation import wilson

    return wilson(sum(written(one.labels) == one.predicted for one in answered), len(answered))


def accuracy_at_every_look(
    tx: Transaction, answered: Sequence[Audited] | None = None
) -> tuple[float, float] | None:
    """The same accuracy's 95 % interval for people who look every day; None without answers.

    It holds at all looks at once, for this champion, and is corrected by how sure the champion is
    of all the documents that the audit lane can draw.

    Args:
        tx: The transaction.
        answered: The audit answers, where the caller has read them already.
    """
    import numpy as np

    from labelloop.learning.honest_accuracy import STEPS, Tally, anytime_interval, tally

    answered = status.audited(tx) if answered is None else answered
    counted = tally(
        np.asarray([one.confidence for one in answered], dtype=np.float64),
        np.asarray([written(one.labels) == one.predicted for one in answered], dtype=bool),
    )
    everything = np.asarray(status.auditable_confidence(tx, STEPS), dtype=np.int64)
    return anytime_interval(Tally(counted.right, counted.wrong, everything))
