"""A tuned encoder on disk: a sentence-transformers folder with safetensors and sha256 of every file."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from labelloop.errors import ArtefactMismatch
from labelloop.learning.whole_file import write_atomically

LIST = "sha256.json"
"""Names every file beside it with its sha256."""


def save_encoder(model: Any, folder: Path) -> str:
    """Write the model, whole or not at all; returns the sha256 over its list of files."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(str(part), create_model_card=False, safe_serialization=True)
    listed = json.dumps({name: _sha256(part / name) for name in _names(part)}, indent=1)
    write_atomically(part / LIST, listed.encode())
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return hashlib.sha256(listed.encode()).hexdigest()


def check_encoder(folder: Path, sha256: str) -> None:
    """Make sure that every file is the one that was saved.

    Raises:
        ArtefactMismatch: One is missing, changed, or the list itself is another.
    """
    remedy = "Restore the folder from a backup, roll back, or train again"
    try:
        listed = (folder / LIST).read_bytes()
        if hashlib.sha256(listed).hexdigest() != sha256:
            raise ArtefactMismatch(f"{folder / LIST} is not what was saved", remedy=remedy)
        for name, wanted in json.loads(listed).items():
            if _sha256(folder / name) != wanted:
                raise ArtefactMismatch(f"{folder / name} has another sha256 than saved", remedy=remedy)
    except OSError as error:
        raise ArtefactMismatch(
            f"the tuned encoder {error.filename} cannot be read: {error.strerror}", remedy=remedy
        ) from None


def _names(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
