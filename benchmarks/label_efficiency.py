"""How far labels go: back-tests over folders of labelled sets, default beside random and others.

    python benchmarks/label_efficiency.py FOLDER [--strategies cluster_margin random margin entropy]
        [--start 25 --batch 25 --rounds 20 --seeds 3] [--start-by random] [--out FOLDER]

FOLDER holds CSV files with the columns text, label and perhaps split. Vectors are kept under
--cache (default: .cache/vectors here), so that a second run starts at once. Printed are the area under
the accuracy curve, the final accuracy and the labels that match what random ends with.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from labelloop.learning.encoders import Encoder, load_encoder
from labelloop.learning.query_strategies import DEFAULT, STRATEGIES
from labelloop.learning.training import label_hint_text
from labelloop.simulation.backtest import Plan, backtest
from labelloop.simulation.dataset import read_known_answers, vectors_of
from labelloop.simulation.report import plot, write_json


def replay(file: Path, encoder: Encoder, options: argparse.Namespace) -> dict[str, Any]:
    """The back-test of one set."""
    data = read_known_answers(file)
    with tqdm(total=len(data.texts), desc=f"{data.name}: vectors", leave=False) as bar:
        vectors = vectors_of(data.texts, encoder, options.cache, bar.update)
    hints = encoder.encode([label_hint_text(label) for label in data.labels])
    plan = Plan(options.start, options.batch, options.rounds, options.start_by)
    points = len(options.strategies) * options.seeds * (plan.rounds + 1)
    with tqdm(total=points, desc=f"{data.name}: rounds", leave=False) as bar:
        return backtest(
            data, vectors, hints=None if options.no_hints else hints, plan=plan,
            strategies=options.strategies, seeds=options.seeds, progress=bar.update,
        )  # fmt: skip


def report(results: list[dict[str, Any]], strategies: list[str]) -> None:
    """Print the table: area under the curve / final accuracy / labels to match random."""
    print(f"{'':18}" + "".join(f"{result['dataset']:>22}" for result in results) + f"{'mean area':>11}")
    for name in strategies:
        rows = [result["summary"][name] for result in results]
        cells = [
            f"{row['auc']:.3f} / {row['final_accuracy']:.3f} / {row['labels_to_match_random'] or '–':>3}"
            for row in rows
        ]
        mean = np.mean([row["auc"] for row in rows])
        print(f"{name:18}" + "".join(f"{cell:>22}" for cell in cells) + f"{mean:11.3f}")
    print("\nseconds per batch: choosing / training, mean of all points")
    for name in strategies:
        print(f"{name:18}" + "".join(f"{_seconds(result, name):>22}" for result in results))


def _seconds(result: dict[str, Any], name: str) -> str:
    runs = [run for run in result["runs"] if run["strategy"] == name]
    means = (np.mean([run[key] for run in runs]) for key in ("query_seconds", "fit_seconds"))
    return " / ".join(f"{mean:.3f}" for mean in means)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES,
                        default=[DEFAULT, "random", "margin", "entropy"])  # fmt: skip
    parser.add_argument("--start", type=int, default=25)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--start-by", choices=["random", "cold"], default="random")
    parser.add_argument("--no-hints", action="store_true", help="leave the label names out")
    parser.add_argument("--encoder", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    parser.add_argument("--out", type=Path, help="folder for a JSON file and a plot per set")
    options = parser.parse_args()
    encoder, results = load_encoder(options.encoder), []
    for file in sorted(options.folder.glob("*.csv")):
        results.append(replay(file, encoder, options))
        if options.out:
            write_json(results[-1], options.out / f"{file.stem}.json")
            plot(results[-1], options.out / f"{file.stem}.png")
    report(results, options.strategies)


if __name__ == "__main__":
    main()
