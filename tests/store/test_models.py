"""Model versions, data set versions, turns, labels: what is numbered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from labelloop.errors import UnknownName, WrongUse
from labelloop.records import ConsensusLabel, ModelVersion
from labelloop.store import datasets, label_schema, models, turns

from .conftest import LABELS, NOW

DAY = timedelta(days=1)


def register(tx, **changes) -> str:
    model = ModelVersion(
        model_id=models.next_id(tx),
        parent=None,
        kind="head",
        encoder_id="mini",
        dataset_version=1,
        status="champion",  # only promotion makes it one
        metrics={"accuracy": 0.5},
        decision="",
        artefact="models/m.safetensors",
        sha256="0" * 64,
        recipe={"C": 10},
        created_at=NOW,
    )
    models.register(tx, replace(model, **changes))
    return model.model_id


def test_models_are_candidates_until_promoted(empty):
    with empty.tx() as tx:
        assert models.champion(tx) is None
        assert [register(tx), register(tx, created_at=NOW + DAY)] == ["m0001", "m0002"]
        assert {model.status for model in models.versions(tx)} == {"candidate"}
        models.decide(tx, "m0001", "promoted: first model", {"accuracy": 0.6})
        promoted = models.promote(tx, "m0001", now=NOW + DAY)
    assert (promoted.status, promoted.promoted_at) == ("champion", NOW + DAY)
    assert (promoted.decision, promoted.metrics) == ("promoted: first model", {"accuracy": 0.6})
    assert promoted.recipe == {"C": 10}


def test_one_champion_at_a_time_and_the_way_back(empty):
    with empty.tx() as tx:
        for name in (register(tx), register(tx), register(tx)):
            models.promote(tx, name, now=NOW)
        assert [model.status for model in models.versions(tx)] == ["retired", "retired", "champion"]
        assert models.rollback(tx, now=NOW, reason="worse on mail").model_id == "m0002"
        assert models.rollback(tx, now=NOW).model_id == "m0001"
        with pytest.raises(WrongUse, match="no earlier champion"):
            models.rollback(tx, now=NOW)
        models.promote(tx, "m0003", now=NOW)
        assert models.rollback(tx, now=NOW).model_id == "m0001"  # the one before it this time
        reasons = tx.rows("SELECT kind, reason FROM promotions ORDER BY sequence")
    assert reasons[3:5] == [("rollback", "worse on mail"), ("rollback", None)]


def test_promoting_the_champion_again_keeps_the_way_back(empty):
    with empty.tx() as tx:
        for name in (register(tx), register(tx)):
            models.promote(tx, name, now=NOW)
        models.promote(tx, "m0002", now=NOW)
        assert models.rollback(tx, now=NOW).model_id == "m0001"


def test_unknown_model_is_named(empty):
    with empty.tx() as tx:
        for use in (models.get, lambda tx, name: models.promote(tx, name, now=NOW)):
            with pytest.raises(UnknownName, match="'m0009'"):
                use(tx, "m0009")
        with pytest.raises(WrongUse):
            models.rollback(tx, now=NOW)


def consensus(number: int, label: str = "sun", *, audit: bool = False) -> ConsensusLabel:
    return ConsensusLabel(number, f"{number:032x}", (label,), number, audit, 2 / 3, 3)


def test_same_labels_are_the_same_version(empty):
    labels = [consensus(2, audit=True), consensus(1)]
    with empty.tx() as tx:
        first = datasets.freeze(tx, labels, now=NOW)
        again = datasets.freeze(tx, labels[::-1], now=NOW + DAY)
        other = datasets.freeze(tx, [*labels, consensus(3)], now=NOW + DAY)
        assert first == again
        assert (first.version, first.labels, first.audit_labels) == (1, 2, 1)
        assert (other.version, other.sha256 != first.sha256) == (2, True)
        assert datasets.load(tx, 1) == labels[::-1]
        assert datasets.versions(tx) == [first, other]
        with pytest.raises(UnknownName, match="version 3"):
            datasets.load(tx, 3)


def test_empty_dataset_can_be_frozen(empty):
    with empty.tx() as tx:
        assert datasets.load(tx, datasets.freeze(tx, [], now=NOW).version) == []


def test_unfinished_turn_is_resumed(empty):
    with empty.tx() as tx:
        assert turns.begin(tx, now=NOW).turn == turns.begin(tx, now=NOW + DAY).turn == 1
        turns.finish(tx, 1, {"asked": 50}, now=NOW + DAY)
        assert turns.begin(tx, now=NOW + DAY).turn == 2
        assert [(turn.finished_at, turn.counts) for turn in turns.history(tx)] == [
            (NOW + DAY, {"asked": 50}),
            (None, {}),
        ]
        with pytest.raises(UnknownName, match="turn 7"):
            turns.finish(tx, 7, {}, now=NOW)


def test_labels_get_a_version_only_when_they_change(empty):
    with empty.tx() as tx:
        assert label_schema.ensure(tx, LABELS, now=NOW).version == 1
        more = {**LABELS, "snow": "Frozen"}
        assert label_schema.ensure(tx, more, now=NOW).version == 2
        assert label_schema.ensure(tx, dict(reversed(more.items())), now=NOW).version == 3
        assert list(label_schema.current(tx).labels) == ["snow", "rain", "wind", "sun"]


def test_label_with_answers_cannot_vanish(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    with small.tx() as tx:
        label_schema.ensure(tx, {"sun": "", "wind": ""}, now=NOW)  # nobody said rain
        with pytest.raises(WrongUse, match=r"'sun'.*1 answer"):
            label_schema.ensure(tx, {"wind": "", "rain": ""}, now=NOW)
