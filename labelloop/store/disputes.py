"""Documents on which people differ, with all that was said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labelloop.label_sets import readable
from labelloop.store.transaction import Transaction
from labelloop.store.verdicts import written_labels

_DISPUTED = """
    SELECT c.document_id, c.annotator, c.labels, c.seconds, c.given_at, r.text, d.title, d.url
    FROM counting_answers AS c
    JOIN documents AS d ON d.document_id = c.document_id
    JOIN revisions AS r ON r.document_id = c.document_id AND r.content_hash = c.content_hash
    WHERE c.document_id IN (
      SELECT e.document_id FROM counting_answers AS e
      GROUP BY e.document_id HAVING count(DISTINCT e.labels) > 1
    ) AND c.document_id NOT IN (
      SELECT l.document_id FROM counting_answers AS l
      JOIN settlements AS s ON s.verdict_id = l.verdict_id
    ) ORDER BY c.document_id, c.given_at, c.annotator
"""


@dataclass(frozen=True, slots=True)
class Disputed:
    """A document whose answers differ; ``answers`` are (annotator, label, seconds, given at).

    Attributes:
        sets: The different answers, as labels.
    """

    document_id: int
    title: str | None
    url: str | None
    text: str
    answers: tuple[tuple[str, str, float | None, datetime], ...]
    sets: tuple[tuple[str, ...], ...] = ()


def disputed(tx: Transaction) -> list[Disputed]:
    """Documents whose counting answers differ, each with all of them."""
    found: dict[int, Disputed] = {}
    for number, annotator, labels, seconds, given_at, text, title, url in tx.rows(_DISPUTED):
        before = found[number].answers if number in found else ()
        sets = (*(found[number].sets if number in found else ()), written_labels(labels))
        said = (annotator, readable(written_labels(labels)), seconds, given_at)
        different = tuple(dict.fromkeys(sets))
        found[number] = Disputed(number, title, url, text, (*before, said), different)
    return list(found.values())
