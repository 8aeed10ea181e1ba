"""One turn of the loop: begun, finished, told to people; and its learning half alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labelloop.loop import asking, database, fine_tuning, generation, training
from labelloop.loop.clock import now
from labelloop.loop.project_labels import settle, settle_kind
from labelloop.loop.readiness import readiness
from labelloop.loop.status import accuracy_text, project_status
from labelloop.loop.training import TrainingOutcome
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted
from labelloop.store import turns


@dataclass(frozen=True)
class Turn:
    """A finished turn: its number, and the project's status after it."""

    turn: int
    status: dict[str, Any]

    @property
    def has_nothing(self) -> bool:
        """Whether every source failed and no document is stored from before: the turn was in vain."""
        found = self.status
        outcomes = [source["outcome"] for source in found["sources"]]
        return not found["documents"] and bool(outcomes) and set(outcomes) == {"failed"}

    def for_people(self, project: str) -> Iterator[str]:
        """A few lines: what there is, what failed, what waits, how to go on."""
        found = self.status
        yield (
            f"Turn {self.turn} is done: {counted(found['documents'], 'document')}"
            f" ({counted(found['duplicates'], 'duplicate')}), {found['labels']:,} labelled."
        )
        for source in found["sources"]:
            if source["error"]:
                yield f"Source {source['name']} could not be read: {source['error']}"
        if found["quarantined"]:
            yield (
                f"{counted(found['quarantined'], 'row')} could not be taken; which, and why:"
                f" labelloop sources set-aside --project {project}"
            )
        yield from waits_for_people(found, project)


@dataclass(frozen=True)
class Learned:
    """What ``labelloop train`` did."""

    training: TrainingOutcome
    status: dict[str, Any]
    fine_tuning: TrainingOutcome

    def for_people(self, project: str) -> Iterator[str]:
        """Trained or not, why, and what waits now."""
        yield _became(self.training, "Nothing trained")
        yield _became(self.fine_tuning, "Encoder not tuned")
        yield from waits_for_people(self.status, project)


def _became(outcome: TrainingOutcome, otherwise: str) -> str:
    if outcome.model_id is None:
        return f"{otherwise}: {outcome.reason.rstrip('.')}."
    became = "is the champion now" if outcome.promoted else "was not promoted"
    return f"{outcome.model_id} {became}: {outcome.reason}."


def waits_for_people(found: dict[str, Any], project: str) -> Iterator[str]:
    """Accuracy so far, and how to answer what waits."""
    yield f"{found['measure'].capitalize()}: {accuracy_text(found)}."
    if not found["documents"]:
        yield f"There are no documents yet. See why: labelloop sources check --project {project}"
        return
    waiting = found["queue"]["open"] + found["queue"]["leased"]
    if not waiting:
        yield "No question waits: every document is answered, or the budget is spent."
        return
    waits, them = ("waits", "it") if waiting == 1 else ("wait", "them")
    yield f"{counted(waiting, 'question')} {waits} for a person. Answer {them}:"
    yield f"  here, one key each:   labelloop check --project {project}"
    yield f"  or in a spreadsheet:  labelloop queue export open.csv --project {project}"
    yield f"                        labelloop import open.csv --annotator NAME --project {project}"
    yield f"Then learn from them:   labelloop run --project {project}"


def begin(workspace: Workspace) -> int:
    """Open the next turn, or go on with one that was cut short; its number."""
    with workspace.store.transaction("begin the turn") as tx:
        settle(tx, workspace)
        settle_kind(tx, workspace)
        return turns.begin(tx, now=now()).turn


def finish(workspace: Workspace) -> Turn:
    """Close the turn with the counts it ends on, and fold the log into the store."""
    found = project_status(workspace)
    with workspace.store.transaction("finish the turn") as tx:
        turn = turns.begin(tx, now=now()).turn
        turns.finish(tx, turn, found, now=now())
    workspace.store.checkpoint()
    return Turn(turn, project_status(workspace))


def learn(workspace: Workspace, *, again: bool = False, fine_tune: bool = False) -> Learned:
    """Freeze, train, tune the encoder where due or asked for, re-score after a promotion, ask anew.

    Raises:
        TooFewLabels: There is nothing to train on; says what is missing.
    """
    begin(workspace)
    generation.encode_pool(workspace)
    database.freeze_dataset(workspace)
    outcome = training.train_model(workspace, again=again)
    if fine_tune:
        tuned = fine_tuning.fine_tune_if_due(workspace, asked=True)
    else:
        tuned = fine_tuning.fine_tune_if_possible(workspace)
    if outcome.promoted or tuned.promoted:
        generation.predict_pool(workspace)
    asking.ask(workspace, manual=not readiness(workspace).useful)
    return Learned(outcome, finish(workspace).status, tuned)
