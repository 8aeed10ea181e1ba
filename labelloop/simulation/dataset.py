"""Known answers from a CSV file, and their vectors, cached by content."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelloop.errors import BadInput
from labelloop.learning.arrays import Bools, Float32, Ints
from labelloop.learning.duplicates import roots
from labelloop.learning.encoders import Encoder, Progress
from labelloop.plurals import counted

TEST_SHARE = 0.2
"""Share of the rows that is the test where the file names no split."""
_LONGEST_CELL = 10_000_000


@dataclass(frozen=True)
class KnownAnswers:
    """Texts whose labels are known.

    Attributes:
        name: What the result calls the data set.
        texts: n texts.
        labels: The k labels, sorted.
        y: (n,) index of each text's label; (n, k) 1 for each label it has where it may have several.
        train: (n,) True where the text may be asked; the others are the test.
    """

    name: str
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    y: Ints
    train: Bools


_Row = tuple[int, str, str, str | None]


def read_known_answers(path: Path, *, seed: int = 0, multi_label: bool = False) -> KnownAnswers:
    """Read a CSV with the columns ``text``, ``label`` and perhaps ``split`` (train, test).

    A column ``labels``, as ``labelloop export`` writes it, is taken in the place of ``label``.
    Without ``split``, a seeded fifth of the rows is the test. With ``multi_label`` a label cell may
    hold several, ``a|b`` or a JSON list, or none, ``[]``.

    Raises:
        BadInput: It cannot be read or used; names file, line and remedy.
    """
    rows = list(_rows(path, multi_label))
    if not rows:
        raise BadInput(
            f"{path} has a header and no rows",
            remedy="Write a text and its label in each row, as 'labelloop export' does",
        )
    if multi_label:
        return _with_sets(path, rows, seed)
    labels = tuple(sorted({label for _, _, label, _ in rows}))
    if len(labels) < 2:
        raise BadInput(
            f"{path} has {counted(len(rows), 'row')} and {counted(len(labels), 'different label')}",
            remedy="A back-test needs at least two labels",
        )
    number = {label: i for i, label in enumerate(labels)}
    y = np.array([number[label] for _, _, label, _ in rows], dtype=np.int64)
    train = _train_rows(path, [split for *_, split in rows], seed)
    return KnownAnswers(path.stem, tuple(text for _, text, *_ in rows), labels, y, train)


def _with_sets(path: Path, rows: list[_Row], seed: int) -> KnownAnswers:
    from labelloop.simulation.sets import sets_of_cells

    cells = [(line, label) for line, _, label, _ in rows]
    labels, Y = sets_of_cells(path, cells)
    if len(labels) < 2:
        raise BadInput(f"{path} has fewer than two labels", remedy="A back-test needs at least two")
    train = _train_rows(path, [split for *_, split in rows], seed)
    return KnownAnswers(path.stem, tuple(text for _, text, *_ in rows), labels, Y, train)


def _rows(path: Path, multi_label: bool) -> Iterator[_Row]:
    """Line, text, label and split of each row."""
    before = csv.field_size_limit(_LONGEST_CELL)
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            column = _label_column(path, reader.fieldnames)
            for row in reader:
                line = reader.line_num
                yield line, *_row(path, line, row, column, multi_label)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(
            f"{path} is not UTF-8 text after line {line}", remedy="Save it as UTF-8"
        ) from None
    except csv.Error as error:
        raise BadInput(f"{path} is no CSV after line {line}: {error}") from None
    finally:
        csv.field_size_limit(before)


def _label_column(path: Path, found: Sequence[str] | None) -> str:
    """``label``, or ``labels`` as ``labelloop export`` names it."""
    if not found:
        raise BadInput(f"{path} is empty", remedy="It needs the columns text and label")
    label = "labels" if "labels" in found and "label" not in found else "label"
    for column in ("text", label):
        if column not in found:
            raise BadInput(
                f"{path} has no column {column!r}, only {', '.join(map(repr, found))[:200]}",
                remedy="It needs the columns text and label, and may have split",
            )
    return label


def _row(
    path: Path, line: int, row: dict[str, str | None], column: str, multi_label: bool
) -> tuple[str, str, str | None]:
    text, label, split = row["text"] or "", (row[column] or "").strip(), row.get("split")
    if column == "labels" and not multi_label:
        label = _only_one(path, line, label)
    if not label:
        raise BadInput(f"{path} line {line} has no label", remedy="Give every row one, or drop it")
    if split is not None and split not in ("train", "test"):
        raise BadInput(f"{path} line {line} has the split {split!r}", remedy="Write train or test")
    return text, label, split


def _only_one(path: Path, line: int, cell: str) -> str:
    """The label of a cell such as ``["praise"]``; other cells are labels as they stand."""
    try:
        found = json.loads(cell) if cell.startswith("[") else None
    except ValueError:
        return cell
    if not isinstance(found, list):
        return cell
    if len(found) != 1:
        raise BadInput(
            f"{path} line {line} has {len(found)} labels: {cell[:60]}", remedy="Add --multi-label"
        )
    return str(found[0])


def _train_rows(path: Path, splits: list[str | None], seed: int) -> Bools:
    n = len(splits)
    if splits[0] is not None:
        train = np.array([split == "train" for split in splits])
    else:
        train = np.random.default_rng(seed).permutation(n) >= round(TEST_SHARE * n)
    for side, count in (("train", train.sum()), ("test", n - train.sum())):
        if count == 0:
            raise BadInput(f"{path} has no row to {side} on", remedy="Mark some rows in 'split'")
    return train


def asked_once(data: KnownAnswers) -> Bools:
    """Which texts (n,) may be asked: as in production, one of each group of near-duplicates.

    A group with a text of the test is on the test's side and is not asked at all.
    """
    root, train = roots(data.texts), np.flatnonzero(data.train)
    may = np.zeros(len(root), dtype=bool)
    may[train[np.unique(root[train], return_index=True)[1]]] = True
    return np.asarray(may & ~np.isin(root, root[~data.train]))


def vectors_of(
    texts: Sequence[str], encoder: Encoder, cache: Path | None, progress: Progress | None = None
) -> Float32:
    """Vectors (n, d) of texts, kept in the cache folder under a hash of encoder and texts."""
    if cache is None:
        return encoder.encode(texts, progress)
    file = cache / f"{_content_hash(texts, encoder.encoder_id)}.npy"
    kept = _kept(file, len(texts), encoder.dimension)
    if kept is None:
        kept = encoder.encode(texts, progress)
        _keep(file, kept)
    elif progress is not None:
        progress(len(texts))
    return kept


def _content_hash(texts: Sequence[str], encoder_id: str) -> str:
    found = hashlib.sha256(encoder_id.encode())
    for text in texts:
        content = text.encode(errors="surrogatepass")
        found.update(len(content).to_bytes(8, "little") + content)
    return found.hexdigest()[:32]


def _kept(file: Path, n: int, dimension: int) -> Float32 | None:
    try:
        kept: Float32 = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # none yet, or half of one
    return kept if kept.shape == (n, dimension) else None


def _keep(file: Path, vectors: Float32) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as content:
            np.save(content, vectors, allow_pickle=False)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
