"""How long choosing takes: the next 50 of 100,000 and 1,000,000 vectors, per strategy.

    python benchmarks/selection_speed.py [--sizes 100000 1000000] [--labels 20] [--strategies …]

The pool is made up: unit vectors of 384 components around 200 directions, float16,
memory-mapped. Printed are seconds, the ratio to ``random`` and to re-scoring in the same run,
and the peak memory of the process (the memory map counts, as far as it was read).
Each measurement runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from labelloop.learning.head import Head
from labelloop.learning.query_strategies import DEFAULT, STRATEGIES, strategy
from labelloop.learning.query_strategies.base import Query

DIMENSION, DIRECTIONS, KNOWN, BATCH = 384, 200, 525, 50


def make_pool(folder: Path, n: int) -> Path:
    """A file of ``n`` clustered unit vectors."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(DIRECTIONS, DIMENSION)).astype(np.float32)
    pool = np.lib.format.open_memmap(
        folder / f"pool-{n}.npy", mode="w+", dtype=np.float16, shape=(n, DIMENSION)
    )
    for begin in range(0, n, 50_000):
        count = min(50_000, n - begin)
        part = centres[rng.integers(0, DIRECTIONS, count)]
        part += 0.8 * rng.standard_normal(size=part.shape, dtype=np.float32)
        pool[begin : begin + count] = part / np.linalg.norm(part, axis=1, keepdims=True)
    pool.flush()
    return folder / f"pool-{n}.npy"


def make_head(k: int) -> Head:
    """A head of which most documents are unsure."""
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(k, DIMENSION)).astype(np.float32)
    return Head(tuple(map(str, range(k))), weights, np.zeros(k, np.float32), 1.0, "made up")


def measure(file: Path, what: str, k: int) -> dict[str, float | str]:
    """Seconds of re-scoring, of one strategy's choice, or of the default turn of both."""
    pool = np.load(file, mmap_mode="r")
    rng = np.random.default_rng(2)
    rows = np.sort(rng.choice(len(pool), KNOWN, replace=False))
    known, y = np.asarray(pool[rows], dtype=np.float32), rng.integers(0, k, KNOWN)
    name = DEFAULT if what in ("rescore", "turn") else what
    choose, head = strategy(name), make_head(k)
    warm = Query(known, head.predict_proba(known), known[:60], y[:60], k, None, rng)
    choose(warm, BATCH)  # loads the libraries, which a process does once
    begun = time.perf_counter()
    probabilities = head.predict_proba(pool)
    scored = time.perf_counter()
    query = Query(pool, probabilities, known, y, k, None, rng)
    picks = choose(query, BATCH) if what != "rescore" else None
    chosen = time.perf_counter()
    seconds = {"rescore": scored - begun, "turn": chosen - begun}.get(what, chosen - scored)
    note = picks.note if picks else ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"seconds": seconds, "gigabytes": peak, "note": note}


def in_own_process(file: Path, what: str, k: int) -> dict[str, float | str]:
    """Measured apart, so that one's memory is not the other's peak."""
    command = [sys.executable, __file__, "--measure", str(file), what, "--labels", str(k)]
    found: dict[str, float | str] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return found


def report(file: Path, n: int, k: int, names: list[str]) -> None:
    """Print one table."""
    in_own_process(file, "rescore", k)  # reads the file once, so that all find it in memory
    found = {what: in_own_process(file, what, k) for what in ("rescore", "turn", *names)}
    rescore = float(found["rescore"]["seconds"])
    chance = float(found.get("random", found["rescore"])["seconds"])
    print(f"\n{n:,} vectors, {k} labels, the next {BATCH}")
    print(f"{'':18}{'seconds':>9}{'× random':>11}{'× rescore':>11}{'peak GB':>9}")
    titles = {"rescore": "re-scoring", "turn": f"both, {DEFAULT}"}
    for what, row in found.items():
        seconds = float(row["seconds"])
        print(
            f"{titles.get(what, what):18}{seconds:9.2f}{seconds / chance:11.0f}"
            f"{seconds / rescore:11.2f}{row['gigabytes']:9.2f}  {row['note']}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--strategies", nargs="+", default=list(STRATEGIES), choices=STRATEGIES)
    parser.add_argument("--measure", nargs=2, metavar=("FILE", "WHAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(Path(options.measure[0]), options.measure[1], options.labels)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for n in options.sizes:
            file = make_pool(Path(folder), n)
            report(file, n, options.labels, options.strategies)
            file.unlink()


if __name__ == "__main__":
    main()
