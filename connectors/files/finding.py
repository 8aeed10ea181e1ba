"""Finds the files that a ``path`` setting means."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.files.settings import ENDINGS
from labelloop.errors import SourceError, SourceMisconfigured, SourceUnavailable

PASSING = frozenset({errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EBUSY, errno.ENOENT})
"""Faults of a disk that may be gone with the next try; ENOENT: a file was taken away meanwhile."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file to read.

    Attributes:
        path: Where it is, absolute.
        name: Its path below the folder of the setting, with '/': its name in cursor and ids.
        shown: How a person is told of it: relative to the project's folder where it lies there.
        ending: In lower case, with the dot.
    """

    path: Path
    name: str
    shown: str
    ending: str


@dataclass(frozen=True, slots=True)
class Found:
    """All files of a source.

    Attributes:
        files: In the order of their names.
        several: Whether the setting may mean several files, so that ids need the file's name.
        skipped: How many were left out on purpose, by reason.
    """

    files: tuple[FoundFile, ...]
    several: bool
    skipped: dict[str, int] = field(default_factory=dict)


def find_files(path: str, project: Path) -> Found:
    """The files meant by ``path``: one file, a folder with its sub-folders, or a glob.

    Hidden files and folders are left out, and in a folder also links that lead out of it.

    Raises:
        SourceMisconfigured: There is nothing, or nothing that this connector reads.
    """
    wanted = Path(os.path.normpath(project / Path(path).expanduser()))
    try:
        if wanted.is_dir():
            return _in_folder(wanted, project, path)
        if wanted.exists():
            return Found((_single(wanted, project),), several=False)
    except OSError as error:
        raise unreadable(path, error) from None
    if any(mark in path for mark in "*?["):
        return _by_glob(wanted, project, path)
    raise SourceMisconfigured(
        f"{path!r} does not exist in {project}",
        remedy="Correct 'path': a file, a folder or a glob, relative to the project's folder",
    )


def _single(path: Path, project: Path) -> FoundFile:
    found = _found(path, path.parent, project)
    if not path.is_file():
        raise SourceMisconfigured(f"{found.shown} is not a regular file", remedy="Correct 'path'")
    if found.ending not in ENDINGS:
        raise SourceMisconfigured(
            f"{found.shown} ends in none of {', '.join(ENDINGS)}",
            remedy="Rename it to what it is, or convert it",
        )
    return found


def _in_folder(folder: Path, project: Path, path: str) -> Found:
    skipped: dict[str, int] = {}
    taken: set[Path] = set()
    files = []
    root = folder.resolve()
    for candidate in sorted(_walk(folder)):
        if candidate.suffix.lower() not in ENDINGS or not candidate.is_file():
            continue
        real = candidate.resolve()
        if not real.is_relative_to(root):
            skipped["link that leaves the folder"] = skipped.get("link that leaves the folder", 0) + 1
        elif real in taken:
            skipped["second link to a file"] = skipped.get("second link to a file", 0) + 1
        else:
            taken.add(real)
            files.append(_found(candidate, folder, project))
    return _some(Found(tuple(files), several=True, skipped=skipped), path)


def _walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder that is not hidden; links to folders are not entered."""
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _raise(error: OSError) -> None:
    raise unreadable(str(error.filename), error)


def _by_glob(wanted: Path, project: Path, path: str) -> Found:
    parts = wanted.parts
    first = next(n for n, part in enumerate(parts) if any(mark in part for mark in "*?["))
    folder = Path(*parts[:first])
    matches = folder.glob("/".join(parts[first:]))
    files = [
        _found(match, folder, project)
        for match in sorted(matches)
        if match.suffix.lower() in ENDINGS and match.is_file()
    ]
    return _some(Found(tuple(files), several=True), path)


def _some(found: Found, path: str) -> Found:
    if not found.files:
        raise SourceMisconfigured(
            f"no file matches {path!r}",
            remedy=f"Correct 'path', or put a file there that ends in one of {', '.join(ENDINGS)}",
        )
    return found


def _found(path: Path, folder: Path, project: Path) -> FoundFile:
    shown = path.relative_to(project) if path.is_relative_to(project) else path
    return FoundFile(path, _written(path.relative_to(folder)), _written(shown), path.suffix.lower())


def _written(path: Path) -> str:
    """A path as text; bytes of a file name that are not UTF-8 are written out as ``\\xe9``."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def unreadable(shown: str, error: OSError) -> SourceError:
    """The error for a file or folder that the system does not let us read."""
    said = f"{shown} cannot be read: {error.strerror or error}"
    if error.errno in PASSING:
        return SourceUnavailable(said)
    remedy = "Let this user read it" if isinstance(error, PermissionError) else "Correct 'path'"
    return SourceMisconfigured(said, remedy=remedy)
