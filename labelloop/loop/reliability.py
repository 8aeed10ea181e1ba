"""How reliable the people are, as status and dashboard tell it: as of the newest data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from labelloop.learning.consensus import Consensus
from labelloop.loop.second_opinions import present_error
from labelloop.records import Answer

METHODS = {
    "majority": "the majority",
    "one_coin": "Dawid-Skene, one reliability each",
    "dawid_skene": "Dawid-Skene, a confusion matrix each",
}


def kept_weighing(found: Consensus, answers: Sequence[Answer]) -> dict[str, Any]:
    """JSON: method, reason, share of wrong answers, each person's reliability where it is estimated."""
    counted = Counter(answer.annotator for answer in answers)
    several = Counter(answer.document_id for answer in answers)
    shared = Counter(answer.annotator for answer in answers if several[answer.document_id] > 1)
    reliability = found.weighing.reliability
    return {
        "method": found.weighing.method,
        "reason": found.weighing.reason,
        "error": asdict(present_error(found, answers)),
        "people": {
            name: {
                "reliability": reliability.get(name),
                "answers": counted[name],
                "shared": shared[name],
            }
            for name in sorted(counted)
        },
    }


def only_own(status: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A status without what it says of other people."""
    weighed = status["annotators"]
    if weighed is None:
        return dict(status)
    people = {who: person for who, person in weighed["people"].items() if who == name}
    return {**status, "annotators": {**weighed, "people": people}}
