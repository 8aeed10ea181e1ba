"""How far answers go where documents have several labels: strategies beside random, by exact match.

    python benchmarks/multi_label.py ../shared/data/banking77.csv [--strategies cluster_margin random]
        [--start 25 --batch 25 --rounds 20 --seeds 3] [--vectors FILE.npy] [--out FOLDER]

Made from the 77 intents of banking queries: ten topics, each with the words that name it, and a query
has every topic whose words stand in its intent's name: ``card_payment_fee_charged`` is about card,
payment and fee, ``age_limit`` about none of them. So 13 % of the texts have no label, 44 % one, 33 %
two, 10 % three. Vectors are kept under --cache, or read from --vectors, a file that has them row for
row.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from labelloop.learning.encoders import load_encoder
from labelloop.learning.query_strategies import STRATEGIES
from labelloop.learning.training import label_hint_text
from labelloop.simulation.backtest import Plan, backtest
from labelloop.simulation.dataset import KnownAnswers, vectors_of
from labelloop.simulation.report import mean_curve, plot, write_json

TOPICS = {
    "card": ("card", "cards"),
    "top up": ("top_up", "topping_up"),
    "transfer": ("transfer",),
    "cash": ("cash",),
    "payment": ("payment", "pay"),
    "exchange": ("exchange", "currency", "currencies"),
    "fee": ("fee", "charge", "charged"),
    "identity": ("verify", "identity"),
    "rejected": ("declined", "failed", "reverted", "not_working", "not_allowed", "blocked"),
    "pending": ("pending", "timing", "arrival", "estimate", "not_updated", "not_showing"),
}


def topics_of(intent: str) -> list[int]:
    """1 for each topic whose words stand in an intent's name."""
    name = f"_{intent.lower().replace('?', '')}_"
    return [int(any(f"_{word}_" in name for word in words)) for words in TOPICS.values()]


def read(path: Path) -> KnownAnswers:
    """The set, in the split of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return KnownAnswers(
        name="banking topics",
        texts=tuple(row["text"] for row in rows),
        labels=tuple(TOPICS),
        y=np.array([topics_of(row["label"]) for row in rows], dtype=np.int64),
        train=np.array([row["split"] == "train" for row in rows]),
    )


def replay(options: argparse.Namespace) -> dict[str, Any]:
    """The back-test."""
    data, encoder = read(options.data), load_encoder("sentence-transformers/all-MiniLM-L6-v2")
    if options.vectors:
        vectors = np.load(options.vectors)
    else:
        vectors = vectors_of(data.texts, encoder, options.cache, None)
    hints = encoder.encode([label_hint_text(label) for label in data.labels])
    plan = Plan(options.start, options.batch, options.rounds)
    points = len(options.strategies) * options.seeds * (plan.rounds + 1)
    with tqdm(total=points, desc="rounds", leave=False) as bar:
        return backtest(
            data, vectors, hints=hints, plan=plan, strategies=options.strategies,
            seeds=options.seeds, progress=bar.update,
        )  # fmt: skip


def report(result: dict[str, Any]) -> None:
    """Print a table, and what is within noise."""
    heads = (
        "exact match area",
        "final",
        "macro F1 area",
        "final",
        "to match random",
        "s/batch",
        "s/fit",
    )
    print(f"{'':18}" + "".join(f"{head:>18}" for head in heads))
    for name, row in result["summary"].items():
        runs = [run for run in result["runs"] if run["strategy"] == name]
        f1 = mean_curve(result["runs"], name, "macro_f1")[-1]
        seconds = [np.mean([run[k] for run in runs]) for k in ("query_seconds", "fit_seconds")]
        cells = (
            f"{row['auc']:.3f}", f"{row['final_accuracy']:.3f}",
            f"{row['auc_macro_f1']:.3f}", f"{f1:.3f}",
            str(row["labels_to_match_random"] or "–"), *(f"{value:.2f}" for value in seconds),
        )  # fmt: skip
        print(f"{name:18}" + "".join(f"{cell:>18}" for cell in cells))
    for one in result["comparisons"]:
        print(f"{one['sentence']}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--strategies", nargs="+", choices=STRATEGIES,
                        default=["cluster_margin", "random", "margin", "typiclust"])  # fmt: skip
    parser.add_argument("--start", type=int, default=25)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    parser.add_argument("--out", type=Path, help="folder for a JSON file and a plot")
    options = parser.parse_args()
    result = replay(options)
    if options.out:
        write_json(result, options.out / "multi_label.json")
        plot(result, options.out / "multi_label.png")
    report(result)


if __name__ == "__main__":
    main()
