"""Doubtful labels: kept with every training, listed for people."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from labelloop.label_sets import readable
from labelloop.loop.known import present_consensus, weigh_ahead
from labelloop.loop.workspace import Workspace
from labelloop.store import documents, doubts
from labelloop.store.doubts import Doubt

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32
    from labelloop.learning.doubts import Doubts
    from labelloop.learning.head import Head
    from labelloop.loop.known import Examples

logger = logging.getLogger(__name__)

_EXCERPT = 160


def keep_doubts(
    workspace: Workspace, model_id: str, train: Examples, head: Head, crossfit: Float32
) -> None:
    """Keep what heads that never saw the training answers would have said otherwise.

    Args:
        workspace: The project.
        model_id: The model trained on them.
        train: The training answers; audit answers are none.
        head: The model.
        crossfit: (n, k) its cross-fitted probabilities.
    """
    from labelloop.learning.multi_label.head import MultiLabelHead, answers_of

    sets = isinstance(head, MultiLabelHead)
    found = _found(head, crossfit, train)
    names, codes = answers_of(head, crossfit)
    hashes = _content_hashes(workspace, [int(n) for n in train.document_ids])
    kept = [
        Doubt(
            document_id=int(train.document_ids[row]),
            content_hash=hashes[int(train.document_ids[row])],
            labels=_given(head, train, row, sets),
            expected=_read(names[codes[row]], sets),
            probability=float(found.probability[place]),
            expected_probability=float(found.expected_probability[place]),
            doubtful=bool(found.doubtful[place]),
        )
        for place, row in enumerate(found.rows.tolist())
    ]
    with workspace.store.transaction("keep the doubts") as tx:
        doubts.replace(tx, model_id, kept)
    count = sum(one.doubtful for one in kept)
    logger.info("Model Training · %s labels are doubtful", f"{count:,}")


def _found(head: Head, crossfit: Float32, train: Examples) -> Doubts:
    from labelloop.learning.doubts import doubts as single
    from labelloop.learning.doubts import doubts_of_sets
    from labelloop.learning.multi_label.head import MultiLabelHead

    if isinstance(head, MultiLabelHead):
        return doubts_of_sets(crossfit, train.y, head.thresholds)
    return single(crossfit, train.y)


def _given(head: Head, train: Examples, row: int, sets: bool) -> tuple[str, ...]:
    if not sets:
        return (head.labels[int(train.y[row])],)
    return tuple(sorted(name for name, has in zip(head.labels, train.y[row], strict=True) if has))


def _read(answer: str, sets: bool) -> tuple[str, ...]:
    from labelloop.label_sets import read

    return read(answer) if sets else (answer,)


def _content_hashes(workspace: Workspace, ids: list[int]) -> dict[int, str]:
    with workspace.store.transaction("read what the labels are about") as tx:
        return dict(zip(ids, documents.groups(tx, ids).content_hash, strict=True))


def doubtful_labels(workspace: Workspace, limit: int) -> list[dict[str, Any]]:
    """The labels that the newest model doubts most and nobody has changed since; JSON values.

    A label that a second person has confirmed is no longer among them.
    """
    weigh_ahead(workspace)
    with workspace.store.transaction("list doubtful labels") as tx:
        found = present_consensus(tx, workspace.project.settings.annotators.consensus)
        standing = {one.document_id: one for one in found.labels}
        rows = [
            one
            for one in doubts.load(tx)
            if one.doubtful
            and one.document_id in standing
            and standing[one.document_id].labels == tuple(sorted(one.labels))
            and standing[one.document_id].answers < 2
        ][:limit]
        texts = documents.texts(tx, [one.document_id for one in rows])
    return [
        {
            "document_id": one.document_id,
            "label": readable(one.labels),
            "expected": readable(one.expected),
            "probability": one.probability,
            "expected_probability": one.expected_probability,
            "excerpt": " ".join(texts[one.document_id].split())[:_EXCERPT],
        }
        for one in rows
    ]
