"""Tasks of Labels Generation: encoding by shards, predicting in one go or, on a cluster, by shards."""

from __future__ import annotations

from prefect import runtime, task

from labelloop.loop import generation, scoring
from labelloop.loop.generation import Predicted
from labelloop.loop.scoring import Plan, Shard
from labelloop.loop.workspace import open_workspace
from tasks import events
from tasks.runners import in_one_process, spread
from tasks.showing import shown_in_prefect


@task(name="list texts to encode", persist_result=False)
def texts_to_encode(project: str) -> list[list[int]]:
    """Documents whose texts have no vector yet, by their ids, in shards of some two thousand."""
    return generation.shards_to_encode(open_workspace(project))


@task(name="encode", persist_result=False)
def encode(project: str, document_ids: list[int]) -> int:
    """Encode the texts of a shard; killed, what the shards before it gave is kept."""
    workspace = open_workspace(project)
    with shown_in_prefect(workspace):
        return generation.encode_shard(workspace, document_ids)


@task(name="predict", persist_result=False)
def predict(project: str) -> Predicted:
    """Predict every document with the champion, where there is one."""
    return _told(project, generation.predict_pool(open_workspace(project)))


@task(name="cut the pool", persist_result=False)
def documents_to_score(project: str) -> Plan | None:
    """The pool in shards; None where there is no champion yet."""
    return scoring.plan(open_workspace(project), run=str(runtime.task_run.id))


@task(name="score", persist_result=False)
def score(project: str, part: tuple[str, str, Shard]) -> int:
    """Predict a shard into a file beside the store; only how many there were travels."""
    return scoring.score(open_workspace(project), *part)


@task(name="keep predictions", persist_result=False)
def keep_scored(project: str, made: Plan) -> Predicted:
    """Put what all shards say in the place of older predictions."""
    return _told(project, generation.keep_scored(open_workspace(project), made))


def score_everything(project: str) -> Predicted:
    """In one go in this process; on a cluster, shard by shard: the same numbers to the bit."""
    made = None if in_one_process() else documents_to_score(project)
    if made is None:
        return predict(project)
    spread(score, project, [(made.model_id, made.folder, shard) for shard in made.shards])
    return keep_scored(project, made)


def _told(project: str, predicted: Predicted) -> Predicted:
    if events.stands_alone():
        events.want_questions(open_workspace(project))
    return predicted
