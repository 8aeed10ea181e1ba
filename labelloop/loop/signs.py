"""What a training tells beside the model, kept with it: whether to go on, whether the strategy pays."""

from __future__ import annotations

import logging

from labelloop.errors import LabelloopError
from labelloop.loop import paying, stopping
from labelloop.loop.workspace import Workspace
from labelloop.store import models

logger = logging.getLogger(__name__)


def keep_signs(workspace: Workspace, model_id: str) -> None:
    """Find them and keep them in the model's metrics; a fault here never costs the training."""
    try:
        found = {
            stopping.KEPT: stopping.compared(workspace),
            paying.KEPT: paying.as_json(paying.judged_paying(workspace)),
        }
    except LabelloopError as error:
        logger.warning("Model Training · whether to go on could not be told: %s", error)
        return
    with workspace.store.transaction("keep what the training told") as tx:
        model = models.get(tx, model_id)
        models.decide(tx, model_id, model.decision, {**model.metrics, **found})
    logger.info("Model Training · %s", stopping.stop_report(workspace).sentence)
    logger.info("Model Training · %s", found[paying.KEPT]["sentence"])
