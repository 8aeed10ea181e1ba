"""Answers given elsewhere, taken in: all rows of a file, or the good ones with the others beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labelloop.errors import LabelGone
from labelloop.loop.answer_rows import answer_rows
from labelloop.loop.clock import now
from labelloop.loop.project_labels import settle, settle_kind
from labelloop.loop.spreadsheets import write_csv
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted
from labelloop.store import annotators, answering, label_arrival
from labelloop.store.transaction import Transaction
from labelloop.store.verdict_import import GivenLabel, RefusedRow


@dataclass(frozen=True)
class Imported:
    """What an import of answers did.

    Attributes:
        taken: New verdicts.
        known: Rows that say what this person had said already.
        empty: Rows without a label.
        rejected: Place and reason of rows that were set aside, in the order of the file.
        rejects: File they were written to.
    """

    taken: int
    known: int
    empty: int
    rejected: tuple[tuple[str, str], ...] = ()
    rejects: Path | None = None

    def for_people(self) -> str:
        """One line."""
        if not (self.taken or self.known or self.empty or self.rejected):
            return (
                "No answers: the file has a header and no rows. Write the open questions with"
                " 'labelloop queue export', fill in the column 'label', and import that."
            )
        parts = [f"{counted(self.taken, 'answer')} taken"]
        if self.known:
            parts.append(f"{self.known:,} {'was' if self.known == 1 else 'were'} known already")
        if self.empty:
            parts.append(f"{counted(self.empty, 'row')} without a label yet")
        if self.rejected:
            place, reason = self.rejected[0]
            parts.append(
                f"{len(self.rejected):,} set aside in {self.rejects} (first: {place}: {reason})"
            )
        return "; ".join(parts) + "."


def import_verdicts(
    workspace: Workspace, path: Path, annotator: str, *, set_aside: bool = False
) -> Imported:
    """Take in a CSV of answers with at least ``item_id`` and ``label``.

    Args:
        workspace: The project.
        path: The file. A column ``content_hash``, as exported, names the exact text seen; what
            stands in the columns ``document_id``, ``external_id`` and ``text`` must be the item's.
        annotator: Who gave the answers.
        set_aside: Take the good rows and write the others to ``PATH.rejected.csv``;
            otherwise one bad row stops the import and nothing is taken.

    Raises:
        BadInput: The file cannot be read, or a row cannot be taken; names file and line of the first,
            and how many more there are.
        UnknownName: An item or label nobody knows, likewise.
    """
    settings = workspace.project.settings
    read = list(answer_rows(path, workspace.project.label_names if settings.multi_label else None))
    given = [row for row in read if isinstance(row, GivenLabel)]
    refused = [row for row in read if isinstance(row, RefusedRow)]
    with workspace.store.transaction("import answers") as tx:
        settle(tx, workspace)
        settle_kind(tx, workspace)
        annotators.ensure(tx, annotator, now=now())
        good = list(_in_present_labels(tx, given, refused))
        before = len(refused)  # none of them is among the rows that are left
        taken = answering.import_labels(tx, annotator, good, now=now(), refused=refused)
        known = len(good) - taken - (len(refused) - before)
        refused = _in_order(refused, read)
        if refused and not set_aside:
            _refuse(refused)
    return Imported(taken, known, read.count(None), *_write_refused(path, refused))


def _in_present_labels(
    tx: Transaction, given: Sequence[GivenLabel], refused: list[RefusedRow]
) -> Iterator[GivenLabel]:
    """A file may have been filled in before labels were renamed: they are followed."""
    follow = label_arrival.follower(tx)
    for row in given:
        try:
            labels = follow(row.labels)
        except LabelGone as error:
            said = LabelGone(f"{row.place}: {error.message}", remedy=error.remedy)
            refused.append(RefusedRow(row.place, said))
        else:
            yield row if labels == row.labels else replace(row, labels=labels)


def _in_order(
    refused: list[RefusedRow], read: Sequence[GivenLabel | RefusedRow | None]
) -> list[RefusedRow]:
    """As they stand in the file."""
    line = {row.place: number for number, row in enumerate(read) if row is not None}
    return sorted(refused, key=lambda row: line[row.place])


def _refuse(refused: Sequence[RefusedRow]) -> None:
    """Say the first and how many more; inside the transaction, so that nothing of it stays."""
    error = refused[0].error
    more = len(refused) - 1
    also = f", and {counted(more, 'more row')} cannot be taken" if more else ""
    nothing = "Nothing was imported: mend the file, or take the other rows alone with --set-aside"
    raise type(error)(
        f"{error.message}{also}", remedy=f"{error.remedy}. {nothing}" if error.remedy else nothing
    )


def _write_refused(
    path: Path, refused: Sequence[RefusedRow]
) -> tuple[tuple[tuple[str, str], ...], Path | None]:
    if not refused:
        return (), None
    rows = tuple((row.place, row.error.message.removeprefix(f"{row.place}: ")) for row in refused)
    out = path.with_name(path.stem + ".rejected.csv")
    write_csv(out, ("place", "reason"), rows)
    return rows, out
