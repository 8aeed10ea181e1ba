"""Texts encoded per second: sentence-transformers' default beside ours, in one run.

    python benchmarks/encoder_speed.py FOLDER [--sets trec6 …] [--texts 384] [--threads 1] [--labels 525]

FOLDER holds CSV files with the columns text, label and perhaps split. Each way encodes the same first
texts of each file, the ways in turn; processor seconds are counted, which other work on the machine
disturbs least. The cosine is that of each vector with the default's. With --labels, the default head
learns from so many labels, drawn at random, once by float32 vectors and once by bfloat16 vectors; both
are measured on the whole test. The float32 vectors of a file are kept under --cache.
"""

from __future__ import annotations

import argparse
import copy
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from labelloop.learning.encoders import SentenceEncoder, can_autocast, load_encoder, load_model
from labelloop.learning.training import label_hint_text, train_head
from labelloop.learning.weights import find_weights
from labelloop.simulation.dataset import KnownAnswers, asked_once, read_known_answers, vectors_of

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


def tell_speeds(name: str, texts: list[str], known: dict[str, Encode]) -> None:
    """A line for each way, on the same texts; the first way is what others are compared with."""
    reference: np.ndarray | None = None
    base = 0.0
    for way, encode in known.items():
        encode(texts[:32])
        speed, vectors = measure(encode, texts)
        base, reference = base or speed, vectors if reference is None else reference
        worst = float((vectors * reference).sum(axis=1).min())
        print(
            f"{name:10} {way:32} {speed:7.1f} texts/s  {speed / base:4.2f} times"
            f"  worst cosine {worst:.5f}",
            flush=True,
        )


def accuracies(data: KnownAnswers, count: int, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Whether each test text is right, by float32 vectors and by bfloat16 vectors."""
    rows = np.random.default_rng(0).choice(np.flatnonzero(asked_once(data)), count, replace=False)
    test, exact = np.flatnonzero(~data.train), load_encoder(MODEL)
    whole, needed = vectors_of(data.texts, exact, cache), np.concatenate([rows, test])
    quick = load_encoder(MODEL, precision="bfloat16").encode([data.texts[i] for i in needed])
    hints = exact.encode([label_hint_text(label) for label in data.labels])
    found = []
    for vectors in (whole[needed], quick):
        head = train_head(vectors[:count], data.y[rows], labels=data.labels, hints=hints).head
        found.append(head.predict_proba(vectors[count:]).argmax(axis=1) == data.y[test])
    return found[0], found[1]


def tell_accuracies(data: KnownAnswers, count: int, cache: Path) -> None:
    """One line: both accuracies, and the difference with its standard error over the test texts."""
    exact, quick = accuracies(data, count, cache)
    apart = quick.astype(float) - exact
    print(
        f"{data.name:10} {count} labels: {exact.mean():.4f} by float32, {quick.mean():.4f} by bfloat16,"
        f" {apart.mean():+.4f} ± {apart.std() / np.sqrt(len(apart)):.4f} on {len(apart)} texts",
        flush=True,
    )


def main() -> None:
    import torch

    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--texts", type=int, default=384)
    words.add_argument("--sets", nargs="*", help="names of files without .csv; all by default")
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--labels", type=int, help="labels to train on, for the accuracies")
    words.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    options = words.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    print(f"bfloat16 is quick on this processor: {'yes' if can_autocast(torch.device('cpu')) else 'no'}")
    known = ways() if options.texts else {}
    for file in sorted(options.folder.glob("*.csv")):
        if options.sets and file.stem not in options.sets:
            continue
        data = read_known_answers(file)
        tell_speeds(data.name, list(data.texts[: options.texts]), known)
        if options.labels:
            tell_accuracies(data, options.labels, options.cache)


if __name__ == "__main__":
    main()
