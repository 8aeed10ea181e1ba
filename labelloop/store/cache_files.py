"""The files of one vector cache: appended, checked, mapped."""

from __future__ import annotations

import json
import os
import uuid
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelloop.store.file_lock import unwritable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FORMAT = 1
_HASH_BYTES = 16
_CHECKED = 2  # appended pieces whose bytes are compared on opening: the first and the last


class CacheFiles:
    """One generation of a cache. The caller holds the cache's lock.

    Attributes:
        folder: Where it is.
        state: What ``state.json`` says: format, owner, generation, dimensions, rows,
            last_sequence, and for each appended piece its end and the checksums.
    """

    def __init__(self, folder: Path, state: dict[str, Any]) -> None:
        self.folder = folder
        self.state = state

    @classmethod
    def open(cls, folder: Path, owner: str) -> CacheFiles:
        """The cache there is; an empty one where it is missing, damaged or of another owner."""
        try:
            state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
            files = cls(folder, state)
            if state["format"] == _FORMAT and state["owner"] == owner and files.is_sound():
                return files
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            pass  # a cache: whatever is wrong with it, it is built anew
        return cls._empty(folder, owner)

    @classmethod
    def _empty(cls, folder: Path, owner: str) -> CacheFiles:
        for old in [*folder.glob("*.f16"), *folder.glob("*.hashes"), folder / "state.json"]:
            old.unlink(missing_ok=True)  # who has mapped them keeps them
        return cls(
            folder,
            {
                "format": _FORMAT,
                "owner": owner,
                "generation": uuid.uuid4().hex[:12],
                "dimensions": 0,
                "rows": 0,
                "last_sequence": 0,
                "pieces": [],
            },
        )

    @property
    def last_sequence(self) -> int:
        """Up to which of the store's embeddings it goes."""
        return int(self.state["last_sequence"])

    def append(
        self, hashes: NDArray[np.uint64], vectors: NDArray[np.generic], last_sequence: int
    ) -> None:
        """Add rows; they count once this returns.

        Raises:
            StoreUnwritable: The disk is full or read-only.
        """
        rows, row_bytes = self.state["rows"], vectors.shape[1] * vectors.itemsize
        try:
            checks = [
                _write(self._vectors, rows * row_bytes, vectors.tobytes()),
                _write(self._hashes, rows * _HASH_BYTES, hashes.tobytes()),
            ]
            end = rows + len(vectors)
            self.state |= {"dimensions": vectors.shape[1], "rows": end, "last_sequence": last_sequence}
            self.state["pieces"] = [*self.state["pieces"], [end, *checks]]
            self._save_state()
        except OSError as error:
            raise unwritable(self.folder, error.strerror or str(error)) from None

    def mapped(self) -> tuple[NDArray[np.uint64], NDArray[np.float16]]:
        """Content hashes (n, 2) and vectors (n, d), read-only, backed by the files."""
        import numpy as np

        rows, dimensions = self.state["rows"], self.state["dimensions"]
        if not rows:
            return np.empty((0, 2), np.uint64), np.empty((0, 0), np.float16)
        return (
            np.memmap(self._hashes, np.uint64, "r", shape=(rows, 2)),
            np.memmap(self._vectors, "<f2", "r", shape=(rows, dimensions)),
        )

    def is_sound(self) -> bool:
        """Whether both files are long enough and the first and last pieces are as they were written."""
        pieces = self.state["pieces"]
        if not pieces:
            return bool(self.state["rows"] == 0)
        starts = [0, *(end for end, _, _ in pieces)]
        chosen = {0, len(pieces) - 1} if len(pieces) > _CHECKED else range(len(pieces))
        return all(self._piece_is_sound(starts[number], *pieces[number]) for number in chosen)

    def _piece_is_sound(self, start: int, end: int, vector_check: int, hash_check: int) -> bool:
        row_bytes = self.state["dimensions"] * 2
        return (
            _checksum(self._vectors, start * row_bytes, end * row_bytes) == vector_check
            and _checksum(self._hashes, start * _HASH_BYTES, end * _HASH_BYTES) == hash_check
        )

    @property
    def _vectors(self) -> Path:
        return self.folder / f"{self.state['generation']}.f16"

    @property
    def _hashes(self) -> Path:
        return self.folder / f"{self.state['generation']}.hashes"

    def _save_state(self) -> None:
        fresh = self.folder / "state.json.new"
        fresh.write_text(json.dumps(self.state), encoding="utf-8")
        fresh.replace(self.folder / "state.json")


def _write(path: Path, offset: int, content: bytes) -> int:
    """Write at an offset, over whatever a killed process left there; the content's checksum."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # before the state that counts on it
    return zlib.crc32(content)


def _checksum(path: Path, start: int, end: int) -> int | None:
    """Checksum of a part of a file, None where the file is too short."""
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(end - start)
    return zlib.crc32(content) if len(content) == end - start else None
