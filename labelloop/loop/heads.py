"""The head of a model version, read from the file that was kept: in this one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion

if TYPE_CHECKING:
    from labelloop.learning.head import Head


def head_of(workspace: Workspace, model: ModelVersion) -> Head:
    """A model's head as it was trained; ``carrying.load_head`` has it speak in present labels.

    Raises:
        ArtefactMismatch: Its file is not the one that was kept.
    """
    from labelloop.learning.head import Head

    return Head.load(workspace.project.folder / model.artefact, model.sha256)
