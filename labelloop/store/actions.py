"""Which action an answer is, and whether it fits. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from labelloop.errors import BadInput
from labelloop.records import Action, Verdict


def action_of(labels: Sequence[str], suggestion: str | None, shown: bool) -> Action:
    """``label`` where no suggestion was shown, else ``accept`` or ``correct``."""
    if suggestion is None or not shown:
        return "label"
    return "accept" if list(labels) == [suggestion] else "correct"


def check_action(verdict: Verdict, suggestion: str | None) -> None:
    """Refuse an action that does not fit its labels, or the suggestion that was shown.

    Raises:
        BadInput: Naming what does not fit.
    """
    action, labels = verdict.action, verdict.labels
    if action == "undo":
        raise BadInput("an undo is not an answer")
    if action in ("skip", "flag"):
        if labels:
            raise BadInput(f"{action!r} takes no label, not {', '.join(labels)}")
        return
    if not labels:
        raise BadInput(f"{action!r} needs a label")
    if action in ("accept", "correct") and action != action_of(labels, suggestion, shown=True):
        raise BadInput(
            f"{action!r} of {', '.join(labels)} does not fit item {verdict.item_id},"
            f" which suggested {suggestion or 'nothing'}"
        )
