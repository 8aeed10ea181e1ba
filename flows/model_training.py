"""Model Training: retrain on the newest data set version, compare, promote if not worse."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from labelloop.loop.training import TrainingOutcome
from tasks.training import train


@flow(name="Model Training", description=__doc__)
def model_training(project: str = ".", again: bool = False) -> TrainingOutcome:
    """Train a candidate and let the gate decide whether it becomes the champion.

    Args:
        project: Folder that holds labelloop.toml.
        again: Train even though this data set version has been trained on.
    """
    return train(project, again)


if __name__ == "__main__":
    main(model_training)
