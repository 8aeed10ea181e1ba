"""How a command ends: one line for a person, and an exit status."""

from __future__ import annotations

import gc
import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from labelloop.errors import LabelloopError

INTERRUPTED = 130
"""128 + SIGINT, as shells expect it."""


@contextmanager
def ending() -> Iterator[None]:
    """Turn our own errors into one line on stderr; show the log of the stages on the way."""
    _show_log()
    try:
        yield
    except LabelloopError as error:
        sys.stderr.write(f"labelloop: {error}\n")
        _let_go(error)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as exit_:
        if exit_.code == INTERRUPTED:  # Typer's word for Ctrl-C
            _interrupted()
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _let_go(error: BaseException) -> None:
    """Free what the frames of an error hold, and those of the errors behind it.

    Run states keep the error to the end of the process, its frames keep database connections, and
    those complain at exit that nobody freed them.
    """
    behind: BaseException | None = error
    seen: set[int] = set()
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        traceback.clear_frames(behind.__traceback__)
        behind.__traceback__ = None
        behind = behind.__context__
    gc.collect()


def _interrupted() -> NoReturn:
    sys.stderr.write(
        "\nlabelloop: interrupted. What was done is kept; the same command goes on from there.\n"
    )
    sys.stderr.flush()
    # Libraries cut off in the middle complain at exit, in pages that help nobody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.exit(INTERRUPTED)


class _BesideBars(logging.Handler):
    """Writes log lines to stderr without tearing a progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if "tqdm" in sys.modules:
            from tqdm import tqdm

            tqdm.write(line, file=sys.stderr)
        else:
            sys.stderr.write(line + "\n")


def _show_log() -> None:
    logger = logging.getLogger("labelloop")
    if not any(isinstance(handler, _BesideBars) for handler in logger.handlers):
        handler = _BesideBars()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
