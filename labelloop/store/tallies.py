"""Counts for the dashboard: answers by turn and lane, sway of suggestions, people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from labelloop.label_sets import written
from labelloop.store.transaction import Transaction

_BY_TURN = """
    SELECT q.turn, q.lane, count(*) FROM counting_answers AS c
    JOIN checking_queue AS q ON q.item_id = c.item_id GROUP BY q.turn, q.lane ORDER BY q.turn, q.lane
"""
# Audit items are blind because of their lane, not by a draw beside shown ones: left out.
_SWAY = """
    SELECT s.annotator, q.suggestion, s.suggestion_shown, s.said, s.labels, count(*)
    FROM standing_verdicts AS s JOIN checking_queue AS q ON q.item_id = s.item_id
    WHERE q.suggestion IS NOT NULL AND q.lane <> 'audit'
      AND s.action IN ('accept', 'correct', 'label')
    GROUP BY s.annotator, q.suggestion, s.suggestion_shown, s.said, s.labels
"""
_PEOPLE = """
    SELECT s.annotator,
           sum(CASE WHEN s.action IN ('accept', 'correct', 'label') THEN 1 ELSE 0 END),
           sum(CASE WHEN s.action = 'skip' THEN 1 ELSE 0 END),
           sum(CASE WHEN s.action = 'flag' THEN 1 ELSE 0 END),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s.seconds), sum(s.seconds), max(s.given_at)
    FROM standing_verdicts AS s GROUP BY s.annotator ORDER BY s.annotator
"""


@dataclass(frozen=True, slots=True)
class SwayCount:
    """Answers of one person to questions for which a label was suggested.

    Attributes:
        suggested: The model's label.
        shown: Whether they saw it.
        agreed: How many gave that label, of ``answers``.
    """

    annotator: str
    suggested: str
    shown: bool
    agreed: int
    answers: int


@dataclass(frozen=True, slots=True)
class PersonCount:
    """What one person did; ``median_seconds`` and ``seconds`` are None where no time was taken."""

    annotator: str
    labels: int
    skips: int
    flags: int
    median_seconds: float | None
    seconds: float | None
    last: datetime


def by_turn_and_lane(tx: Transaction) -> list[tuple[int, str, int]]:
    """Turn, lane, and how many counting answers they brought."""
    return [(turn, lane, count) for turn, lane, count in tx.rows(_BY_TURN)]


def sway(tx: Transaction) -> list[SwayCount]:
    """Agreement with the model, shown and blind, per person and suggested label."""
    found: dict[tuple[str, str, bool], list[int]] = {}
    for annotator, suggested, shown, said, means, count in tx.rows(_SWAY):
        tally = found.setdefault((annotator, suggested, bool(shown)), [0, 0])
        # Of a question that was open while labels changed, the suggestion has the new name.
        agreed = suggested in {written(json.loads(one)) for one in (said, means) if one is not None}
        tally[0] += count if agreed else 0
        tally[1] += count
    return [SwayCount(*key, *tally) for key, tally in sorted(found.items())]


def people(tx: Transaction) -> list[PersonCount]:
    """Everybody who answered."""
    return [PersonCount(*row) for row in tx.rows(_PEOPLE)]
