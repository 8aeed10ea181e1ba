"""Tasks of Labels Generation."""

from __future__ import annotations

from prefect import task

from labelloop.loop import generation
from labelloop.loop.generation import Encoded, Predicted
from labelloop.loop.workspace import open_workspace
from tasks import events


@task(name="encode", persist_result=False)
def encode(project: str) -> Encoded:
    """Encode every text that has no vector yet; what is encoded is kept at once."""
    return generation.encode_pool(open_workspace(project))


@task(name="predict", persist_result=False)
def predict(project: str) -> Predicted:
    """Predict every document with the champion, where there is one."""
    workspace = open_workspace(project)
    predicted = generation.predict_pool(workspace)
    if events.stands_alone():
        events.want_questions(workspace)
    return predicted
