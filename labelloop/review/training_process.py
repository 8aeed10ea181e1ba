"""What runs beside the page: ``python -m labelloop.review.training_process FOLDER``.

Every line it writes is a JSON object: ``line`` for progress, at the end ``state`` and ``result``.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from labelloop.errors import LabelloopError


class _ToParent(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _say(line=record.getMessage())


def _say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(folder: str) -> None:
    """Learn once, telling the parent all the way."""
    logger = logging.getLogger("labelloop")
    logger.addHandler(_ToParent())
    logger.setLevel(logging.INFO)
    _say(line="Loading the encoder")
    try:
        from labelloop.loop.turn import learn
        from labelloop.loop.workspace import open_workspace

        learned = learn(open_workspace(folder))
    except LabelloopError as error:
        _say(state="failed", result=[str(error)])
        return
    from labelloop.loop.status import accuracy_text

    training = learned.training
    became = "is the champion now" if training.promoted else "was not promoted"
    first = f"{training.model_id} {became}: " if training.model_id else "Nothing trained: "
    _say(
        state="done",
        result=[
            f"{first}{training.reason}.",
            f"{learned.status['measure'].capitalize()}: {accuracy_text(learned.status)}.",
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1])
