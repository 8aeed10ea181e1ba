"""Options that many commands share, and how they print."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

ProjectOption = Annotated[
    Path, typer.Option("--project", "-p", help="Folder that holds labelloop.toml.", show_default="here")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
HERE = Path()


def say(line: str = "") -> None:
    """Print a line of the answer to stdout."""
    typer.echo(line)


def say_json(value: Any) -> None:
    """Print a value as indented JSON to stdout."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; unknown values are a dash."""
    cells = [[("–" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells), 0) for i, head in enumerate(heads)]
    lines = [heads, *cells]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def percent(value: float | None) -> str:
    """A share of 1 as a percentage, a dash where unknown."""
    return "–" if value is None else f"{100 * value:.1f} %"


def printable(text: str) -> str:
    """Text without what steers a terminal: it comes from the open web."""
    return "".join(c for c in text if c in "\n\t" or c.isprintable())
