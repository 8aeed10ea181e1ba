"""Rows of a file of answers: each row's item and labels, and why a row is no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labelloop.errors import BadInput
from labelloop.label_sets import read_cell
from labelloop.loop.spreadsheets import read_csv
from labelloop.store.verdict_import import GivenLabel, RefusedRow

_LARGEST_ID = 2**63  # more than any store counts to


def answer_rows(path: Path, known: Sequence[str] | None) -> Iterator[GivenLabel | RefusedRow | None]:
    """Each row's answer, why it is none, or None for a row without a label.

    Args:
        path: A CSV file with at least the columns ``item_id`` and ``label``.
        known: The labels, where a cell may hold several of them.

    Raises:
        BadInput: The file is no such CSV.
    """
    places: dict[int, str] = {}
    for place, row in read_csv(path, ("item_id", "label")):
        if not row["label"]:
            yield None
            continue
        try:
            yield _given(place, row, places, known)
        except BadInput as error:
            yield RefusedRow(place, error)


def _given(
    place: str, row: Mapping[str, str], places: dict[int, str], known: Sequence[str] | None
) -> GivenLabel:
    item_id = _item(place, row["item_id"])
    if item_id in places:
        raise BadInput(f"{place}: item {item_id} stands already in {places[item_id]}")
    places[item_id] = place
    return GivenLabel(
        place=place,
        labels=(row["label"],) if known is None else _set(place, row["label"], known),
        item_id=item_id,
        content_hash=row.get("content_hash") or None,
        document_id=_document(place, row.get("document_id", "")),
        external_id=row.get("external_id") or None,
        text=row.get("text") or None,
    )


def _item(place: str, cell: str) -> int:
    if not cell.isascii() or not cell.isdigit():
        raise BadInput(
            f"{place}: item_id {cell!r} is not a whole number",
            remedy="It is the first column of 'labelloop queue export'",
        )
    if len(cell) > 19 or int(cell) >= _LARGEST_ID:
        raise BadInput(f"{place}: there is no item {cell[:30]}…")
    return int(cell)


def _document(place: str, cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isascii() or not cell.isdigit() or len(cell) > 18:
        raise BadInput(
            f"{place}: document_id {cell[:30]!r} is not a whole number",
            remedy="Leave the column as 'labelloop queue export' wrote it, or out",
        )
    return int(cell)


def _set(place: str, cell: str, known: Sequence[str]) -> tuple[str, ...]:
    try:
        return read_cell(cell, known)
    except BadInput as error:
        raise BadInput(f"{place}: {error.message}", remedy=error.remedy) from None
