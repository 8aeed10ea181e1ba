"""Texts encoded per second: sentence-transformers' default beside ours, in one run.

    python benchmarks/encoder_speed.py FOLDER [--texts 384] [--threads 1]

FOLDER holds CSV files with the column text. Each way encodes the same first texts of each file, the
ways in turn; processor seconds are counted, which other work on the machine disturbs least. The cosine
is that of each vector with the default's.
"""

from __future__ import annotations

import argparse
import copy
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from labelloop.learning.encoders import SentenceEncoder, can_autocast, load_model
from labelloop.learning.weights import find_weights
from labelloop.simulation.dataset import read_known_answers

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
Encode = Callable[[list[str]], np.ndarray]


def ways() -> dict[str, Encode]:
    """Each way of encoding by its name, the default first."""
    import torch

    weights = find_weights(MODEL)
    model = load_model(weights)
    small = torch.ao.quantization.quantize_dynamic(
        copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8
    )
    return {
        "sentence-transformers' default": model.encode,
        "ours, float32": SentenceEncoder(weights, load_model(weights), 32, "float32").encode,
        "ours, bfloat16": SentenceEncoder(weights, load_model(weights), 32, "bfloat16").encode,
        "torch dynamic int8": small.encode,
    }


def measure(encode: Encode, texts: list[str], rounds: int = 2) -> tuple[float, np.ndarray]:
    """Texts per processor second, the best of some rounds, and the vectors."""
    best = 0.0
    for _ in range(rounds):
        began = time.process_time()
        vectors = encode(texts)
        best = max(best, len(texts) / (time.process_time() - began))
    return best, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    import torch

    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--texts", type=int, default=384)
    words.add_argument("--threads", type=int, default=1)
    options = words.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    print(f"bfloat16 is quick on this processor: {'yes' if can_autocast(torch.device('cpu')) else 'no'}")
    known = ways()
    for file in sorted(options.folder.glob("*.csv")):
        texts = list(read_known_answers(file).texts[: options.texts])
        reference: np.ndarray | None = None
        base = 0.0
        for name, encode in known.items():
            encode(texts[:32])
            speed, vectors = measure(encode, texts)
            base, reference = base or speed, vectors if reference is None else reference
            worst = float((vectors * reference).sum(axis=1).min())
            print(
                f"{file.stem:10} {name:32} {speed:7.1f} texts/s  {speed / base:4.2f} times"
                f"  worst cosine {worst:.5f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
