"""The network that is tuned: a sentence-transformers model and a classification layer on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from labelloop.errors import EncoderUnavailable, OutOfMemory
from labelloop.learning.arrays import Float32
from labelloop.learning.encoders import can_autocast, readable
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.memory import is_out_of_memory

_LAYER = re.compile(r"\.(?:layer|layers|h|block|blocks)\.(\d+)\.")


def classification_layer(weights: Float32, bias: Float32) -> Any:
    """A linear layer (d → k) that begins with the given weights (k, d) and bias (k,)."""
    import torch

    layer = torch.nn.Linear(weights.shape[1], weights.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weights))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer


def logits(model: Any, layer: Any, texts: list[str], *, autocast: bool) -> Any:
    """Logits (n, k), float32, of some texts, through both; on the model's device."""
    import torch

    device = model.device
    cut = readable(texts, model.max_seq_length)
    features = {key: _moved(value, device) for key, value in model.preprocess(cut).items()}
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=autocast):
        vectors = model(features)["sentence_embedding"]
    vectors = torch.nn.functional.normalize(vectors.float(), dim=1)
    return layer(vectors)


def _moved(value: Any, device: Any) -> Any:
    return value.to(device) if hasattr(value, "to") else value


def predict_logits(model: Any, layer: Any, texts: Sequence[str], *, batch: int = 32) -> Float32:
    """Logits (n, k) of the network, texts of like length together.

    Raises:
        EncoderUnavailable: The network gives NaN.
        OutOfMemory: Not even one text at a time fits.
    """
    order = np.argsort([-len(text) for text in texts], kind="stable")
    found = np.empty((len(texts), layer.out_features), dtype=np.float32)
    model.eval()
    done = 0
    while done < len(order):
        rows = order[done : done + batch]
        try:
            found[rows] = _said(model, layer, [texts[i] for i in rows])
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            batch = _half(batch, error)
        else:
            done += len(rows)
    if not np.isfinite(found).all():
        raise EncoderUnavailable("the tuned encoder gives NaN", remedy="Try another encoder")
    return found


def _said(model: Any, layer: Any, texts: list[str]) -> Float32:
    import torch

    with torch.no_grad():
        said = logits(model, layer, texts, autocast=can_autocast(model.device))
    return np.asarray(said.float().cpu().numpy(), dtype=np.float32)


def _half(batch: int, error: Exception) -> int:
    if batch == 1:
        raise OutOfMemory(
            "the tuned encoder needs more memory than there is, even for one text at a time",
            remedy='Set [training] fine_tune = "never", or choose a smaller encoder',
        ) from error
    return batch // 2


def freeze_word_vectors(model: Any) -> None:
    """Keep the table of word vectors as it is."""
    embeddings = model[0].auto_model.get_input_embeddings()
    embeddings.requires_grad_(False)


def parameter_groups(model: Any, layer: Any, recipe: Recipe) -> list[dict[str, Any]]:
    """Parameters by learning rate and weight decay, for the optimizer; the same order every time."""
    named = [(name, one) for name, one in model.named_parameters() if one.requires_grad]
    depth = {name: _depth(name) for name, _ in named}
    top = max((found for found in depth.values() if found is not None), default=0)
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, one in named:
        layer_number = depth[name]
        below = top - (-1 if layer_number is None else layer_number)
        rate = recipe.rate * recipe.layer_decay**below
        groups.setdefault((rate, recipe.weight_decay if one.ndim > 1 else 0.0), []).append(one)
    groups.setdefault((recipe.head_rate, 0.0), []).extend(layer.parameters())
    return [
        {"params": ones, "lr": rate, "highest": rate, "weight_decay": decay}
        for (rate, decay), ones in groups.items()
    ]


def _depth(name: str) -> int | None:
    """Number of the layer a parameter is in; what stands before the first layer has none."""
    found = _LAYER.search(name)
    return int(found.group(1)) if found else None
