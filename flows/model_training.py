"""Model Training: retrain on the newest data set version, compare, promote if not worse."""

from __future__ import annotations

from prefect import flow

from flows import approval
from flows.local import main
from flows.parameters import Again, FineTune, ProjectFolder
from labelloop.loop.training import TrainingOutcome
from tasks import events
from tasks.database import freeze
from tasks.training import decide, find_waiting, report, train, tune


@flow(name="Model Training", description=__doc__, persist_result=False)
def model_training(
    project: ProjectFolder = ".", again: Again = False, fine_tune: FineTune = "no"
) -> TrainingOutcome:
    """Freeze what people have said, train a candidate, let the gate decide whether it is promoted.

    Where the project says promotion = "ask", a person decides once the gate agrees.

    Args:
        project: Folder that holds labelloop.toml.
        again: Train even though this data set version has been trained on.
        fine_tune: Tune the encoder, too, which takes minutes; 'where due' goes by the project's rule.
    """
    if not approval.resumed():
        if events.stands_alone():  # a turn has done so just now
            freeze(project)
        outcome = train(project, again)
        report(project, outcome)
        if fine_tune != "no":
            outcome = tune(project, fine_tune == "now", outcome)
        if not approval.can_ask():
            return outcome
    else:
        outcome = TrainingOutcome(None, False, "the model that waited has been decided on")
    waiting = find_waiting(project)
    if waiting.model_id is None:
        return outcome
    answer = approval.ask(waiting.model_id, waiting.reason)
    return decide(project, waiting.model_id, answer.promote, answer.because)


if __name__ == "__main__":
    main(model_training)
