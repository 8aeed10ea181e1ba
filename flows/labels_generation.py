"""Labels Generation: the current model pre-annotates every document."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import ProjectFolder
from labelloop.loop.generation import Predicted
from tasks.generation import encode, score_everything, texts_to_encode
from tasks.runners import spread, task_runner


@flow(name="Labels Generation", description=__doc__, persist_result=False, task_runner=task_runner())
def labels_generation(project: ProjectFolder = ".") -> Predicted:
    """Encode what has no vector yet, then predict the whole pool with the champion.

    Args:
        project: Folder that holds labelloop.toml.
    """
    spread(encode, project, texts_to_encode(project))
    return score_everything(project)


if __name__ == "__main__":
    main(labels_generation)
