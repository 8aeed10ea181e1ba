"""Model Training: retrain on the newest data set version, compare, promote if not worse."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import Again, ProjectFolder
from labelloop.loop.training import TrainingOutcome
from tasks.database import freeze
from tasks.training import report, train


@flow(name="Model Training", description=__doc__, persist_result=False)
def model_training(project: ProjectFolder = ".", again: Again = False) -> TrainingOutcome:
    """Freeze what people have said, train a candidate, let the gate decide whether it is promoted.

    Args:
        project: Folder that holds labelloop.toml.
        again: Train even though this data set version has been trained on.
    """
    freeze(project)
    outcome = train(project, again)
    report(project, outcome)
    return outcome


if __name__ == "__main__":
    main(model_training)
