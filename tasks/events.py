"""Events that close the loop, and that automations can wait for.

All concern the resource ``labelloop.project.SLUG``:

- ``labelloop.verdicts.ready``: as many new answers as ``training.after_verdicts`` wait.
- ``labelloop.model.promoted``: a model became the champion.
- ``labelloop.promotion.wanted``: a turn trained a model that waits for a person's word.
- ``labelloop.questions.wanted``: the pool is scored, or a training ended without a new
  champion: time to ask. The label ``labelloop.ask`` says ``checking`` or ``manual``.
- ``labelloop.source.failed``, ``labelloop.budget.spent``, ``labelloop.accuracy.fell``:
  for people.

The label ``labelloop.in-turn`` is ``yes`` where a turn goes on by itself, ``no`` where the
event has to start what follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from prefect import runtime
from prefect.events import emit_event

from labelloop.loop import signals
from labelloop.loop.readiness import readiness
from labelloop.loop.workspace import Workspace
from tasks.naming import resource_id

Event = Literal[
    "verdicts.ready",
    "model.promoted",
    "promotion.wanted",
    "questions.wanted",
    "source.failed",
    "budget.spent",
    "accuracy.fell",
]


def emit(
    workspace: Workspace,
    event: Event,
    payload: Mapping[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Tell Prefect that something happened to a project. Payloads hold numbers and names, no texts."""
    emit_event(
        f"labelloop.{event}",
        resource={
            "prefect.resource.id": resource_id(workspace),
            "prefect.resource.name": workspace.project.settings.name,
            "labelloop.in-turn": "no" if stands_alone() else "yes",
            **(labels or {}),
        },
        payload={"project": str(workspace.project.folder), **payload},
    )


def emit_once(
    workspace: Workspace,
    event: Event,
    about: str,
    payload: Mapping[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
) -> bool:
    """The same, but only the first time for what it is ``about``; says whether it was.

    The mark is a file made with O_EXCL: of two processes one emits, and a restart forgets nothing.
    """
    told = workspace.project.folder / ".labelloop" / "told"
    told.mkdir(parents=True, exist_ok=True)
    try:
        (told / f"{event}-{hashlib.sha256(about.encode()).hexdigest()[:16]}").touch(exist_ok=False)
    except FileExistsError:
        return False
    emit(workspace, event, payload, labels=labels)
    return True


def stands_alone() -> bool:
    """Whether this run is a stage on its own, so that an event has to start the next one."""
    return not runtime.flow_run.parent_flow_run_id


def want_questions(workspace: Workspace, *, once_about: str | None = None) -> None:
    """Say that it is time to ask people, and which stage should do it; once, where told so."""
    ready = readiness(workspace)
    labels = {"labelloop.ask": "checking" if ready.useful else "manual"}
    payload = {"reason": ready.reason}
    if once_about is None:
        emit(workspace, "questions.wanted", payload, labels=labels)
    else:
        emit_once(workspace, "questions.wanted", once_about, payload, labels=labels)


def warn_people(workspace: Workspace) -> None:
    """Emit what people should know of: a spent budget, an accuracy that fell. Each once."""
    spent = signals.budget_spent(workspace)
    if spent is not None:
        emit_once(workspace, "budget.spent", str(spent), {"max_labels": spent})
    fell = signals.accuracy_fell(workspace)
    if fell is not None:
        emit_once(workspace, "accuracy.fell", fell.model_id, fell.as_json())
