"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelloop.errors import BadInput


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Write to the yielded path; at the end it takes the place of ``path``, or is removed on an error.

    Raises:
        BadInput: The file cannot be written there.
    """
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is not a file that can be replaced", remedy="Name a file")
    if not path.parent.is_dir():
        raise BadInput(
            f"{path} cannot be written: there is no folder {path.parent}", remedy="Make it first"
        )
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
