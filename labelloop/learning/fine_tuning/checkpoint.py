"""A tuning on disk: safetensors with a JSON note, replaced as a whole. No pickle.

The trainers of transformers and sentence-transformers keep optimizer and random state with
``torch.save``, which is a pickle: that is why the loop here is our own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelloop.learning.whole_file import write_atomically

_FORMAT = "labelloop-checkpoint-1"


def save(
    file: Path, key: str, *, model: Any, layer: Any, optimizer: Any, noted: Mapping[str, Any]
) -> None:
    """Write everything a tuning needs to go on; a kill leaves the file before or this one."""
    from safetensors.torch import save as as_bytes

    described = json.dumps({"format": _FORMAT, "key": key, **noted})
    tensors = _trained(model) | _of_layer(layer) | _of_optimizer(optimizer)
    write_atomically(file, as_bytes(tensors, metadata={"note": described}))


def load(file: Path, key: str, *, model: Any, layer: Any, optimizer: Any) -> dict[str, Any] | None:
    """Put a checkpoint back into all three; its note, or None where there is none of this key."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt", device=str(model.device)) as content:
            noted: dict[str, Any] = json.loads((content.metadata() or {}).get("note", "{}"))
            if noted.get("format") != _FORMAT or noted.get("key") != key:
                return None
            tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError):
        return None  # half-written by a full disk, or none yet: begin anew
    _put_back(tensors, model, layer, optimizer)
    return noted


def _trained(model: Any) -> dict[str, Any]:
    return {
        f"model.{name}": one.detach().contiguous()
        for name, one in model.named_parameters()
        if one.requires_grad
    }


def _of_layer(layer: Any) -> dict[str, Any]:
    return {f"layer.{name}": one.detach().contiguous() for name, one in layer.named_parameters()}


def _of_optimizer(optimizer: Any) -> dict[str, Any]:
    return {
        f"optimizer.{number}.{name}": value.contiguous()
        for number, held in optimizer.state_dict()["state"].items()
        for name, value in held.items()
    }


def _put_back(tensors: Mapping[str, Any], model: Any, layer: Any, optimizer: Any) -> None:
    import torch

    with torch.no_grad():
        for name, one in model.named_parameters():
            if one.requires_grad:
                one.copy_(tensors[f"model.{name}"])
        for name, one in layer.named_parameters():
            one.copy_(tensors[f"layer.{name}"])
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        part, _, rest = name.partition(".")
        if part == "optimizer":
            number, _, what = rest.partition(".")
            state.setdefault(int(number), {})[what] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
