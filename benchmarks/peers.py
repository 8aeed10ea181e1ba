"""Query strategies of other libraries, behind one signature: pool and classifier in, rows out.

Each is used as its documentation shows, on the same vectors. What a strategy asks of a classifier
it gets from the one that is passed in: plain logistic regression, or labelloop's head.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Choose = Callable[["Asked", int], np.ndarray]


@dataclass(frozen=True)
class Asked:
    """What a peer may look at.

    Attributes:
        pool: (n, d) vectors not asked yet.
        known: (m, d) labelled ones.
        y: (m,) their labels.
        n_labels: k.
        classifier: Fitted on ``known``; scikit-learn's interface.
        unfitted: Makes one like it, for libraries that fit it themselves.
        seed: Of this round.
    """

    pool: np.ndarray
    known: np.ndarray
    y: np.ndarray
    n_labels: int
    classifier: Any
    unfitted: Callable[[], Any]
    seed: int


def modal_margin(asked: Asked, size: int) -> np.ndarray:
    """modAL: the smallest margins."""
    from modAL.uncertainty import margin_sampling

    return _rows(margin_sampling(asked.classifier, asked.pool, n_instances=size))


def modal_entropy(asked: Asked, size: int) -> np.ndarray:
    """modAL: the largest entropies."""
    from modAL.uncertainty import entropy_sampling

    return _rows(entropy_sampling(asked.classifier, asked.pool, n_instances=size))


def _rows(found: Any) -> np.ndarray:
    """modAL gives indices, in some versions together with their scores."""
    return np.asarray(found[0] if isinstance(found, tuple) else found, dtype=np.int64)


def small_text_breaking_ties(asked: Asked, size: int) -> np.ndarray:
    """small-text: breaking ties."""
    from small_text.query_strategies import BreakingTies

    return _small_text(BreakingTies(), asked, size)


def small_text_kmeans(asked: Asked, size: int) -> np.ndarray:
    """small-text: nearest to the means of as many clusters of the pool."""
    from small_text.query_strategies import EmbeddingKMeans

    return _small_text(EmbeddingKMeans(), asked, size, embeddings=_own_first(asked))


def small_text_coreset(asked: Asked, size: int) -> np.ndarray:
    """small-text: greedy core-set."""
    from small_text.query_strategies import GreedyCoreset

    return _small_text(GreedyCoreset(), asked, size, embeddings=_own_first(asked))


def _own_first(asked: Asked) -> np.ndarray:
    return np.vstack([asked.pool, asked.known])


def _small_text(strategy: Any, asked: Asked, size: int, **more: Any) -> np.ndarray:
    np.random.seed(asked.seed)  # its k-means takes the global generator
    both, n = _own_first(asked), len(asked.pool)
    unlabelled, labelled = np.arange(n), np.arange(n, len(both))
    found = strategy.query(asked.classifier, both, unlabelled, labelled, asked.y, n=size, **more)
    return np.asarray(found, dtype=np.int64)


def activeml(name: str, *, by_classifier: bool = True) -> Choose:
    """scikit-activeml's pool strategy of that name; it fits the classifier itself."""

    def choose(asked: Asked, size: int) -> np.ndarray:
        import skactiveml.pool
        from skactiveml.classifier import SklearnClassifier

        strategy = getattr(skactiveml.pool, name)(random_state=asked.seed)
        both = np.vstack([asked.known, asked.pool])
        y = np.full(len(both), np.nan)
        y[: len(asked.y)] = asked.y
        more: dict[str, Any] = {}
        if by_classifier:
            more["clf"] = SklearnClassifier(asked.unfitted(), classes=range(asked.n_labels))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = strategy.query(both, y, batch_size=size, **more)
        return np.asarray(found, dtype=np.int64) - len(asked.y)

    return choose


def activeml_committee(asked: Asked, size: int) -> np.ndarray:
    """scikit-activeml: query by committee, ten bagged copies of the classifier."""
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import QueryByCommittee
    from sklearn.ensemble import BaggingClassifier

    both = np.vstack([asked.known, asked.pool])
    y = np.full(len(both), np.nan)
    y[: len(asked.y)] = asked.y
    bagged = BaggingClassifier(asked.unfitted(), n_estimators=10, random_state=asked.seed)
    ensemble = SklearnClassifier(bagged, classes=range(asked.n_labels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = QueryByCommittee(random_state=asked.seed).query(both, y, ensemble, batch_size=size)
    return np.asarray(found, dtype=np.int64) - len(asked.y)


PEERS: dict[str, Choose] = {
    "modAL margin": modal_margin,
    "modAL entropy": modal_entropy,
    "small-text breaking ties": small_text_breaking_ties,
    "scikit-activeml FALCUN": activeml("Falcun"),
    "scikit-activeml DropQuery": activeml("DropQuery"),
    "scikit-activeml QBC": activeml_committee,
    "scikit-activeml BADGE": activeml("Badge"),
    "scikit-activeml TypiClust": activeml("TypiClust", by_classifier=False),
    "small-text k-means": small_text_kmeans,
    "small-text core-set": small_text_coreset,
}

SLOW = tuple(PEERS)[4:]
"""A second and more per batch; they run with fewer seeds, which the table says."""
