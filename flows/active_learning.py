"""Active Learning: one turn of the loop, stage by stage as in the diagram."""

from __future__ import annotations

from prefect import flow

from flows.data_extraction import data_extraction
from flows.database import database
from flows.labels_checking import labels_checking
from flows.labels_generation import labels_generation
from flows.local import main, without_heartbeat
from flows.manual_labelling import manual_labelling
from flows.model_training import model_training
from flows.parameters import ProjectFolder, SourceNames
from labelloop.loop.asking import Asked
from labelloop.loop.turn import Turn
from tasks.database import answers_wait
from tasks.turn import begin_turn, finish_turn, model_is_useful


@flow(name="Active Learning", description=__doc__, persist_result=False)
def active_learning(project: ProjectFolder = ".", sources: SourceNames = ()) -> Turn:
    """Extract, pre-annotate, ask people, freeze what they said, train; re-score and ask again.

    Where answers wait to be learned from, asking waits for the model that they make.

    Args:
        project: Folder that holds labelloop.toml.
        sources: Names of the sources to read; none named reads all of them.
    """
    begin_turn(project)
    with without_heartbeat():
        _stages(project, sources)
    return finish_turn(project)


def _stages(project: str, sources: list[str]) -> None:
    data_extraction(project, sources)
    labels_generation(project)
    learn_first = answers_wait(project)
    if not learn_first:
        ask_people(project)
    database(project)
    promoted = model_training(project, fine_tune="where due").promoted
    if promoted:
        labels_generation(project)
    if promoted or learn_first:
        ask_people(project)


def ask_people(project: str) -> Asked:
    """Check suggestions where a model is of use, label by hand where none is."""
    return labels_checking(project) if model_is_useful(project) else manual_labelling(project)


if __name__ == "__main__":
    main(active_learning)
