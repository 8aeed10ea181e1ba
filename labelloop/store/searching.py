"""Searching documents: what a person may see of each, and nothing more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from labelloop.label_sets import SEPARATOR
from labelloop.store import labelling
from labelloop.store.kept_back import KEPT_BACK
from labelloop.store.transaction import Row, Transaction
from labelloop.store.verdicts import written_labels

Order = Literal["newest", "least_confident", "most_disputed"]

_ORDERS: dict[Order, str] = {
    "newest": "f.document_id DESC",
    "least_confident": "coalesce(f.confidence, 2), f.document_id",
    "most_disputed": "f.different DESC, f.answers DESC, f.document_id",
}
_FOUND = f"""
    WITH said AS (
      SELECT c.document_id, count(*) AS answers, count(DISTINCT c.labels) AS different,
             min(c.labels) AS least, max(c.labels) AS most
      FROM counting_answers AS c WHERE $all OR c.annotator = $who GROUP BY c.document_id
    ), seen AS (
      SELECT d.document_id, d.source, d.external_id, d.title, d.content_hash,
             coalesce(s.answers, 0) AS answers, coalesce(s.different, 0) AS different,
             s.least, s.most,
             CASE WHEN {KEPT_BACK} THEN NULL ELSE p.label END AS predicted,
             CASE WHEN {KEPT_BACK} THEN NULL ELSE p.confidence END AS confidence
      FROM documents AS d
      LEFT JOIN said AS s ON s.document_id = d.document_id
      LEFT JOIN predictions AS p ON p.document_id = d.document_id
      WHERE d.duplicate_of IS NULL AND d.source = coalesce(CAST($source AS TEXT), d.source)
    ), f AS (
      SELECT n.document_id, n.source, n.external_id, n.title, r.text, n.answers, n.different,
             n.least, n.most, n.predicted, n.confidence
      FROM seen AS n
      JOIN revisions AS r ON r.document_id = n.document_id AND r.content_hash = n.content_hash
      WHERE (CAST($text AS TEXT) IS NULL OR strpos(lower(r.text), lower($text)) > 0
             OR strpos(lower(coalesce(n.title, '')), lower($text)) > 0)
        AND (CAST($label AS TEXT) IS NULL OR n.least = $label_json OR n.most = $label_json
             OR (n.answers = 0 AND n.predicted = $label)
             OR ($several AND (strpos(n.least, $quoted) > 0 OR strpos(n.most, $quoted) > 0
                 OR (n.answers = 0
                     AND strpos($mark || n.predicted || $mark, $mark || $label || $mark) > 0))))
        AND (CAST($answered AS BOOLEAN) IS NULL OR (n.answers > 0) = $answered)
        AND (NOT $disputed OR n.different > 1)
        AND (NOT $doubtful OR EXISTS (
             SELECT 1 FROM label_doubts AS b
             WHERE $all AND b.document_id = n.document_id AND b.content_hash = n.content_hash
               AND b.doubtful AND n.answers = 1 AND b.labels = n.least))
        AND (CAST($below AS FLOAT8) IS NULL OR n.confidence < $below)
    )
"""  # noqa: S608  (constants)
_COLUMNS = (
    "f.document_id, f.source, f.external_id, f.title, substr(f.text, 1, 280), f.answers, f.different,"
    " f.least, f.predicted, f.confidence"
)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None leaves a condition out.

    Attributes:
        label: Given by a person, or predicted where nobody has answered.
        below: Only documents that the model is less sure of than this.
        doubtful: Only labels of one person that the model doubts; nothing for who may not see
            others' answers, for it tells the model's opinion before a second one is asked.
    """

    text: str | None = None
    label: str | None = None
    source: str | None = None
    answered: bool | None = None
    disputed: bool = False
    below: float | None = None
    order: Order = "newest"
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a search.

    Attributes:
        excerpt: The first 280 characters.
        labels: What people said, as far as the viewer may know; empty where nobody did.
        different: How many different answers there are.
        predicted: The model's label; None where there is none or it is kept from the viewer.
    """

    document_id: int
    source: str
    external_id: str
    title: str | None
    excerpt: str
    answers: int
    different: int
    labels: tuple[str, ...]
    predicted: str | None
    confidence: float | None


def search(
    tx: Transaction, what: Search, *, viewer: str, all_answers: bool, limit: int, offset: int = 0
) -> tuple[int, list[Hit]]:
    """How many documents fit, and some of them. Duplicates are left out.

    Args:
        tx: The transaction.
        what: What to look for.
        viewer: Whose eyes it is for.
        all_answers: Whether they may see what others answered.
        limit: At most so many.
        offset: Leave out so many at the beginning.
    """
    parameters = {
        "who": viewer,
        "all": all_answers,
        "source": what.source,
        "text": what.text,
        "label": what.label,
        "label_json": json.dumps([what.label]),
        "quoted": json.dumps(what.label),
        "several": labelling.is_multi_label(tx),
        "mark": SEPARATOR,
        "answered": what.answered,
        "disputed": what.disputed,
        "doubtful": what.doubtful,
        "below": what.below,
    }
    total = tx.value(f"{_FOUND} SELECT count(*) FROM f", parameters)  # noqa: S608  (constants)
    rows = tx.rows(
        f"{_FOUND} SELECT {_COLUMNS} FROM f ORDER BY {_ORDERS[what.order]}"  # noqa: S608  (constants)
        " LIMIT $limit OFFSET $offset",
        parameters | {"limit": limit, "offset": offset},
    )
    return int(total), [_hit(row) for row in rows]


def _hit(row: Row) -> Hit:
    number, source, external_id, title, excerpt, answers, different, labels, *model = row
    return Hit(
        number, source, external_id, title, excerpt, answers, different, written_labels(labels), *model
    )
