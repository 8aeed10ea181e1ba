"""What the world around the loop should hear of: answers enough to train, budget spent, accuracy fallen.

Looks and counts; tells nobody. Who runs the loop passes it on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from labelloop.learning.consensus import Rule
from labelloop.loop.clock import now
from labelloop.loop.known import present_consensus, weigh_ahead
from labelloop.loop.measuring import accuracy_at_every_look, measured_accuracy
from labelloop.loop.workspace import Workspace
from labelloop.store import datasets, label_schema, models, queue, status, verdicts
from labelloop.store.transaction import Transaction


@dataclass(frozen=True)
class Waiting:
    """How far people are since the last training.

    Attributes:
        new_answers: Documents whose consensus label the last trained data set does not hold.
        trained_on: Data set version of the newest model, 0 before the first.
        verdicts: Verdicts that stand, of any kind.
        open_questions: Questions that wait for a person or lie before one.
        pool: Documents that could still be asked.
    """

    new_answers: int
    trained_on: int
    verdicts: int
    open_questions: int
    pool: int


@dataclass(frozen=True)
class Fallen:
    """An accuracy that is worse now than at the promotion, beyond its interval (shares of 1)."""

    model_id: str
    promoted_at_accuracy: float
    accuracy: float
    high: float
    answers: int

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)


def verdicts_given(workspace: Workspace) -> int:
    """How many verdicts stand: the cheapest look at whether anybody has answered."""
    with workspace.store.transaction("count verdicts") as tx:
        return verdicts.count(tx)


def waiting(workspace: Workspace) -> Waiting:
    """Count what has come in since the last training, in one short transaction."""
    weigh_ahead(workspace)
    with workspace.store.transaction("count new answers") as tx:
        trained_on = max((model.dataset_version for model in models.versions(tx)), default=0)
        counts = queue.counts(tx, now=now())
        return Waiting(
            new_answers=_new_answers(tx, trained_on, workspace.project.settings.annotators.consensus),
            trained_on=trained_on,
            verdicts=verdicts.count(tx),
            open_questions=counts["open"] + counts["leased"],
            pool=status.status(tx, now=now()).pool,
        )


def _new_answers(tx: Transaction, trained_on: int, rule: Rule) -> int:
    learned, onto = (datasets.load(tx, trained_on), _renamed(tx, trained_on)) if trained_on else ([], {})
    known = {
        (one.document_id, tuple(sorted({onto.get(label) or label for label in one.labels})))
        for one in learned
    }
    said = {(one.document_id, one.labels) for one in present_consensus(tx, rule).labels}
    return len(said - known)


def _renamed(tx: Transaction, dataset_version: int) -> dict[str, str | None]:
    """What the labels of a data set are called now: a new name alone is nothing to learn from."""
    frozen = datasets.get(tx, dataset_version).created_at
    return label_schema.carried(tx, label_schema.version_at(tx, frozen))


def budget_spent(workspace: Workspace) -> int | None:
    """The budget of labels where it is spent, None where some is left or there is none."""
    most = workspace.project.settings.budget.max_labels
    if most is None:
        return None
    with workspace.store.transaction("look at the budget") as tx:
        return most if status.status(tx, now=now()).labels >= most else None


def accuracy_fell(workspace: Workspace) -> Fallen | None:
    """The champion's accuracy, where the interval of today lies below what it was promoted with."""
    with workspace.store.transaction("measure the champion") as tx:
        champion = models.champion(tx)
        today = measured_accuracy(tx)
        # Asked after every turn: only the interval for many looks may be compared so often.
        bounds = accuracy_at_every_look(tx)
    if champion is None or today.value is None or bounds is None:
        return None
    before = champion.metrics["audit"]["accuracy"]["value"]
    if before is None or bounds[1] >= before:
        return None
    return Fallen(champion.model_id, before, today.value, bounds[1], today.n)
