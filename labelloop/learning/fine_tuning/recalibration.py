"""How sure a head on a tuned encoder may be.

Texts that the encoder itself learned from lie far apart by label: a head fitted on them is sure of
everything, and cross-fitting the head alone does not see it, for the encoder saw all folds. So only
labels that came after the tuning set the temperature. While these are few, the head is made as sure of
unlabelled texts as the head that came with the encoder, which was calibrated honestly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from labelloop.learning.arrays import Bools, Float32, Ints
from labelloop.learning.crossfit import calibrate
from labelloop.learning.fine_tuning.teacher import fit_to
from labelloop.learning.head import Head
from labelloop.learning.training import Trained

ENOUGH_FRESH = 50


def recalibrated(
    trained: Trained, y: Ints, *, fresh: Bools, came_with_encoder: Head, unlabelled: Float32
) -> Trained:
    """The same head with an honest temperature, and its cross-fitted probabilities likewise.

    Args:
        trained: A head on vectors of a tuned encoder.
        y: (n,) its labels.
        fresh: (n,) which of them the encoder did not learn from.
        came_with_encoder: The head of the tuning.
        unlabelled: (m, d) vectors of texts without a label.
    """
    before = trained.head.temperature
    logits = np.log(np.maximum(trained.crossfit_probabilities, 1e-30)) * before
    if fresh.sum() >= ENOUGH_FRESH:
        temperature, by = calibrate(logits[fresh].astype(np.float32), y[fresh])[0], "fresh labels"
    elif not len(unlabelled):
        temperature, by = came_with_encoder.temperature, "the tuned head"
    else:
        raw = np.log(np.maximum(trained.head.predict_proba(unlabelled), 1e-30)) * before
        said, by = came_with_encoder.predict_proba(unlabelled), "the tuned head on the pool"
        temperature = fit_to(raw.astype(np.float32), said)
    scaled = np.exp(logits / temperature - (logits / temperature).max(axis=1, keepdims=True))
    return replace(
        trained,
        head=replace(trained.head, temperature=temperature),
        crossfit_probabilities=(scaled / scaled.sum(axis=1, keepdims=True)).astype(np.float32),
        report={**trained.report, "temperature": temperature, "calibrated_by": by},
    )
