"""Where a document may have several labels: what differs in training, predicting and judging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labelloop.label_sets import read
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store.predictions import Predictions

if TYPE_CHECKING:
    from labelloop.learning.arrays import Bools, Float32, Floats, Ints
    from labelloop.learning.evaluation import Usefulness
    from labelloop.learning.floors import FloorRule
    from labelloop.learning.gate import Decision
    from labelloop.learning.head import Head
    from labelloop.learning.multi_label.head import MultiLabelHead
    from labelloop.learning.multi_label.training import TrainedSets
    from labelloop.loop.known import Examples

KIND = "multi-label head"
"""What model versions of sets are called; there is no fine-tuning for several labels."""


EXACT_MATCH = "exact match"
"""What is measured in the place of the accuracy: the share of documents whose whole set is right."""


def matrix(sets: Sequence[Sequence[str]], labels: Sequence[str]) -> Bools:
    """(n, k) which labels each set has; labels that are none of these are left out."""
    import numpy as np

    found = np.zeros((len(sets), len(labels)), dtype=bool)
    place = {label: number for number, label in enumerate(labels)}
    for row, own in enumerate(sets):
        for label in own:
            if label in place:
                found[row, place[label]] = True
    return found


def train_sets(
    workspace: Workspace, train: Examples, encoder_id: str, champion: ModelVersion | None
) -> TrainedSets:
    """Train a head of sets.

    Raises:
        TooFewLabels: No answer, or all of them the same.
    """
    from labelloop.learning.multi_label.training import train_multi_label_head
    from labelloop.loop.pool_help import pool_directions

    settings, hints = workspace.project.settings, workspace.hints()
    return train_multi_label_head(
        train.vectors,
        train.y.astype(bool),
        labels=workspace.project.label_names,
        encoder_id=encoder_id,
        hints=hints,
        class_weight=settings.training.class_weight,
        seed=settings.query.seed,
        groups=train.groups,
        previous=champion.recipe if champion and champion.kind == KIND else None,
        directions=pool_directions(workspace, encoder_id, hints),
        sureness=train.weights,
    )


def sets_of(head: Head, probabilities: Floats, labels: Sequence[str]) -> Bools:
    """(n, k) the sets a head predicts, in the columns of ``labels``, whatever kind of head it is."""
    import numpy as np

    from labelloop.learning.multi_label.head import answers_of

    names, codes = answers_of(head, probabilities)
    own = matrix([read(name) for name in names], labels)
    return np.asarray(own[codes], dtype=bool).reshape(len(codes), len(labels))


def judge_sets(
    head: MultiLabelHead,
    crossfit_probabilities: Float32,
    *,
    train: Examples,
    held_out: Examples,
    audited: Bools,
    fresh: Bools,
    champion: Bools | None,
    labels: Sequence[str],
    rule: FloorRule | None = None,
) -> tuple[Decision, dict[str, Any]]:
    """The gate's decision on a head of sets, and everything measured on the way to it.

    Args:
        head: The candidate.
        crossfit_probabilities: (n, k) what heads that never saw them say of the training answers.
        train: What it was trained on.
        held_out: Labelled documents that are never trained on.
        audited: (h,) which of these were drawn at random and asked blind.
        fresh: (n,) training answers that came after the champion's data set.
        champion: The champion's sets: of ``held_out`` where there is any, else of the fresh ones.
        labels: The k labels.
        rule: The project's floors of labels.
    """
    from labelloop.learning.multi_label.evaluation import evaluate_sets, sets_better_than_guessing
    from labelloop.learning.multi_label.gate import decide_sets

    y, held_y = train.y.astype(bool), held_out.y.astype(bool)
    probabilities = head.predict_proba(held_out.vectors)
    sets, own = head.sets(probabilities), head.sets(crossfit_probabilities)
    if len(held_y):
        decision = decide_sets(champion, sets, held_y, labels=labels, basis="audit", rule=rule)
    else:
        decision = decide_sets(champion, own[fresh], y[fresh], labels=labels, basis="cross-fitted")
    useful = sets_better_than_guessing(audit=(held_y[audited], sets[audited]), crossfit=(y, own))
    sure, own_sure = head.confidence(probabilities), head.confidence(crossfit_probabilities)
    metrics = {
        "audit": evaluate_sets(held_y[audited], sets[audited], labels, sure[audited]).as_json(),
        "crossfit": evaluate_sets(y, own, labels, own_sure).as_json(),
        "gate": decision.as_json(),
        "useful": useful.useful,
        "useful_reason": useful.reason,
        "labels": len(y),
    }
    return decision, metrics


def judge_outcomes(outcomes: Sequence[tuple[str, str]], labels: Sequence[str]) -> Usefulness:
    """Whether sets predicted on the audit lane know more than the best constant set."""
    from labelloop.learning.multi_label.evaluation import sets_better_than_guessing

    said = matrix([read(one) for one, _ in outcomes], labels)
    predicted = matrix([read(one) for _, one in outcomes], labels)
    return sets_better_than_guessing(
        audit=(said, predicted), crossfit=(said[:0], predicted[:0]), enough=0
    )


def predict_sets(head: Any, model_id: str, document_ids: Ints, probabilities: Float32) -> Predictions:
    """Predictions of a head of sets that says ``probabilities`` (n, k) of these documents."""
    import numpy as np

    from labelloop.learning.multi_label.head import answers_of
    from labelloop.learning.multi_label.uncertainty import set_entropy, set_margin

    names, codes = answers_of(head, probabilities)
    return Predictions(
        model_id=model_id,
        labels=head.labels,
        document_ids=document_ids,
        probabilities=probabilities,
        label=codes,
        confidence=head.confidence(probabilities),
        margin=set_margin(probabilities, head.thresholds).astype(np.float64),
        entropy=set_entropy(probabilities).astype(np.float64),
        sets=names,
    )


def for_strategies(made: Predictions, kept: Mapping[str, float]) -> Float32:
    """(n, 2) what query strategies read in place of the labels' probabilities.

    Args:
        made: Predictions of a model of sets.
        kept: Its threshold of each label.
    """
    import numpy as np

    from labelloop.learning.multi_label.uncertainty import as_two

    thresholds = np.asarray([kept[label] for label in made.labels], dtype=np.float32)
    return as_two(made.probabilities, thresholds)
