"""Labels Checking, the person's side: one desk hands out questions and takes answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from labelloop.loop.clock import now
from labelloop.loop.project_labels import settle, settle_kind, stored
from labelloop.loop.workspace import Workspace
from labelloop.records import Action, Item, Verdict
from labelloop.store import annotators, answering, label_arrival, label_schema, leases, queue
from labelloop.store.transaction import Transaction


class Desk:
    """One annotator at work. Every answer is on disk when the call returns.

    Attributes:
        annotator: Name of the person.
    """

    def __init__(self, workspace: Workspace, annotator: str) -> None:
        self._workspace, self._store = workspace, workspace.store
        self.annotator = annotator
        with self._store.transaction("sit down") as tx:
            self._schema = settle(tx, workspace)
            settle_kind(tx, workspace)
            annotators.ensure(tx, annotator, now=now())

    def next(self) -> Item | None:
        """The next question, leased to this person; None where nothing waits."""
        with self._store.transaction("next question") as tx:
            self._schema = stored(tx, self._workspace)
            return leases.claim(tx, self.annotator, now=now())

    def label(self, item: Item, label: str, seconds: float, *, verdict_id: str) -> None:
        """Give a label: it accepts or corrects the suggestion where one was shown."""
        self.label_set(item, (label,), seconds, verdict_id=verdict_id)

    def label_set(self, item: Item, labels: Sequence[str], seconds: float, *, verdict_id: str) -> None:
        """Give zero, one or several labels, where a document may have so many.

        Raises:
            BadInput: It may not, or one is named twice.
            LabelGone: It was split or removed meanwhile.
            LeaseLost: Somebody else has the question meanwhile.
            StaleText: The text changed meanwhile.
        """
        action = answering.action_of(labels, item.suggestion, item.suggestion_shown)
        self._give(item, action, seconds, verdict_id, labels=tuple(labels))

    def skip(self, item: Item, seconds: float, *, verdict_id: str) -> None:
        """Leave the question to others."""
        self._give(item, "skip", seconds, verdict_id)

    def flag(self, item: Item, note: str, seconds: float, *, verdict_id: str) -> None:
        """Say that something is wrong with the document."""
        self._give(item, "flag", seconds, verdict_id, note=note or None)

    def undo(self, *, verdict_id: str) -> Item | None:
        """Take back the newest answer that stands; its question comes next again.

        Returns:
            The question, None where there was nothing to take back.
        """
        with self._store.transaction("take back") as tx:
            return answering.undo(tx, self.annotator, verdict_id=verdict_id, now=now())

    def leave(self, item: Item) -> None:
        """Give a question back unanswered."""
        with self._store.transaction("leave") as tx:
            leases.release(tx, item.item_id, self.annotator)

    def _give(
        self,
        item: Item,
        action: Action,
        seconds: float,
        verdict_id: str,
        *,
        labels: tuple[str, ...] = (),
        note: str | None = None,
    ) -> None:
        verdict = Verdict(
            verdict_id=verdict_id,
            item_id=item.item_id,
            document_id=item.document_id,
            content_hash=item.content_hash,
            annotator=self.annotator,
            action=action,
            labels=labels,
            suggestion_shown=item.suggestion_shown,
            given_at=now(),
            seconds=seconds,
            note=note,
        )
        with self._store.transaction("keep a verdict") as tx:
            answering.answer(tx, self._in_present_labels(tx, verdict))

    def _in_present_labels(self, tx: Transaction, verdict: Verdict) -> Verdict:
        """The labels were changed since the question was asked: they are followed, or refused."""
        label_schema.answer_by(tx)
        labels = label_arrival.meant(tx, verdict.labels, self._schema.version)
        if labels == verdict.labels or verdict.item_id is None:
            return verdict
        item = queue.get(tx, verdict.item_id)
        action = answering.action_of(labels, item.suggestion, item.suggestion_shown)
        return replace(verdict, labels=labels, action=action, suggestion_shown=item.suggestion_shown)
