"""Documents looked at, answered again, sent back; disputes settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from labelloop.errors import LabelloopError
from labelloop.loop.checking import LEASE_SECONDS
from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.records import Item, Verdict
from labelloop.store import (
    answering,
    label_arrival,
    label_migration,
    opening,
    reopening,
    searching,
    verdicts,
)
from labelloop.store import disputes as store_disputes
from labelloop.store.disputes import Disputed
from labelloop.store.opening import Opened
from labelloop.store.searching import Hit, Search


def find(
    workspace: Workspace, what: Search, *, viewer: str, all_answers: bool, limit: int, offset: int = 0
) -> tuple[int, list[Hit]]:
    """How many documents fit, and some of them."""
    with workspace.store.transaction("search") as tx:
        return searching.search(
            tx, what, viewer=viewer, all_answers=all_answers, limit=limit, offset=offset
        )


def look(workspace: Workspace, document_id: int, *, viewer: str, all_answers: bool) -> Opened:
    """One document with what the viewer may know of it.

    Raises:
        UnknownName: There is none of this number.
    """
    with workspace.store.transaction("open a document") as tx:
        return opening.open_document(tx, document_id, viewer=viewer, all_answers=all_answers)


def meant(workspace: Workspace, document_id: int) -> dict[str, tuple[int, tuple[str, ...] | None]]:
    """Answers on a document that a change of the labels touched, by verdict id.

    Each with the version since which it means what: None where it is asked again.
    """
    with workspace.store.transaction("what answers mean") as tx:
        return label_migration.meant_since(tx, document_id)


def disputes(workspace: Workspace) -> list[Disputed]:
    """Documents whose answers differ, side by side."""
    with workspace.store.transaction("disputes") as tx:
        return store_disputes.disputed(tx)


def ask_me(workspace: Workspace, document_id: int, annotator: str) -> Item:
    """Put a document's question before this person next.

    Raises:
        UnknownName: There is no such document.
        QueueError: It cannot be asked, or somebody else has it.
    """
    at = now()
    with workspace.store.transaction("ask me") as tx:
        opening.open_document(tx, document_id, viewer=annotator, all_answers=False)
        return reopening.ask_me(
            tx, document_id, annotator, until=at + timedelta(seconds=LEASE_SECONDS), now=at
        )


def send_back(workspace: Workspace, document_id: int, people: int) -> int:
    """Ask a document again of so many people; the item's number.

    Raises:
        UnknownName: There is no such document.
        QueueError: It cannot be asked.
    """
    with workspace.store.transaction("send back") as tx:
        opening.open_document(tx, document_id, viewer="", all_answers=False)
        return reopening.ask_again(tx, document_id, verdicts_wanted=people, now=now())


def settle(
    workspace: Workspace, document_id: int, annotator: str, labels: Sequence[str], verdict_id: str
) -> bool:
    """The last word on a document, from who settles disputes; False where it was known.

    Raises:
        LabelloopError: It cannot be asked, or the label is unknown.
    """
    at = now()
    with workspace.store.transaction("settle") as tx:
        if answering.is_known(tx, verdict_id):
            return False
        labels = label_arrival.meant(tx, labels, None)  # a page may be behind
        until = at + timedelta(seconds=LEASE_SECONDS)
        item = reopening.ask_me(tx, document_id, annotator, until=until, now=at)
        verdict = Verdict(
            verdict_id=verdict_id,
            item_id=item.item_id,
            document_id=item.document_id,
            content_hash=item.content_hash,
            annotator=annotator,
            action=answering.action_of(labels, item.suggestion, item.suggestion_shown),
            labels=tuple(labels),
            suggestion_shown=item.suggestion_shown,
            given_at=at,
        )
        if not answering.answer(tx, verdict):
            raise LabelloopError(f"the answer on document {document_id} was not kept")
        verdicts.settle(tx, verdict_id, now=at)
        return True
