"""Writes the package of a new connector: its class, its test, its entry point."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from connectors.registry import installed
from labelloop.errors import BadInput, WrongUse

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40


def new_connector(name: str, folder: str | Path) -> list[Path]:
    """Write an installable package for a connector called ``name`` into a new folder.

    It reads a text file line by line, keeps the contract, and waits for its own source.

    Args:
        name: Lower-case letters, digits and '_', as it will stand in project files.
        folder: Must not exist yet, or be empty.

    Returns:
        The files written.

    Raises:
        WrongUse: The name cannot be used, is taken, or the folder holds something.
    """
    _require_name(name)
    root = Path(folder).expanduser()
    try:
        _require_empty(root)
        words = _words(name)
        written = []
        for target, template in _targets(words["module"], name):
            path = root / target
            path.parent.mkdir(parents=True, exist_ok=True)
            text = files("connectors").joinpath("scaffold_files", template).read_text("utf-8")
            path.write_text(Template(text).substitute(words), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise BadInput(
            f"{root} cannot be written: {error.strerror}", remedy="Name another folder"
        ) from None
    return written


def _targets(module: str, name: str) -> list[tuple[str, str]]:
    return [
        ("pyproject.toml", "pyproject.toml.txt"),
        ("README.md", "README.md.txt"),
        (f"{module}.py", "module.py.txt"),
        (f"tests/test_{name}.py", "test.py.txt"),
    ]


def _words(name: str) -> dict[str, str]:
    return {
        "name": name,
        "dashed": name.replace("_", "-"),
        "module": f"labelloop_{name}",
        "class_name": "".join(part.capitalize() for part in name.split("_")),
    }


def _require_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise WrongUse(
            f"{name[:60]!r} cannot be a connector's name",
            remedy=f"Take up to {LONGEST_NAME} lower-case letters, digits and '_', such as company_wiki",
        )
    if name in installed():
        raise WrongUse(f"there is a connector {name!r} already", remedy="Take another name")


def _require_empty(root: Path) -> None:
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise BadInput(
            f"{root} is there already and not an empty folder",
            remedy="Name a folder that does not exist; nothing was written",
        )
