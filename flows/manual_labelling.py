"""Manual Labelling: where no model is any good yet, people label without suggestions."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from labelloop.loop.asking import Asked
from tasks.asking import ask_without_suggestions


@flow(name="Manual Labelling", description=__doc__)
def manual_labelling(project: str = ".") -> Asked:
    """Fill the checking queue up to one batch, spread over the pool, every label met early.

    Args:
        project: Folder that holds labelloop.toml.
    """
    return ask_without_suggestions(project)


if __name__ == "__main__":
    main(manual_labelling)
