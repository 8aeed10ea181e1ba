"""The encoder tuned inside the loop: when, what comes of it, killed, rolled back, refused."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelloop.errors import ArtefactMismatch, OutOfMemory, TooFewLabels
from labelloop.label_changes import Change
from labelloop.loop import fine_tuning, paying, schema, stopping
from labelloop.loop.asking import ask
from labelloop.loop.clock import now
from labelloop.loop.database import freeze_dataset
from labelloop.loop.generation import encode_pool, predict_pool
from labelloop.loop.models import decide_waiting, model_rows, promote_model, roll_back
from labelloop.loop.old_encoders import forget_old_vectors
from labelloop.loop.readiness import readiness
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument
from labelloop.store import embeddings, models, predictions

SPORT = ["goal", "match", "coach", "league", "referee", "striker", "tennis", "medal", "race", "team"]
MONEY = ["bank", "interest", "stock", "profit", "market", "loan", "currency", "tax", "budget", "shares"]
FILLER = ["monday", "weekend", "minister", "fans", "club", "city", "people", "talk", "evening", "report"]


def texts() -> list[FetchedDocument]:
    """160 short texts whose label is told by words that an encoder of chance weights must learn."""
    made = []
    for label, words in (("sport", SPORT), ("money", MONEY)):
        for n in range(80):
            a, b, c = words[n % 10], words[(n // 10 + n) % 10], FILLER[(3 * n + n // 7) % 10]
            made.append(FetchedDocument(f"{label}-{n}", f"{c} {a} {FILLER[n % 7]} {b} number{n}"))
    return made


@pytest.fixture
def project(tmp_path: Path, tiny_encoder: Any) -> Callable[..., Workspace]:
    def made(**training: object) -> Workspace:
        from labelloop.loop.extraction import extract, link_near_duplicates

        if not (tmp_path / "tiny").exists():
            tiny_encoder(tmp_path / "tiny", [one.text for one in texts()])
        settings = {"fine_tune": "never"} | training
        lines = "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in settings.items())
        (tmp_path / "labelloop.toml").write_text(
            'name = "news"\n[labels]\nsport = "goal match"\nmoney = "bank stock"\n'
            '[encoder]\nmodel = "tiny"\n[query]\nbatch_size = 80\naudit_share = 0.3\n'
            f'[[sources]]\nname = "texts"\nconnector = "files"\npath = "none.csv"\n[training]\n{lines}\n'
        )
        workspace = open_workspace(tmp_path)
        if not (tmp_path / "filled").exists():
            source = workspace.source("texts")
            extract(workspace, source, _OneBatch)
            link_near_duplicates(workspace)
            (tmp_path / "filled").touch()
        return workspace

    return made


class _OneBatch:
    def batches(self, _cursor: Any) -> Any:
        yield Batch(tuple(texts()), {"done": True})


@pytest.fixture(scope="module")
def once_answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs it leaves a copy of its answered project for the others."""
    return tmp_path_factory.mktemp("answered") / "project"


@pytest.fixture
def answered(
    project: Callable[..., Workspace], answer: Any, tmp_path: Path, once_answered: Path
) -> Workspace:
    """80 answers, a head trained on them."""
    if once_answered.exists():
        shutil.copytree(once_answered, tmp_path, dirs_exist_ok=True)
        return project()
    workspace = project()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    workspace.store.checkpoint()
    shutil.copytree(tmp_path, once_answered)
    return workspace


def vectors(workspace: Workspace, encoder_id: str) -> int:
    with workspace.store.transaction() as tx:
        return 160 - embeddings.missing_count(tx, encoder_id)


def test_a_tuned_encoder_is_encoded_judged_listed_and_used(answered: Workspace, answer: Any) -> None:
    old = answered.encoder().encoder_id
    learned = learn(answered, fine_tune=True)
    assert learned.fine_tuning.promoted, learned.fine_tuning.reason
    rows = {row["model_id"]: row for row in model_rows(answered)}
    tuned = rows[learned.fine_tuning.model_id]
    assert tuned["kind"] == "fine-tuned"
    assert tuned["status"] == "champion"
    assert "audit answers right, champion" in tuned["decision"]
    assert tuned["encoder_id"] != old
    assert answered.encoder().encoder_id == tuned["encoder_id"]
    assert vectors(answered, tuned["encoder_id"]) == vectors(answered, old) > 100
    with answered.store.transaction() as tx:
        champion = models.champion(tx)
        made = predictions.load(tx, [1, 2, 3])
    assert champion and made and made.model_id == champion.model_id
    # What a training tells of going on is found with the tuned model, too, and kept with it.
    assert champion.metrics[stopping.KEPT]["stop_set"] > 0
    assert champion.metrics[stopping.KEPT]["notes"] == []
    assert paying.KEPT in champion.metrics
    # The next questions are chosen, and the next head is trained, with the tuned encoder.
    answer(answered)
    again = learn(answered)
    assert again.training.model_id
    with answered.store.transaction() as tx:
        assert models.get(tx, again.training.model_id).encoder_id == tuned["encoder_id"]
    assert not list((answered.project.folder / ".labelloop").glob("fine-tuning*"))


def test_rolled_back_to_the_old_encoder_and_promoted_again(answered: Workspace) -> None:
    learned = learn(answered, fine_tune=True)
    assert "m0001 is the champion again" in roll_back(answered)
    with answered.store.transaction() as tx:
        champion = models.champion(tx)
    assert champion and champion.kind == "head"
    assert answered.encoder().encoder_id == champion.encoder_id
    assert ask(answered, manual=not readiness(answered).useful).waiting > 0
    assert learned.fine_tuning.model_id
    assert learned.fine_tuning.model_id in promote_model(answered, learned.fine_tuning.model_id)
    assert answered.encoder().encoder_id != champion.encoder_id


def test_a_changed_file_of_the_tuned_encoder_is_refused_and_can_be_rolled_back(
    answered: Workspace,
) -> None:
    from labelloop.loop import workspace as opened

    learn(answered, fine_tune=True)
    weights = next((answered.project.folder / "models").glob("m*/*/model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\0")
    opened._loaded_tuned.cache_clear()
    with pytest.raises(ArtefactMismatch, match=r"model\.safetensors has another sha256"):
        answered.encoder()
    assert "is the champion again" in roll_back(answered)


def test_auto_waits_for_labels_and_never_means_never(
    project: Callable[..., Workspace], answered: Any
) -> None:
    assert fine_tuning.fine_tune_if_due(answered).reason == 'fine_tune = "never"'
    outcome = fine_tuning.fine_tune_if_due(project(fine_tune="auto"))
    assert outcome.model_id is None
    assert "fine-tuning begins at 200" in outcome.reason


def test_time_that_is_too_short_is_said(project: Callable[..., Workspace], answered: Any) -> None:
    workspace = project(fine_tune="always", fine_tune_minutes=0.001)
    outcome = fine_tuning.fine_tune_if_due(workspace)
    assert outcome.model_id is None
    assert "fine_tune_minutes allows 0.001" in outcome.reason


def test_always_tunes_once_per_set_of_answers(project: Callable[..., Workspace], answered: Any) -> None:
    workspace = project(fine_tune="always")
    assert fine_tuning.fine_tune_if_due(workspace).model_id
    assert "already" in fine_tuning.fine_tune_if_due(workspace).reason


@pytest.mark.parametrize("place", ["tuning", "encoding", "keeping"])
def test_killed_anywhere_the_champion_stays_and_the_same_model_comes_out(
    answered: Workspace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_a: object, **_k: object) -> None:
        raise Killed

    if place == "tuning":
        _kill_in_step(monkeypatch, 25, Killed)
    else:
        name = {"encoding": "encode_missing", "keeping": "keep"}[place]
        monkeypatch.setattr(fine_tuning, name, killed)
    with pytest.raises(Killed):
        fine_tuning.fine_tune_if_due(answered, asked=True)
    monkeypatch.undo()
    with answered.store.transaction() as tx:
        assert [model.status for model in models.versions(tx)] == ["champion"]
    assert predict_pool(answered).model_id == "m0001"
    steps = _count_steps(monkeypatch)
    outcome = fine_tuning.fine_tune_if_due(answered)  # "never" holds, but what was begun is finished
    assert outcome.model_id is None
    outcome = fine_tuning.fine_tune_if_due(answered, asked=True)
    assert outcome.promoted
    assert len(steps) < _all_steps(answered)
    if place != "tuning":
        assert not steps


def test_a_tuning_begun_before_the_labels_changed_and_changed_back_begins_anew(
    answered: Workspace,
) -> None:
    assert not fine_tuning._begin(answered).is_old
    assert fine_tuning._begin(answered).is_old
    for old, new in (("sport", "games"), ("games", "sport")):
        schema.apply(answered, Change("rename", (old,), (new,)), by="ada")
    assert answered.project.label_names == ("sport", "money")
    assert not fine_tuning._begin(answered).is_old
    assert fine_tuning._begin(answered).is_old


def _kill_in_step(monkeypatch: pytest.MonkeyPatch, number: int, error: type[BaseException]) -> None:
    from labelloop.learning.fine_tuning import tuning

    monkeypatch.setattr(tuning, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    own, done = tuning.Tuning._step, []

    def step(self: Any, rows: Any) -> None:
        done.append(1)
        if len(done) > number:
            raise error
        own(self, rows)

    monkeypatch.setattr(tuning.Tuning, "_step", step)


def _count_steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    from labelloop.learning.fine_tuning import tuning

    own, done = tuning.Tuning._step, []

    def step(self: Any, rows: Any) -> None:
        done.append(1)
        own(self, rows)

    monkeypatch.setattr(tuning.Tuning, "_step", step)
    return done


def _all_steps(workspace: Workspace) -> int:
    with workspace.store.transaction() as tx:
        return int(models.versions(tx)[-1].recipe["steps"])


def test_vectors_of_encoders_long_past_are_let_go(answered: Workspace) -> None:
    first = learn(answered, fine_tune=True).fine_tuning.model_id
    assert first
    with answered.store.transaction() as tx:
        encoder_id = models.get(tx, first).encoder_id
        for name in ("m0008", "m0009"):
            champion = models.get(tx, "m0001")
            models.register(tx, dataclasses.replace(champion, model_id=name, created_at=now()))
    assert forget_old_vectors(answered) == 0
    promote_model(answered, "m0008")  # the tuned one is next in line: a rollback goes there at once
    assert vectors(answered, encoder_id) > 100
    promote_model(answered, "m0009")
    assert forget_old_vectors(answered) == 0  # the promotion itself let them go
    assert vectors(answered, encoder_id) < 60
    # It can still be gone back to: the folder is there, the texts are encoded anew.
    promote_model(answered, first)
    assert vectors(answered, encoder_id) > 100


def test_a_person_has_the_last_word_on_a_tuned_encoder_too(
    project: Callable[..., Workspace], answered: Workspace
) -> None:
    workspace = project(promotion="ask")
    outcome = fine_tuning.fine_tune_if_due(workspace, asked=True)
    assert outcome.awaits
    assert not outcome.promoted
    assert outcome.model_id
    assert workspace.encoder().encoder_id == answered.own_encoder().encoder_id
    with workspace.store.transaction() as tx:
        tuned = models.get(tx, outcome.model_id)
    assert tuned.decision.startswith("waits for a person's word, the gate says: promoted:")
    assert vectors(workspace, tuned.encoder_id) <= 80  # of what is answered: the gate asks for no more
    without_signs(workspace, outcome.model_id)
    decide_waiting(workspace, outcome.model_id, True, "looks fine")
    assert workspace.encoder().encoder_id == tuned.encoder_id
    assert vectors(workspace, tuned.encoder_id) > 100
    with workspace.store.transaction() as tx:
        assert models.get(tx, outcome.model_id).metrics[stopping.KEPT]["notes"] == []
    assert predict_pool(workspace).documents > 100


def without_signs(workspace: Workspace, model_id: str) -> None:
    """As if nothing had been compared yet: what is there afterwards was found anew."""
    with workspace.store.transaction() as tx:
        kept = models.get(tx, model_id)
        rest = {key: value for key, value in kept.metrics.items() if key != stopping.KEPT}
        models.decide(tx, model_id, kept.decision, rest)


def test_one_that_is_promoted_by_hand_is_compared_with_the_models_before(
    project: Callable[..., Workspace], answered: Workspace
) -> None:
    workspace = project(promotion="ask")
    outcome = fine_tuning.fine_tune_if_due(workspace, asked=True)
    assert outcome.model_id
    without_signs(workspace, outcome.model_id)
    promote_model(workspace, outcome.model_id)
    with workspace.store.transaction() as tx:
        kept = models.get(tx, outcome.model_id)
    assert kept.metrics[stopping.KEPT]["notes"] == []
    assert kept.decision.startswith("promoted by hand; the gate: waits for a person's word")


def test_one_that_is_declined_costs_no_encoding(
    project: Callable[..., Workspace], answered: Workspace
) -> None:
    workspace = project(promotion="ask")
    outcome = fine_tuning.fine_tune_if_due(workspace, asked=True)
    assert outcome.model_id
    decide_waiting(workspace, outcome.model_id, False, "not now")
    with workspace.store.transaction() as tx:
        tuned = models.get(tx, outcome.model_id)
    assert (tuned.status, tuned.decision) == ("candidate", "not now")
    assert model_rows(workspace)[-1]["gate"].startswith("promoted:")  # what it said stays to be read
    assert vectors(workspace, tuned.encoder_id) <= 80


def test_a_tuning_that_fails_costs_the_turn_nothing(
    project: Callable[..., Workspace], answered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labelloop.learning.fine_tuning import procedure

    def failing(*_a: object, **_k: object) -> None:
        raise OutOfMemory("fine-tuning needs more memory than there is")

    monkeypatch.setattr(procedure, "fine_tune", failing)
    learned = learn(project(fine_tune="always"))
    assert "fine-tuning failed: fine-tuning needs more memory" in learned.fine_tuning.reason
    assert predict_pool(answered).model_id == "m0001"
    with pytest.raises(OutOfMemory):
        learn(answered, fine_tune=True)


def test_answers_of_one_class_tune_nothing_and_cost_the_turn_nothing(
    project: Callable[..., Workspace], answer: Any
) -> None:
    workspace = project(fine_tune="always")
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace, always="sport")
    freeze_dataset(workspace)
    with pytest.raises(TooFewLabels, match="labels of one class are nothing to tune"):
        fine_tuning.fine_tune_if_due(workspace)
    outcome = fine_tuning.fine_tune_if_possible(workspace)
    assert outcome.model_id is None
    assert "of one class" in outcome.reason
    with workspace.store.transaction() as tx:
        assert models.versions(tx) == []


def test_an_estimator_of_ones_own_goes_through_the_loop(
    project: Callable[..., Workspace], answered: Workspace
) -> None:
    workspace = project(head="sklearn.naive_bayes:GaussianNB")
    outcome = learn(workspace, again=True).training
    assert outcome.model_id
    with workspace.store.transaction() as tx:
        model = models.get(tx, outcome.model_id)
    assert model.recipe["factory"] == "sklearn.naive_bayes:GaussianNB"
    assert model.kind == "head"
    promote_model(workspace, outcome.model_id)
    assert predict_pool(workspace).model_id == outcome.model_id


def test_a_back_test_of_the_project_tunes_its_own_encoder_and_tells_the_cost_first(
    answered: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    from labelloop.loop.backtesting import Wanted, of_project
    from labelloop.simulation.plan import Plan

    plan = Plan(start=20, batch=20, rounds=1, fine_tune_at=(40,))
    with caplog.at_level("INFO"):
        result = of_project(answered.project.folder, Wanted(["margin"], plan, seeds=1))
    assert "1 tuning of the encoder in all, about 1 minute here" in caplog.text
    ((tuned,),) = (run["tunings"] for run in result["runs"])
    assert (tuned["labels"], tuned["promoted"]) == (40, True)
    with answered.store.transaction() as tx:
        assert len(models.versions(tx)) == 1  # the project itself is as it was
