"""Honest accuracy: from answers of the audit lane alone, random, blind and never trained on."""

from __future__ import annotations

from labelloop.records import Interval
from labelloop.store import status
from labelloop.store.transaction import Transaction


def audit_outcomes(tx: Transaction) -> list[tuple[str, str]]:
    """People's label and the champion's, per audited document.

    Labels that came with a file are no audit: nobody drew them at random from this pool.
    """
    return [(labels[0], predicted) for labels, predicted in status.audit_outcomes(tx) if labels]


def measured_accuracy(tx: Transaction) -> Interval:
    """The champion's accuracy on the audit lane with its 95 % Wilson interval."""
    from labelloop.learning.evaluation import wilson

    outcomes = audit_outcomes(tx)
    return wilson(sum(label == predicted for label, predicted in outcomes), len(outcomes))
