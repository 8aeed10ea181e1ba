"""The labels in the store, in the project file, and in memory: brought together.

The store decides. A change is stored first and written into the file afterwards; where a kill, or
another machine's copy of the file, came in between, the next command finds the file to be behind
and brings it up.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelloop.errors import LabelloopError, ProjectFileError
from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.project import PROJECT_FILE, load_project
from labelloop.project_file import with_labels
from labelloop.settings import parse_settings
from labelloop.store import label_schema, labelling
from labelloop.store.label_schema import LabelSchema
from labelloop.store.transaction import Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Written:
    """A project file with other labels, ready to take the place of the present one."""

    path: Path
    text: str

    def put(self) -> None:
        """Write it: the file is the old one or the new one, never half of one.

        Raises:
            ProjectFileError: It cannot be written.
        """
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                file.write(self.text)
                file.flush()
                os.fsync(file.fileno())
            part.chmod(self.path.stat().st_mode & 0o777)
            part.replace(self.path)
        except OSError as error:
            raise ProjectFileError(f"{self.path} cannot be written: {error.strerror}") from None
        finally:
            part.unlink(missing_ok=True)


def settle(tx: Transaction, workspace: Workspace) -> LabelSchema:
    """Make the project file's labels the current ones, or, where the store is ahead, the other way.

    Raises:
        ProjectFileError: The file was edited meanwhile and cannot be read.
        WrongUse: A label is gone from it that answers still stand on.
    """
    known = workspace.project.settings.labels
    present = label_schema.current(tx)
    if present is not None and _same(present.labels, known):
        return present
    if present is not None:
        known = in_file(workspace)
    found = label_schema.ensure(tx, known, now=now())
    if not _same(found.labels, known):
        _bring_up(workspace, found.labels, known)
    remember(workspace, found.labels)
    return found


def settle_kind(tx: Transaction, workspace: Workspace) -> None:
    """Make the project file's ``multi_label`` the present one; the file is read anew before that.

    Raises:
        ProjectFileError: The file was edited meanwhile and cannot be read.
        WrongUse: Answers with no label, or with several, stand where one each is wanted.
    """
    project = workspace.project
    if labelling.is_multi_label(tx) == project.settings.multi_label:
        return
    wanted = load_project(project.folder).settings.multi_label
    labelling.ensure(tx, wanted, now=now())
    project.settings = project.settings.model_copy(update={"multi_label": wanted})


def stored(tx: Transaction, workspace: Workspace) -> LabelSchema:
    """The same while people work: a project file that cannot be used now must not cost an answer."""
    try:
        return settle(tx, workspace)
    except LabelloopError as error:
        present = label_schema.current(tx)
        if present is None:
            raise
        logger.warning("The labels of the store are used: %s", error)
        remember(workspace, present.labels)
        return present


def in_file(workspace: Workspace) -> dict[str, str]:
    """The labels as the project file has them now.

    Raises:
        ProjectFileError: It cannot be read, or says something impossible.
    """
    return load_project(workspace.project.folder).settings.labels


def remember(workspace: Workspace, labels: Mapping[str, str]) -> None:
    """Have all of this process work with these labels from now on."""
    project = workspace.project
    if not _same(project.settings.labels, labels):
        project.settings = project.settings.model_copy(update={"labels": dict(labels)})


def prepared(
    workspace: Workspace, labels: Mapping[str, str], renamed: Mapping[str, str] | None = None
) -> Written | None:
    """The project file with these labels; None where it has them already.

    Raises:
        ProjectFileError: It cannot be read or edited, or no project can have these labels.
    """
    path = (workspace.project.folder / PROJECT_FILE).resolve()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectFileError(f"{path} cannot be read: {error}") from None
    if set(in_file(workspace)) == set(labels):
        return None
    refuse_impossible(workspace, labels)
    return Written(path, with_labels(text, labels, renamed))


def refuse_impossible(workspace: Workspace, labels: Mapping[str, str]) -> None:
    """Refuse labels that no project file could hold.

    Raises:
        ProjectFileError: Naming the label.
    """
    written = workspace.project.settings.model_dump() | {"labels": dict(labels)}
    parse_settings(written, "the labels")


def _bring_up(workspace: Workspace, labels: Mapping[str, str], behind: Mapping[str, str]) -> None:
    gone, come = [n for n in behind if n not in labels], [n for n in labels if n not in behind]
    told = f"{', '.join(gone) or 'nothing'} → {', '.join(come) or 'nothing'}"
    try:
        made = prepared(workspace, labels)
        if made:
            made.put()
    except LabelloopError as error:
        logger.warning("The labels were changed (%s), but not in the project file: %s", told, error)
    else:
        logger.warning("The project file is brought up to a change of its labels: %s", told)


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return list(one.items()) == list(other.items())
