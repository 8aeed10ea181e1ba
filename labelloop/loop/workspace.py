"""A project opened: its settings, its store, its encoder."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelloop.errors import ArtefactMismatch, ProjectFileError, UnknownName
from labelloop.learning.query_strategies import STRATEGIES
from labelloop.progress import waiting
from labelloop.project import PROJECT_FILE, Project, load_project
from labelloop.records import ModelVersion
from labelloop.setting_sections import SourceSettings
from labelloop.store import models
from labelloop.store.database import Store
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32
    from labelloop.learning.encoders import Encoder, Precision

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workspace:
    """What every stage works on.

    Attributes:
        project: Folder and settings.
        store: Where everything is kept.
    """

    project: Project
    store: Store

    def source(self, name: str) -> SourceSettings:
        """One source of the project.

        Raises:
            UnknownName: The project file has none of that name.
        """
        found = self.project.source(name)
        if found is None:
            names = ", ".join(source.name for source in self.project.settings.sources) or "none"
            raise UnknownName(f"there is no source {name!r}", remedy=f"The project file names: {names}")
        return found

    def source_names(self, names: list[str] | None = None) -> list[str]:
        """The sources asked for, or all; every name is checked."""
        if names is None:
            return [source.name for source in self.project.settings.sources]
        return [self.source(name).name for name in names]

    def encoder(self) -> Encoder:
        """The encoder in use: the champion's where it was tuned from the project's, else the project's.

        Takes a transaction of its own; call it outside of one.

        Raises:
            ArtefactMismatch: The tuned encoder's files are not those that were kept.
        """
        with self.store.transaction("find the encoder in use") as tx:
            tuned = self._tuned_in_use(tx)
        return self.own_encoder() if tuned is None else self.encoder_of(tuned)

    def encoder_of(self, tuned: ModelVersion) -> Encoder:
        """The encoder that a fine-tuned model brought.

        Raises:
            ArtefactMismatch: Its files are not those that were kept.
        """
        folder = self.project.folder / str(tuned.recipe["encoder_folder"])
        from labelloop.learning.encoders import precision_of

        batch = self.project.settings.encoder.batch_size
        encoder = _loaded_tuned(
            str(folder), str(tuned.recipe["encoder_sha256"]), batch, precision_of(tuned.encoder_id)
        )
        if encoder.encoder_id != tuned.encoder_id:
            raise ArtefactMismatch(f"{folder} is not the encoder that {tuned.model_id} was trained on")
        return encoder

    def encoder_for(self, model: ModelVersion) -> Encoder | None:
        """The encoder whose vectors a model reads; None where the project no longer has it."""
        with self.store.transaction("find a model's encoder") as tx:
            tuned = models.tuned(tx, model.encoder_id)
        if tuned is not None:
            return self.encoder_of(tuned)
        own = self.own_encoder()
        return own if own.encoder_id == model.encoder_id else None

    def present_encoder_id(self, tx: Transaction) -> str | None:
        """Id of the encoder in use where it is known without loading anything."""
        tuned = self._tuned_in_use(tx)
        return self.known_encoder_id() if tuned is None else tuned.encoder_id

    def _tuned_in_use(self, tx: Transaction) -> ModelVersion | None:
        champion = models.champion(tx)
        tuned = models.tuned(tx, champion.encoder_id) if champion else None
        setting = self.project.settings.encoder.model
        return tuned if tuned and tuned.recipe["encoder_setting"] == setting else None

    def own_encoder(self) -> Encoder:
        """The encoder that the project file names, loaded once per process."""
        settings = self.project.settings.encoder
        encoder = _loaded(self.own_model(), settings.batch_size, settings.precision)
        self._remember(encoder.encoder_id)
        return encoder

    def known_encoder_id(self) -> str | None:
        """Id of the project's encoder where it has been loaded before; loads nothing.

        None for a model in a folder: its files may have changed since.
        """
        if Path(self.own_model()).is_dir():
            return None
        try:
            noted = json.loads(self._note.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return noted.get(self._noted_as) if isinstance(noted, dict) else None

    def hints(self) -> Float32:
        """Vectors (k, d) of the labels' names and descriptions, by the encoder in use."""
        return self.hints_of(self.encoder())

    def hints_of(self, encoder: Encoder) -> Float32:
        """The same by a certain encoder."""
        from labelloop.learning.training import label_hint_text

        texts = [label_hint_text(name, said) for name, said in self.project.settings.labels.items()]
        key: Any = encoder  # an object is its own hash
        return _hints(key, tuple(texts))

    def own_model(self) -> str:
        """The encoder as a hub name, or as a path seen from the project's folder."""
        model = self.project.settings.encoder.model
        beside = self.project.folder / model
        return str(beside) if beside.is_dir() else model

    @property
    def _noted_as(self) -> str:
        settings = self.project.settings.encoder
        return f"{settings.model} in {settings.precision}"

    @property
    def _note(self) -> Path:
        return self.project.folder / ".labelloop" / "encoder.json"

    def _remember(self, encoder_id: str) -> None:
        if self.known_encoder_id() == encoder_id:
            return
        self._note.parent.mkdir(exist_ok=True)
        part = self._note.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({self._noted_as: encoder_id}), "utf-8")
        part.replace(self._note)


@lru_cache(maxsize=3)  # the project's own, the champion's, a challenger's
def _loaded(model: str, batch_size: int, precision: Precision) -> Encoder:
    with waiting("Loading the encoder"):
        from labelloop.learning.encoders import load_encoder

        return load_encoder(model, batch_size=batch_size, precision=precision)


@lru_cache(maxsize=8)
def _hints(encoder: Any, texts: tuple[str, ...]) -> Float32:
    found: Float32 = encoder.encode(texts)
    return found


@lru_cache(maxsize=2)
def _loaded_tuned(folder: str, sha256: str, batch_size: int, precision: Precision) -> Encoder:
    from labelloop.learning.fine_tuning.folder import check_encoder

    check_encoder(Path(folder), sha256)
    return _loaded(folder, batch_size, precision)


def open_workspace(folder: str | Path) -> Workspace:
    """Open a project by its folder.

    Raises:
        ProjectFileError: The project file is missing or says something impossible.
    """
    project = load_project(folder)
    strategy = project.settings.query.strategy
    if strategy not in STRATEGIES:
        raise ProjectFileError(
            f"{project.folder / PROJECT_FILE}: query.strategy: there is no query strategy {strategy!r}",
            remedy=f"Known are {', '.join(STRATEGIES)}",
        )
    return Workspace(project, Store(project.store_url, project.folder))
