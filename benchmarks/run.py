"""All benchmarks, one after the other, as ``make bench`` runs them; each also runs alone.

``python benchmarks/run.py [--sets ../shared/data] [--quick]``: folders of labelled sets (CSV with
text, label, perhaps split) are for the label-efficiency tables; without one these are passed over,
and that is said.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--sets", type=Path, default=HERE.parents[1] / "shared" / "data")
    words.add_argument("--quick", action="store_true", help="a tenth of the size")
    given = words.parse_args()
    documents = "100000" if given.quick else "1000000"
    plan = [
        ["store_speed.py", "--documents", documents],
        ["selection_speed.py", "--sizes", documents],
        ["million.py", "--documents", documents],
        ["files_speed.py"],
        ["web_speed.py"],
        ["wikipedia_speed.py"],
        ["youtube_speed.py"],
        ["coverage.py"],
        ["gate_floors.py"],
        ["page_speed.py"],
    ]
    if given.sets.is_dir():
        plan.append(["label_efficiency.py", str(given.sets), "--seeds", "1" if given.quick else "3"])
        plan.append(["encoder_speed.py", str(given.sets)])
        plan.append(["fine_tuning.py", str(given.sets)])
        plan.append(["orchestration.py", str(given.sets / "agnews.csv")])
        plan.append(["stopping.py", str(given.sets), "--seeds", "1" if given.quick else "3"])
        plan.append(["multi_label.py", str(given.sets / "banking77.csv")])
        seeds = ["--seeds", "2" if given.quick else "4"]
        plan.append(["second_opinions.py", str(given.sets / "trec6.csv"), *seeds])
        plan.append(["lanes.py", str(given.sets), "--seeds", "1" if given.quick else "3"])
        plan += [["five_turns.py", str(given.sets / name)] for name in ("trec6.csv", "agnews.csv")]
    else:
        print(f"passed over: label efficiency, for there is no folder {given.sets}")
    failed = [words[0] for words in plan if not _ran(words)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _ran(words: list[str]) -> bool:
    print(f"\n== {' '.join(words)}", flush=True)
    return (
        subprocess.run([sys.executable, str(HERE / words[0]), *words[1:]], check=False).returncode == 0
    )


if __name__ == "__main__":
    main()
