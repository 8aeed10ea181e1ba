"""Weighing people by their reliability: when, by what, and on the answers that break such models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from labelloop.learning import dawid_skene
from labelloop.learning.consensus import Consensus, Weighing, consensus
from labelloop.learning.dawid_skene import choose_method, fit
from labelloop.records import Answer

NOON = datetime(2026, 1, 1, 12)
LABELS = ("a", "b", "c", "d")
ANAESTHETISTS = (  # Dawid and Skene 1979, table 1: 45 patients; observer 1 answered three times
    "1 1 1;1;1;1;1|3 3 3;4;3;3;4|1 1 2;2;1;2;2|2 2 2;3;1;2;1|2 2 2;3;2;2;2|2 2 2;3;3;2;2|1 2 2;2;1;1;1"
    "|3 3 3;3;4;3;3|2 2 2;2;2;2;3|2 3 2;2;2;2;3|4 4 4;4;4;4;4|2 2 2;3;3;4;3|1 1 1;1;1;1;1|2 2 2;3;2;1;2"
    "|1 2 1;1;1;1;1|1 1 1;2;1;1;1|1 1 1;1;1;1;1|1 1 1;1;1;1;1|2 2 2;2;2;2;1|2 2 2;1;3;2;2|2 2 2;2;2;2;2"
    "|2 2 2;2;2;2;1|2 2 2;3;2;2;2|2 2 1;2;2;2;2|1 1 1;1;1;1;1|1 1 1;1;1;1;1|2 3 2;2;2;2;2|1 1 1;1;1;1;1"
    "|1 1 1;1;1;1;1|1 1 2;1;1;2;1|1 1 1;1;1;1;1|3 3 3;3;2;3;3|1 1 1;1;1;1;1|2 2 2;2;2;2;2|2 2 2;3;2;3;2"
    "|4 3 3;4;3;4;3|2 2 1;2;2;3;2|2 3 2;3;2;3;3|3 3 3;3;4;3;2|1 1 1;1;1;1;1|1 1 1;1;1;1;1|1 2 1;2;1;1;1"
    "|2 3 2;2;2;2;2|1 2 1;1;1;1;1|2 2 2;2;2;2;2"
)


def world(n: int, right: Sequence[float], each: int, seed: int = 0) -> tuple[list[str], list[Answer]]:
    """True labels, and answers of people who are right with these probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(LABELS), n)
    answers = []
    for document in range(n):
        for person in rng.choice(len(right), each, replace=False):
            miss = 0 if rng.random() < right[person] else rng.integers(1, len(LABELS))
            said = LABELS[(truth[document] + miss) % len(LABELS)]
            answers.append(Answer(document, f"p{person}", (said,), "uncertain", False, NOON))
    return [LABELS[y] for y in truth], answers


def come_to(answers: Sequence[Answer], weighing: Weighing | None = None) -> Consensus:
    hashes = {answer.document_id: "h" for answer in answers}
    return consensus(answers, content_hash=hashes, root={}, reserved=(), weighing=weighing)


def share_right(found: Consensus, truth: Sequence[str]) -> float:
    return float(np.mean([one.labels == (truth[one.document_id],) for one in found.labels]))


def test_published_values_of_the_anaesthetists() -> None:
    """Table 4 of the paper: most patients are certain; patients 3 and 36 are the doubtful ones."""
    votes = []
    for patient, row in enumerate(ANAESTHETISTS.split("|"), start=1):
        first, *others = row.split(";")
        for person, said in [("1", one) for one in first.split()] + [
            (str(number), one) for number, one in enumerate(others, start=2)
        ]:
            votes.append((patient, person, said))
    fitted = fit(votes, "dawid_skene")
    assert len(fitted.posterior) == 45
    chosen = {n: max(found, key=lambda one: found[one]) for n, found in fitted.posterior.items()}
    assert [chosen[n] for n in (1, 2, 4, 8, 11, 13, 36)] == ["1", "4", "2", "3", "4", "1", "4"]
    assert fitted.posterior[1]["1"] > 0.999
    assert fitted.posterior[11]["4"] > 0.999
    # The class shares that the paper found: .40, .42, .11, .07.
    shares = [np.mean([found[str(k)] for found in fitted.posterior.values()]) for k in (1, 2, 3, 4)]
    assert shares == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.02)


def test_auto_waits_for_documents_and_for_people() -> None:
    _, few = world(49, (0.9, 0.9, 0.9), 3)
    assert come_to(few).weighing.method == "majority"
    assert "49 documents" in come_to(few).weighing.reason
    _, two = world(200, (0.9, 0.9), 2)
    assert come_to(two).weighing.method == "majority"
    assert "3 such people" in come_to(two).weighing.reason
    _, enough = world(50, (0.9, 0.9, 0.9), 3)
    assert come_to(enough).weighing.method == "one_coin"
    assert come_to(enough, Weighing("majority")).weighing.method == "majority"


def test_whole_matrices_take_fifty_answers_per_label_and_person() -> None:
    for documents, method in ((199, "one_coin"), (200, "dawid_skene")):
        votes = tuple((n, who, "ab"[n % 2]) for n in range(documents // 2) for who in ("p", "q", "r"))
        assert choose_method(votes, "auto", 2)[0] == method


def test_asked_for_by_name_it_needs_but_one_overlap() -> None:
    _, answers = world(6, (0.9, 0.9), 2)
    assert come_to(answers, Weighing("dawid_skene")).weighing.method == "one_coin"
    alone = [answer for answer in answers if answer.annotator == "p0"]
    found = come_to(alone, Weighing("dawid_skene"))
    assert found.weighing.method == "majority"
    assert len(found.labels) == len(alone)


def test_without_the_package_the_majority_decides_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from labelloop.errors import MissingExtra

    monkeypatch.setattr(dawid_skene, "find_spec", lambda _name: None)
    _, answers = world(60, (0.9, 0.9, 0.9), 3)
    assert "crowd-kit is not installed" in come_to(answers).weighing.reason
    with pytest.raises(MissingExtra, match="crowd-kit"):
        come_to(answers, Weighing("dawid_skene"))


def test_who_answers_at_random_is_found_out_and_outvoted() -> None:
    truth, answers = world(300, (0.95, 0.9, 0.25), 3)
    weighed, majority = come_to(answers), come_to(answers, Weighing("majority"))
    reliability = weighed.weighing.reliability
    assert reliability["p0"] > 0.85
    assert reliability["p1"] > 0.8
    assert reliability["p2"] < 0.4
    assert share_right(weighed, truth) > 0.9
    right = [
        sum(one.labels == (truth[one.document_id],) for one in c.labels) for c in (weighed, majority)
    ]
    assert right[0] > right[1]


def test_the_posterior_is_kept_as_agreement_and_the_unlikely_have_no_label() -> None:
    _, answers = world(120, (0.8, 0.75, 0.7), 2)
    found = come_to(answers)
    assert all(0.7 <= one.agreement <= 1 for one in found.labels)
    without = {one.document_id for one in found.disagreements if one.disputed}
    assert without
    assert without.isdisjoint(one.document_id for one in found.labels)


def test_a_single_answer_counts_as_much_as_its_giver() -> None:
    _, answers = world(150, (0.97, 0.97, 0.3), 3)
    lone = [
        Answer(1000, "p0", ("a",), None, False, NOON),
        Answer(1001, "p2", ("a",), None, False, NOON),
    ]
    found = come_to([*answers, *lone])
    kept = {one.document_id: one.agreement for one in found.labels}
    assert kept[1000] > 0.9
    assert 1001 not in kept
    assert 1001 in {one.document_id for one in found.disagreements if one.disputed}


def test_the_order_of_the_answers_does_not_matter() -> None:
    _, answers = world(80, (0.9, 0.8, 0.7), 2)
    assert come_to(answers) == come_to(answers[::-1])


def test_all_answers_by_one_person_are_taken_as_they_are() -> None:
    _, answers = world(100, (0.6,), 1)
    found = come_to(answers)
    assert found.weighing.method == "majority"
    assert len(found.labels) == 100
    assert found.disagreements == ()


def test_two_people_who_always_differ_leave_no_label() -> None:
    answers = [
        Answer(n, who, (label,), "random", False, NOON)
        for n in range(100)
        for who, label in (("ada", "a"), ("bob", "b"))
    ]
    found = come_to(answers)
    assert found.labels == ()
    assert len(found.disagreements) == 100
    assert all(one.disputed for one in found.disagreements)


def test_many_people_with_one_answer_each() -> None:
    truth, _ = world(200, (0.9,), 1)
    rng = np.random.default_rng(1)
    answers = [
        Answer(n, f"visitor {n} {i}", (truth[n] if rng.random() < 0.8 else "a",), None, False, NOON)
        for n in range(200)
        for i in range(3)
    ]
    found = come_to(answers)
    assert found.weighing.method == "majority"
    assert share_right(found, truth) > 0.85
    # Beside three regulars they are weighed as one person.
    _, regulars = world(200, (0.9, 0.9, 0.9), 3)
    mixed = come_to([*answers, *regulars])
    assert set(mixed.weighing.reliability) == {"p0", "p1", "p2"}
    assert share_right(mixed, truth) > 0.9


def test_one_label_throughout_and_a_label_met_once() -> None:
    answers = [
        Answer(n, who, ("a",), "random", False, NOON) for n in range(60) for who in ("p", "q", "r")
    ]
    found = come_to(answers)
    assert {one.labels for one in found.labels} == {("a",)}
    answers[0] = Answer(0, "p", ("b",), "random", False, NOON)
    found = come_to(answers)
    assert len(found.labels) == 60
    assert found.labels[0].labels == ("a",)


def test_sets_are_weighed_label_by_label() -> None:
    truth, answers = world(150, (0.95, 0.95, 0.4), 3)
    rare = {0: ("rare",), 50: ("rare",), 100: ("rare",)}
    sets = [replace(one, labels=one.labels + rare.get(one.document_id, ())) for one in answers]
    found = come_to(sets, Weighing("auto", multi_label=True))
    assert found.weighing.reliability["p2"] < found.weighing.reliability["p0"]
    by_id = {one.document_id: one.labels for one in found.labels}
    right = [set(by_id[n]) - {"rare"} == {truth[n]} for n in by_id]
    assert np.mean(right) > 0.9
    # Three documents are too few to weigh people for a label by: the majority decides it.
    assert {n for n, labels in by_id.items() if "rare" in labels} == rare.keys() & by_id.keys()


def test_sets_of_labels_too_rare_to_weigh_people_by_say_that_the_majority_decided() -> None:
    said = {n: ("rare",) if n < 5 else () for n in range(60)}
    answers = [
        Answer(n, who, labels, None, False, NOON)
        for n, labels in said.items()
        for who in ("ada", "bob", "cyn")
    ]
    found = come_to(answers, Weighing("auto", multi_label=True)).weighing
    assert (found.method, dict(found.reliability)) == ("majority", {})
    assert "no label stands in 20 documents" in found.reason


def test_none_of_these_is_an_answer_where_several_labels_may_be() -> None:
    answers = [Answer(1, who, (), None, False, NOON) for who in ("ada", "bob")]
    assert come_to(answers).labels == ()
    assert [one.labels for one in come_to(answers, Weighing(multi_label=True)).labels] == [()]
