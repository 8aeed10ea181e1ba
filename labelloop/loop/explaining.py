"""Why a document is asked: lane, odds, doubt, and what is labelled nearby."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.errors import WrongUse
from labelloop.loop.workspace import Workspace
from labelloop.store import asked as questions
from labelloop.store import embeddings, models

_NEAREST = 3
_LOOKED_AT = 5_000  # newest labelled documents compared: 4 MB of vectors

_LANES = {
    "uncertain": "The model is in doubt about it, and it is unlike the others of its batch.",
    "explore": "It comes from a region where nothing is labelled yet.",
    "random": "It was drawn at random, to show what choosing gains.",
    "relabel": "It was answered before, and is asked again.",
    "manual": "There is no model to choose with yet, so the batch covers the documents evenly.",
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A labelled document; ``similarity`` is the cosine, 1 for the same direction."""

    document_id: int
    label: str
    title: str | None
    excerpt: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an item is asked.

    Attributes:
        reason: One sentence for a person.
        propensity: Probability with which this turn's draw chose it.
        margin: Best minus second best probability of the champion; None without one.
        neighbours: Nearest labelled documents, nearest first.
    """

    lane: str
    reason: str
    propensity: float
    margin: float | None
    model_id: str | None
    turn: int
    neighbours: tuple[Neighbour, ...]


def explain(workspace: Workspace, item_id: int) -> Explanation:
    """Why an item is asked.

    Raises:
        UnknownName: There is no such item.
        WrongUse: It is asked blind or for the audit: nothing may sway the answer.
    """
    with workspace.store.transaction("why this one") as tx:
        asked = questions.why(tx, item_id)
        if asked.blind:
            raise WrongUse(
                "this question is asked blind; nothing is said about it before it is answered"
            )
        champion = models.champion(tx)
        encoder_id = champion.encoder_id if champion else workspace.known_encoder_id()
        labelled = questions.labelled(tx, _LOOKED_AT) if encoder_id else []
        near = {one[0]: one for one in labelled if one[0] != asked.document_id}
        ids, vectors = embeddings.load(tx, encoder_id or "", [*sorted(near), asked.document_id])
    return Explanation(
        lane=asked.lane,
        reason=_LANES.get(asked.lane, ""),
        propensity=asked.propensity,
        margin=asked.margin,
        model_id=asked.model_id,
        turn=asked.turn,
        neighbours=tuple(
            Neighbour(*near[number], similarity) for number, similarity in _nearest(ids, vectors, asked)
        ),
    )


def _nearest(ids: object, vectors: object, asked: questions.Asked) -> list[tuple[int, float]]:
    """Numbers and cosines of the labelled documents nearest to the one asked."""
    import numpy as np

    numbers, rows = np.asarray(ids), np.asarray(vectors, np.float32)
    here = np.flatnonzero(numbers == asked.document_id)
    if not len(here) or len(numbers) < 2:
        return []
    cosine = rows @ rows[here[0]]
    cosine[here[0]] = -np.inf
    order = np.argsort(-cosine)[: min(_NEAREST, len(numbers) - 1)]
    return [(int(numbers[place]), float(cosine[place])) for place in order]
