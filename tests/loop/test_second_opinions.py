"""Second opinions in a project: whom they are asked of, when they are over, what may never be asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from labelloop.loop.answering import Desk
from labelloop.loop.asking import ask
from labelloop.loop.clock import now
from labelloop.loop.database import freeze_dataset
from labelloop.loop.documents import settle
from labelloop.loop.doubtful import doubtful_labels
from labelloop.loop.generation import encode_pool
from labelloop.loop.known import gather, present_consensus
from labelloop.loop.second_opinions import expected_gains, second_opinions
from labelloop.loop.training import train_model
from labelloop.loop.workspace import Workspace
from labelloop.store import annotators, datasets, doubts, pool, queue, weighing
from labelloop.store.doubts import Doubt

pytestmark = pytest.mark.encoder
Make = Callable[..., Workspace]


def come_in(workspace: Workspace, *names: str) -> None:
    with workspace.store.transaction() as tx:
        for name in names:
            annotators.ensure(tx, name, now=now())


def wanted(workspace: Workspace) -> dict[int, float]:
    with workspace.store.transaction() as tx:
        found = gather(tx)
        return second_opinions(tx, found.consensus("auto"), found.answers, pool.frame(tx))


def doubt(workspace: Workspace, document_id: int, probability: float = 1e-6) -> Doubt:
    with workspace.store.transaction() as tx:
        found = {one.document_id: one for one in present_consensus(tx, "auto").labels}[document_id]
        other = "money" if found.labels == ("sport",) else "sport"
        one = Doubt(
            document_id, found.content_hash, found.labels, (other,), probability, 1 - probability, True
        )
        doubts.replace(tx, "m0001", [one])
    return one


def trained_on(workspace: Workspace) -> list[int]:
    with workspace.store.transaction() as tx:
        return [one.document_id for one in present_consensus(tx, "auto").training]


@pytest.fixture
def answered(make: Make, answer: Any) -> Workspace:
    workspace = make(relabel_share=0.2)
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    return workspace


def test_a_doubt_is_asked_of_another_person_blind_and_once(answered: Workspace) -> None:
    document = trained_on(answered)[0]
    doubt(answered, document)
    assert wanted(answered) == {}  # ada alone: nobody is asked twice
    come_in(answered, "bob")
    assert list(wanted(answered)) == [document]
    asked = ask(answered, manual=True)
    assert asked.lanes["relabel"] == 1
    with answered.store.transaction() as tx:
        [item] = [one for one in queue.open_items(tx, now=now()) if one.lane == "relabel"]
    assert item.document_id == document
    assert not item.suggestion_shown
    assert wanted(answered) == {}  # it waits already
    bob = Desk(answered, "bob")
    while (mine := bob.next()) is not None:
        bob.label(mine, mine.external_id.split("-")[0], 1.0, verdict_id=uuid4().hex)
    come_in(answered, "cy")
    assert wanted(answered) == {}  # two agree: over
    assert doubtful_labels(answered, 10) == []


def test_where_the_second_differs_a_third_is_asked_and_an_adjudicator_ends_it(
    answered: Workspace,
) -> None:
    document = trained_on(answered)[0]
    come_in(answered, "bob", "cy")
    other = doubt(answered, document).expected[0]
    desk = Desk(answered, "bob")
    ask(answered, manual=True)
    while (mine := desk.next()) is not None:
        given = other if mine.document_id == document else mine.external_id.split("-")[0]
        desk.label(mine, given, 1.0, verdict_id=uuid4().hex)
    assert document not in trained_on(answered)
    assert document in wanted(answered)
    settle(answered, document, "judge", (other,), "v-judge")
    assert document not in wanted(answered)
    with answered.store.transaction() as tx:
        found = {one.document_id: one.labels for one in present_consensus(tx, "auto").labels}
    assert found[document] == (other,)


def test_a_skip_is_no_reason_to_ask_the_same_person_again(answered: Workspace) -> None:
    document = trained_on(answered)[0]
    doubt(answered, document)
    come_in(answered, "bob")
    ask(answered, manual=True)
    desk = Desk(answered, "bob")
    while (mine := desk.next()) is not None:
        if mine.document_id == document:
            desk.skip(mine, 1.0, verdict_id=uuid4().hex)
        else:
            desk.label(mine, mine.external_id.split("-")[0], 1.0, verdict_id=uuid4().hex)
    assert document not in wanted(answered)


def test_training_keeps_its_doubts_and_audit_answers_are_none(answered: Workspace) -> None:
    with answered.store.transaction() as tx:
        audit = {one.document_id for one in present_consensus(tx, "auto").audit}
    assert audit
    freeze_dataset(answered)
    # One label turned round: the sport texts and the money texts have nothing in common.
    document = trained_on(answered)[0]
    with answered.store.transaction() as tx:
        was = {one.document_id: one.labels for one in present_consensus(tx, "auto").labels}[document]
    settle(answered, document, "joker", ("money",) if was == ("sport",) else ("sport",), "v-joker")
    freeze_dataset(answered)
    assert train_model(answered).model_id == "m0001"
    with answered.store.transaction() as tx:
        kept = doubts.load(tx)
    assert document in {one.document_id for one in kept}
    assert audit.isdisjoint(one.document_id for one in kept)


def test_a_label_that_people_changed_since_is_no_longer_doubted(answered: Workspace) -> None:
    document = trained_on(answered)[0]
    one = doubt(answered, document)
    come_in(answered, "bob")
    assert len(doubtful_labels(answered, 10)) == 1
    settle(answered, document, "judge", one.expected, "v-judge")
    assert doubtful_labels(answered, 10) == []
    with answered.store.transaction() as tx:
        found = gather(tx)
        assert document not in expected_gains(found.consensus("auto"), found.answers, doubts.load(tx))


def test_the_share_of_a_batch_is_the_most_that_is_asked_again(answered: Workspace) -> None:
    come_in(answered, "bob")
    with answered.store.transaction() as tx:
        found = present_consensus(tx, "auto")
        doubts.replace(
            tx,
            "m0001",
            [
                Doubt(one.document_id, one.content_hash, one.labels, ("x",), 1e-6, 0.9, True)
                for one in found.training
            ],
        )
    assert len(wanted(answered)) > 2
    assert ask(answered, manual=True).lanes["relabel"] == 2  # 0.2 of a batch of 10


def test_a_data_set_keeps_how_it_was_weighed(answered: Workspace) -> None:
    freeze_dataset(answered)
    with answered.store.transaction() as tx:
        kept = weighing.load(tx)
        assert datasets.versions(tx)
    assert kept is not None
    assert kept["method"] == "majority"
    assert "0 documents with answers of two people" in kept["reason"]
    assert kept["people"]["ada"] == {"reliability": None, "answers": 10, "shared": 0}
