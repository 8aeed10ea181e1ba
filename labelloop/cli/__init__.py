"""The command line: a thin face of the same functions that the flows call."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``labelloop``: one clear line on error, exit 2 for wrong use, 1 for failure."""
    from labelloop.cli.app import app
    from labelloop.cli.ending import ending

    with ending():
        app(prog_name="labelloop")
