"""A project: its folder and what its ``labelloop.toml`` says."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from labelloop.errors import ProjectFileError
from labelloop.setting_sections import SourceSettings
from labelloop.settings import Settings, parse_settings

PROJECT_FILE = "labelloop.toml"


class Project:
    """A project's folder and its settings.

    Attributes:
        folder: Absolute path of the folder that holds ``labelloop.toml``.
        settings: The validated project file.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    def __repr__(self) -> str:
        return f"Project({self.settings.name!r} in {str(self.folder)!r})"

    @property
    def store_url(self) -> str:
        """The store's address; ``LABELLOOP_STORE`` wins over the project file."""
        return os.environ.get("LABELLOOP_STORE") or self.settings.store

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in key order."""
        return tuple(self.settings.labels)

    @property
    def artefacts(self) -> Path:
        """Folder of trained models."""
        return self.folder / "models"

    def source(self, name: str) -> SourceSettings | None:
        """The source of that name, or None."""
        return next((s for s in self.settings.sources if s.name == name), None)


def load_project(folder: str | Path) -> Project:
    """Read and validate the project file of a folder.

    Raises:
        ProjectFileError: The file is missing, is not TOML, or says something impossible;
            the message names the file, the field and the value.
    """
    root = Path(folder).expanduser()
    path = root if root.name == PROJECT_FILE else root / PROJECT_FILE
    try:
        written = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ProjectFileError(
            f"{path} does not exist",
            remedy="Make a project with 'labelloop init DIR', or name its folder with --project",
        ) from None
    except NotADirectoryError:
        raise ProjectFileError(
            f"{root} is a file, not a project folder",
            remedy="Name the folder that holds labelloop.toml with --project",
        ) from None
    except OSError as error:
        raise ProjectFileError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProjectFileError(f"{path} is not UTF-8 text", remedy="Save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ProjectFileError(
            f"{path} is not TOML: {error}",
            remedy="A label or key that stands there twice is named so, too",
        ) from None
    return Project(path.parent.resolve(), parse_settings(written, str(path)))
