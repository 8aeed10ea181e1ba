"""Labels renamed, merged, split in a project that has learnt: answers, questions, model, file."""

from __future__ import annotations

import csv

import pytest

from labelloop.errors import BadInput, LabelsChanged, ProjectFileError, UnknownName, WrongUse
from labelloop.label_changes import Change
from labelloop.label_rules import Rule
from labelloop.loop import (
    asking,
    database,
    exporting,
    generation,
    importing,
    models,
    proposals,
    schema,
    signals,
    training,
    turn,
)
from labelloop.loop.answering import Desk
from labelloop.loop.carrying import load_head
from labelloop.loop.dashboard import champion_by_class
from labelloop.loop.workspace import open_workspace
from labelloop.store import models as kept
from labelloop.store import predictions, queue, verdicts

pytestmark = pytest.mark.encoder


@pytest.fixture
def learnt(make, answer):
    """A project with 20 answers (about a third on the audit side), a champion, open questions."""
    workspace = make(batch_size=20)
    turn.begin(workspace)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    answer(workspace)
    database.freeze_dataset(workspace)
    assert training.train_model(workspace).promoted
    generation.predict_pool(workspace)
    asking.ask(workspace, manual=False)
    return workspace


def said(workspace):
    """The label of each answer that counts."""
    with workspace.store.transaction("test") as tx:
        return {one.document_id: one.labels[0] for one in verdicts.answers(tx)}


def predicted(workspace):
    with workspace.store.transaction("test") as tx:
        return predictions.load(tx)


def file_of(workspace):
    return (workspace.project.folder / "labelloop.toml").read_text()


def apply(workspace, kind, *old, into, **more):
    return schema.apply(workspace, Change(kind, old, tuple(into), **more), by="ada")


def test_rename_keeps_answers_model_questions_and_file(learnt):
    before, counts = predicted(learnt), said(learnt)
    done = apply(learnt, "rename", "sport", into=["games"])
    assert done.answers["sport"] == done.become["games"] == sum(x == "sport" for x in counts.values())
    assert done.again == done.documents == 0
    assert done.champion == "m0001"
    assert said(learnt) == {n: "games" if x == "sport" else x for n, x in counts.items()}
    after = predicted(learnt)
    assert after.labels == tuple("games" if x == "sport" else x for x in before.labels)
    assert (after.probabilities == before.probabilities).all()
    assert load_head(learnt, models.find(learnt, None)).labels == after.labels
    assert 'games = "Games, matches and players"' in file_of(learnt)
    assert open_workspace(learnt.project.folder).project.label_names == ("games", "money")
    with learnt.store.transaction("test") as tx:
        assert not tx.row("SELECT 1 FROM checking_queue WHERE suggestion = 'sport' AND state = 'open'")
        assert {labels for (labels,) in tx.rows("SELECT labels FROM verdicts")} == {
            '["sport"]',
            '["money"]',
        }


def test_merge_adds_up_what_the_model_says_and_its_measured_confusion(make, answer):
    workspace = three(make, answer)
    before = predicted(workspace)
    done = apply(workspace, "merge", "sport", "games", into=["play"], descriptions={"play": "Both"})
    assert done.become == {"play": done.answers["sport"] + done.answers["games"]}
    after = predicted(workspace)
    assert after.labels == ("play", "money")
    assert after.probabilities[:, 0] == pytest.approx(
        before.probabilities[:, [0, 2]].sum(axis=1), abs=1e-6
    )
    assert (after.confidence == after.probabilities.max(axis=1)).all()
    with workspace.store.transaction("test") as tx:
        by_class = champion_by_class(tx, workspace.project.label_names)
        metrics = kept.champion(tx).metrics
    measured = metrics["audit" if by_class.basis == "audit" else "crossfit"]["confusion"]
    assert by_class.labels == ("play", "money")
    assert by_class.confusion[0][0] == sum(measured[i][j] for i in (0, 2) for j in (0, 2))
    assert sum(map(sum, by_class.confusion)) == sum(map(sum, measured))
    generation.predict_pool(workspace)  # the kept file says the same by itself
    assert predicted(workspace).probabilities == pytest.approx(after.probabilities, abs=1e-6)


def three(make, answer):
    """The same project with a third label, and a model that knows it."""
    workspace = make(batch_size=20)
    apply(workspace, "add", into=["games"])
    assert workspace.project.label_names == ("sport", "money", "games")
    turn.begin(workspace)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    desk = Desk(workspace, "ada")
    place = 0
    while (item := desk.next()) is not None:
        label = item.external_id.split("-")[0]
        desk.label(
            item, "games" if label == "sport" and place % 3 else label, 1.0, verdict_id=f"v{place}"
        )
        place += 1
    database.freeze_dataset(workspace)
    assert training.train_model(workspace).promoted
    generation.predict_pool(workspace)
    asking.ask(workspace, manual=False)
    return workspace


def test_split_asks_again_only_what_no_rule_decides(learnt):
    counts = said(learnt)
    with learnt.store.transaction("test") as tx:
        audit = {n for (n,) in tx.rows("SELECT document_id FROM checking_queue WHERE lane = 'audit'")}
        texts = dict(tx.rows("SELECT document_id, text FROM revisions"))
    sport = {n for n, label in counts.items() if label == "sport"}
    fans = {n for n in sport if "fans" in texts[n]}
    change = Change("split", ("sport",), ("fans", "clubs"), rules=(Rule("fans", ("fan*",)),))
    seen = schema.preview(learnt, change)
    assert (seen.become, seen.again, seen.documents) == (
        {"fans": len(fans)}, len(sport - fans), len(sport - fans),
    )  # fmt: skip
    assert said(learnt) == counts  # a preview changes nothing
    assert "sport" in file_of(learnt)
    done = schema.apply(learnt, change, by="ada", version=seen.version)
    assert done == seen
    assert learnt.project.label_names == ("fans", "clubs", "money")
    assert said(learnt) == {
        n: "fans" if n in fans else x for n, x in counts.items() if n not in sport - fans
    }
    with learnt.store.transaction("test") as tx:
        again = {
            item.document_id: item.lane
            for item in queue.open_items(tx, now=turn.now())
            if item.document_id in sport
        }
        assert not tx.row("SELECT 1 FROM checking_queue WHERE state = 'open' AND suggestion = 'sport'")
    assert again == {n: "audit" if n in audit else "relabel" for n in sport - fans}
    assert database.freeze_dataset(learnt).labels == len(counts) - len(again)
    assert predicted(learnt).labels == ("sport (former)", "money")
    asking.ask(learnt, manual=False)
    assert training.train_model(learnt, again=True).model_id == "m0002"


def test_rename_then_merge_then_split_and_back_to_the_first_model(make, answer):
    workspace = three(make, answer)
    apply(workspace, "rename", "sport", into=["athletics"])
    apply(workspace, "merge", "games", "athletics", into=["games"])
    counts = said(workspace)
    assert set(counts.values()) == {"games", "money"}
    database.freeze_dataset(workspace)
    assert training.train_model(workspace).model_id == "m0002"
    apply(workspace, "split", "games", into=["games", "clubs"], otherwise="games")
    assert said(workspace) == counts
    models.promote_model(workspace, "m0002")
    assert predicted(workspace).labels == ("games (former)", "money")
    models.promote_model(workspace, "m0001")
    made = predicted(workspace)
    assert made.model_id == "m0001"
    assert sorted(made.labels) == ["games (former)", "money", "sport (former)"]
    models.roll_back(workspace)
    assert predicted(workspace).model_id == "m0002"


def test_undo_of_an_answer_that_was_carried_over(learnt):
    apply(learnt, "rename", "sport", into=["games"])
    counts = said(learnt)
    desk = Desk(learnt, "ada")
    item = desk.undo(verdict_id="undo-it")
    assert item is not None
    del counts[item.document_id]
    assert said(learnt) == counts
    desk.label(item, "games", 1.0, verdict_id="once-more")
    assert said(learnt) == counts | {item.document_id: "games"}


def test_kill_between_store_and_file_is_repaired_by_the_next_command(learnt, monkeypatch, caplog):
    monkeypatch.setattr(schema, "finish", lambda *_: None)
    apply(learnt, "rename", "sport", into=["games"])
    assert "sport = " in file_of(learnt)
    opened = open_workspace(learnt.project.folder)
    turn.begin(opened)
    assert opened.project.label_names == ("games", "money")
    assert "games = " in file_of(learnt)
    assert "sport → games" in caplog.text


def test_program_that_ran_on_with_the_old_labels_takes_up_the_new_ones(learnt):
    running = open_workspace(learnt.project.folder)
    apply(learnt, "rename", "sport", into=["games"])
    turn.begin(running)
    assert running.project.label_names == ("games", "money")
    assert len(schema.history(running)) == 2


def test_project_file_edited_beforehand_is_taken_as_the_end_of_the_change(learnt):
    path = learnt.project.folder / "labelloop.toml"
    path.write_text(file_of(learnt).replace("sport = ", "games = "))
    edited = open_workspace(path.parent)
    with pytest.raises(WrongUse, match="labelloop schema rename 'sport' 'games'"):
        turn.begin(edited)
    apply(edited, "rename", "sport", into=["games"])
    turn.begin(open_workspace(path.parent))
    assert set(said(edited).values()) == {"games", "money"}


def test_training_that_overlaps_a_change_is_not_kept(learnt, monkeypatch):
    from labelloop.learning import training as head_training

    first = head_training.train_head

    def slow(*args, **more):
        apply(open_workspace(learnt.project.folder), "rename", "sport", into=["games"])
        return first(*args, **more)

    monkeypatch.setattr(head_training, "train_head", slow)
    with pytest.raises(LabelsChanged, match="Run it again"):
        training.train_model(learnt, again=True)
    with learnt.store.transaction("test") as tx:
        assert [one.model_id for one in kept.versions(tx)] == ["m0001"]


def test_two_people_at_once_the_second_looks_again(learnt):
    change = Change("rename", ("money",), ("finance",))
    seen = schema.preview(learnt, change)
    apply(learnt, "rename", "sport", into=["games"])
    with pytest.raises(WrongUse, match="changed the labels meanwhile"):
        schema.apply(learnt, change, by="bob", version=seen.version)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (Change("rename", ("nope",), ("x",)), UnknownName, "no label 'nope'"),
        (Change("rename", ("sport",), ("money",)), WrongUse, "is there already.*schema merge"),
        (Change("rename", ("sport",), ("MONEY",)), WrongUse, "differ only in case from 'money'"),
        (Change("rename", ("sport",), (" ",)), WrongUse, "empty"),
        (Change("rename", ("sport",), ("a\u202eb",)), WrongUse, "cannot be shown"),
        (Change("rename", ("sport",), ("sport",)), WrongUse, "called 'sport' already"),
        (Change("merge", ("sport",), ("x",)), WrongUse, "alone is no merge"),
        (Change("merge", ("sport", "money"), ("x",)), WrongUse, "only 'x' would be left"),
        (Change("split", ("sport",), ("x",)), WrongUse, "one part is no split"),
        (Change("remove", ("sport",)), WrongUse, "only 'money' would be left"),
        (Change("add", (), ("Sport",)), WrongUse, "differ only in case"),
        (Change("split", ("sport",), ("x", "y"), otherwise="z"), UnknownName, "none of the parts"),
    ],
)
def test_changes_that_cannot_be_made_change_nothing(make, change, kind, words):
    workspace = make()
    turn.begin(workspace)
    with pytest.raises(kind, match=words):
        schema.apply(workspace, change, by="ada")
    assert len(schema.history(workspace)) == 1


def test_names_that_sets_could_not_hold_do_not_come_but_those_there_are_go_on(make, answer):
    workspace = make()
    path = workspace.project.folder / "labelloop.toml"
    path.write_text(file_of(workspace).replace("money = ", '"a|b" = '))
    workspace = open_workspace(path.parent)
    turn.begin(workspace)
    for name in ("x|y", "[]", "[x", "None of these"):
        with pytest.raises(BadInput, match=r"multi_label = true.*Choose a name without"):
            apply(workspace, "add", into=[name])
        with pytest.raises(BadInput, match="where multi_label = true"):
            proposals.propose(workspace, name, "", document_id=None, by="ada")
    assert workspace.project.label_names == ("sport", "a|b")
    apply(workspace, "split", "a|b", into=["a|b", "c"], otherwise="a|b")
    apply(workspace, "merge", "a|b", "c", into=["a|b"])
    assert workspace.project.label_names == ("sport", "a|b")
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    answer(workspace, always="a|b", limit=2)
    assert set(said(workspace).values()) == {"a|b"}


def test_file_edited_to_a_name_that_cannot_come_is_told_why_by_the_command(learnt):
    path = learnt.project.folder / "labelloop.toml"
    path.write_text(file_of(learnt).replace("sport = ", '"x|y" = '))
    with pytest.raises(BadInput, match="Choose a name without"):
        apply(open_workspace(path.parent), "rename", "sport", into=["x|y"])


def test_documents_asked_again_that_everybody_skips_are_not_said_to_wait(learnt):
    desk = Desk(learnt, "ada")
    apply(learnt, "split", "sport", into=["ball", "race"])
    waiting = schema.present(learnt)["undecided"]
    assert waiting > 1
    with learnt.store.transaction("test") as tx:
        left = {n for (n,) in tx.rows("SELECT document_id FROM undecided_documents")}
    while (item := desk.next()) is not None:
        if item.document_id in left:
            desk.skip(item, 1.0, verdict_id=f"skip-{item.item_id}")
        else:
            desk.label(item, "money", 1.0, verdict_id=f"new-{item.item_id}")
    found = schema.present(learnt)
    assert (found["undecided"], found["skipped"]) == (0, waiting)


def test_set_aside_rows_of_a_label_that_is_split_are_not_taken_off_the_known_ones(make, tmp_path):
    workspace = make(batch_size=20)
    turn.begin(workspace)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    sheet = tmp_path / "answers.csv"
    exporting.export_queue(workspace, sheet)
    with sheet.open(newline="") as file:
        rows = [row | {"label": row["external_id"].split("-")[0]} for row in csv.DictReader(file)]
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert importing.import_verdicts(workspace, sheet, "zoe").taken == len(rows)
    apply(workspace, "split", "sport", into=["ball", "race"])
    with sheet.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writerow(rows[0] | {"item_id": "one"})  # set aside as the file is read
        writer.writerow(rows[0] | {"item_id": "9999", "label": "money"})  # as it is taken in
    again = importing.import_verdicts(workspace, sheet, "zoe", set_aside=True)
    split = sum(row["label"] == "sport" for row in rows)
    assert 2 < split < len(rows) - 2
    assert (again.taken, again.known) == (0, len(rows) - split)
    assert len(again.rejected) == split + 2


def test_project_file_that_cannot_be_edited_stops_the_change_before_it_begins(make):
    workspace = make()
    turn.begin(workspace)
    path = workspace.project.folder / "labelloop.toml"
    path.write_text(file_of(workspace).replace("[labels]\n", "").replace("sport = ", "labels.sport = ")
                    .replace("money = ", "labels.money = "))  # fmt: skip
    with pytest.raises(ProjectFileError, match="cannot be edited by a program"):
        apply(workspace, "rename", "sport", into=["games"])
    assert len(schema.history(workspace)) == 1


def test_new_names_alone_are_nothing_new_to_learn(learnt):
    before = signals.waiting(learnt).new_answers
    apply(learnt, "rename", "sport", into=["games"])
    assert signals.waiting(learnt).new_answers == before
