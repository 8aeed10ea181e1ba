"""Which action an answer is, and whether it fits. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from labelloop.errors import BadInput
from labelloop.label_sets import written
from labelloop.records import Action, Verdict


def action_of(labels: Sequence[str], suggestion: str | None, shown: bool) -> Action:
    """``label`` where no suggestion was shown, else ``accept`` or ``correct``."""
    if suggestion is None or not shown:
        return "label"
    return "accept" if written(labels) == suggestion else "correct"


def check_action(verdict: Verdict, suggestion: str | None, *, multi_label: bool = False) -> None:
    """Refuse an action that does not fit its labels, or the suggestion that was shown.

    No label at all is an answer where ``multi_label``: none of these.

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
    if not labels and not multi_label:
        raise BadInput(f"{action!r} needs a label")
    if action in ("accept", "correct") and action != action_of(labels, suggestion, shown=True):
        raise BadInput(
            f"{action!r} of {', '.join(labels)} does not fit item {verdict.item_id},"
            f" which suggested {suggestion or 'nothing'}"
        )
