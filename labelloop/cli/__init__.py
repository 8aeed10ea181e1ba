"""The command line: a thin face of the same functions that the flows call."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of ``labelloop``: one clear line on error, exit 2 for wrong use, 1 for failure."""
    from labelloop.cli.app import app
    from labelloop.cli.ending import ending

    with ending():
        app(None if arguments is None else list(arguments), prog_name="labelloop")
