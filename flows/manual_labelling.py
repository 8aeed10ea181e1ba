"""Manual Labelling: where no model is any good yet, people label without suggestions."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import ProjectFolder, Questions
from labelloop.loop.asking import Asked
from tasks.asking import ask_without_suggestions


@flow(name="Manual Labelling", description=__doc__, persist_result=False)
def manual_labelling(project: ProjectFolder = ".", questions: Questions = 0) -> Asked:
    """Fill the checking queue up to one batch, spread over the pool, every label met early.

    Args:
        project: Folder that holds labelloop.toml.
        questions: Fill the queue up to this many; 0 for the project's batch size.
    """
    return ask_without_suggestions(project, questions)


if __name__ == "__main__":
    main(manual_labelling)
