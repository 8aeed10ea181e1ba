"""What status tells of people, and to whom."""

from __future__ import annotations

from datetime import datetime

from labelloop.learning.consensus import consensus
from labelloop.loop.reliability import kept_weighing, only_own
from labelloop.records import Answer

NOON = datetime(2026, 1, 1, 12)


def test_people_are_counted_and_reliability_is_none_where_it_is_not_estimated() -> None:
    answers = [
        Answer(1, "ada", ("a",), "random", False, NOON),
        Answer(1, "bob", ("b",), "random", False, NOON),
        Answer(2, "ada", ("a",), "random", False, NOON),
    ]
    found = consensus(answers, content_hash={1: "h", 2: "h"}, root={}, reserved=())
    kept = kept_weighing(found, answers)
    assert kept["method"] == "majority"
    assert kept["people"]["ada"] == {"reliability": None, "answers": 2, "shared": 1}
    assert (kept["error"]["pairs"], kept["error"]["differing"]) == (1, 1)


def test_an_annotator_sees_nobody_elses_reliability() -> None:
    people = {"ada": {"reliability": 0.9}, "bob": {"reliability": 0.2}}
    status = {"name": "news", "annotators": {"method": "one_coin", "people": people}}
    assert only_own(status, "ada")["annotators"]["people"] == {"ada": {"reliability": 0.9}}
    assert status["annotators"]["people"] == people
    assert only_own({"annotators": None}, "ada") == {"annotators": None}
