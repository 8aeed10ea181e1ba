"""What the world around the loop hears of: counted in the store, each where it is so."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from labelloop.loop import asking, curve, models, signals, turn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Interval

pytestmark = pytest.mark.encoder

Answer = Callable[..., int]


@pytest.fixture
def trained(make: Callable[..., Workspace], answer: Answer) -> Workspace:
    workspace = make()
    from labelloop.loop import generation

    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    answer(workspace)
    turn.learn(workspace)
    return workspace


def test_new_answers_are_those_the_model_has_not_learned(trained: Workspace, answer: Answer) -> None:
    found = signals.waiting(trained)
    assert (found.new_answers, found.trained_on, found.verdicts) == (0, 1, 10)
    assert found.open_questions == 10
    answer(trained, limit=4)
    found = signals.waiting(trained)
    assert found.new_answers == 4
    assert found.open_questions == 6
    assert signals.verdicts_given(trained) == 14


def test_an_accuracy_that_fell_beyond_its_interval_is_told(
    trained: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = models.find(trained, None)
    assert before is not None
    value = before.metrics["audit"]["accuracy"]["value"]
    assert value > 0.5
    assert signals.accuracy_fell(trained) is None
    for high, fell in ((value + 0.01, False), (value, False), (value - 0.01, True)):
        today = Interval(high - 0.2, high - 0.4, 0.0, 30)
        monkeypatch.setattr(signals, "measured_accuracy", lambda _tx, today=today: today)
        # Wilson's bound, made for one look, says nothing here; the one for all looks decides.
        looks = (high - 0.5, high)
        monkeypatch.setattr(signals, "accuracy_at_every_look", lambda _tx, looks=looks: looks)
        found = signals.accuracy_fell(trained)
        assert (found is not None) == fell
    assert found is not None
    assert found.model_id == "m0001"
    assert found.promoted_at_accuracy == value
    monkeypatch.setattr(signals, "measured_accuracy", lambda _tx: Interval(None, None, None, 0))
    assert signals.accuracy_fell(trained) is None


def test_the_curve_has_a_point_for_each_measured_model(trained: Workspace, answer: Answer) -> None:
    answer(trained)
    turn.learn(trained)
    found = curve.points(trained)
    assert [point.model_id for point in found] == ["m0001", "m0002"]
    assert found[0].labels < found[1].labels
    assert all(point.low <= point.accuracy <= point.high for point in found)
    drawn = curve.draw(found, "news & <views>")
    assert len(drawn) < 20_000  # it travels inside a page of markdown
    svg = ElementTree.fromstring(drawn)  # noqa: S314  (our own)
    said = "".join(svg.itertext())
    assert "news & <views>" in said
    assert "labels trained on" in said
    assert [title.text for title in svg.iter("{http://www.w3.org/2000/svg}title")] == [
        f"{p.model_id}: {p.accuracy:.3f} [{p.low:.3f}, {p.high:.3f}]" for p in found
    ]


@pytest.mark.parametrize(
    ("least", "step"), [(0.2, 1), (1.1, 2), (3, 5), (10, 10), (11, 20), (600, 1000)]
)
def test_the_numbers_below_the_curve_are_round(least: float, step: int) -> None:
    assert curve._round_step(least) == step


def test_a_model_waits_for_a_person_where_the_project_says_so(
    make: Callable[..., Workspace], answer: Answer
) -> None:
    from labelloop.loop import generation

    folder = make().project.folder
    toml = folder / "labelloop.toml"
    toml.write_text(toml.read_text("utf-8") + '[training]\npromotion = "ask"\n', "utf-8")
    workspace = open_workspace(folder)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    answer(workspace)
    outcome = turn.learn(workspace).training
    assert outcome.awaits
    assert not outcome.promoted
    assert models.find(workspace, None) is None
    waiting = models.waiting(workspace)
    assert waiting is not None
    assert waiting.model_id == outcome.model_id
    models.decide_waiting(workspace, waiting.model_id, False, "declined by a person")
    assert models.waiting(workspace) is None
    assert models.find(workspace, None) is None
    turn.learn(workspace, again=True)
    models.decide_waiting(workspace, "m0002", True, "promoted by a person")
    champion = models.find(workspace, None)
    assert champion is not None
    assert (champion.model_id, champion.decision) == ("m0002", "promoted by a person")
