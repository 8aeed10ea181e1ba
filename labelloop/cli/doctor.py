"""``labelloop doctor``: each part looked at; fine, or what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from labelloop.errors import LabelloopError
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.parts import part
from labelloop.plurals import counted
from labelloop.progress import progress

Found = tuple[str, bool]

_NEEDED = (
    "prefect",
    "duckdb",
    "pyarrow",
    "scikit-learn",
    "sentence-transformers",
    "torch",
    "requests",
    "beautifulsoup4",
    "wikipedia-api",
    "yt-dlp",
    "trafilatura",
)


def examine(folder: Path, show: Callable[[str], None]) -> Iterator[Found]:
    """Look at everything, and show each finding at once: a line, and whether it is fine.

    Raises:
        ProjectFileError: There is no project to look at.
    """
    workspace = open_workspace(folder)
    for line, fine in _findings(workspace):
        show(f"{'fine ' if fine else 'WRONG'}  {line}")
        yield line, fine


def _findings(workspace: Workspace) -> Iterator[Found]:
    yield f"project   {workspace.project.folder}: {len(workspace.project.label_names)} labels", True
    yield from (_package(name) for name in _NEEDED)
    yield _tried("store    ", lambda: _store(workspace))
    yield _tried("labels   ", lambda: _labels(workspace))
    yield _tried("encoder  ", lambda: _encoder(workspace))
    yield _tried("model    ", lambda: _model(workspace))
    for name in workspace.source_names():
        with progress(f"Trying source {name}", None, "tries"):
            found = _tried(f"source    {name}:", lambda name=name: _source(workspace, name))  # type: ignore[misc]
        yield found


def _package(name: str) -> Found:
    try:
        return f"package   {name} {version(name)}", True
    except PackageNotFoundError:
        return f"package   {name} is not installed. Run 'make install' or pip install labelloop", False


def _tried(what: str, look: Callable[[], str]) -> Found:
    try:
        return f"{what} {look()}", True
    except LabelloopError as error:
        return f"{what} {error}", False


def _store(workspace: Workspace) -> str:
    from labelloop.loop.status import project_status

    found = project_status(workspace)
    held = f"{counted(found['documents'], 'document')}, {counted(found['verdicts'], 'verdict')}"
    return f"{workspace.project.settings.store}: {held}"


def _labels(workspace: Workspace) -> str:
    from labelloop.loop.lost_labels import refuse_lost_labels

    refuse_lost_labels(workspace)
    return "every label that answers give is in the project file"


def _encoder(workspace: Workspace) -> str:
    encoder = workspace.encoder()
    return f"{encoder.encoder_id}, {encoder.dimension} numbers a text"


def _model(workspace: Workspace) -> str:
    from labelloop.loop.heads import head_of
    from labelloop.store import models

    with workspace.store.transaction("find the champion") as tx:
        champion = models.champion(tx)
    if champion is None:
        return "none yet: answer questions, then 'labelloop train'"
    head_of(workspace, champion)
    return f"{champion.model_id}, its file is the one that was kept"


def _source(workspace: Workspace, name: str) -> str:
    source = workspace.source(name)
    connector = part("build_source")(
        source.connector, source.options, source=name, folder=workspace.project.folder
    )
    return str(connector.check().summary)
