"""Labels Checking: the documents that teach most go to people, with the model's suggestion."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import PROJECTS_OWN, ProjectFolder, Questions, Strategy
from labelloop.loop.asking import Asked
from tasks.asking import ask_with_suggestions


@flow(name="Labels Checking", description=__doc__, persist_result=False)
def labels_checking(
    project: ProjectFolder = ".", questions: Questions = 0, strategy: Strategy = PROJECTS_OWN
) -> Asked:
    """Fill the checking queue up to one batch, chosen with the champion's help.

    Args:
        project: Folder that holds labelloop.toml.
        questions: Fill the queue up to this many; 0 for the project's batch size.
        strategy: How the uncertain documents are chosen.
    """
    return ask_with_suggestions(project, questions, None if strategy == PROJECTS_OWN else strategy)


if __name__ == "__main__":
    main(labels_checking)
