"""The whole loop on a labelled file: labels hidden, answers imported as a person would give them.

Each turn is the real command line in its own process: run, queue export, import. The
answers are the file's own labels. Prints, turn by turn, the status that a person sees,
beside the accuracy on the file's test rows, which the loop never meets.

Example: python benchmarks/five_turns.py ../shared/data/agnews.csv --turns 5 --batch 100
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        truth = _project(folder, given.data, given.batch, given.audit_share)
        print(f"{given.data.name}: {len(truth):,} documents, {given.batch} questions a turn")
        print("turn  answers  accuracy (audit lane, 95 % interval)      on all documents")
        _labelloop("run", folder)
        for turn in range(1, given.turns + 1):
            _answer(folder, truth)
            _labelloop("run", folder)
            _report(turn, folder, truth)


def _arguments() -> argparse.Namespace:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("data", type=Path, help="CSV with the columns id, text, label")
    words.add_argument("--turns", type=int, default=5)
    words.add_argument("--batch", type=int, default=100)
    words.add_argument("--audit-share", type=float, default=0.2)
    words.add_argument("--folder", type=Path, help="keep the project here")
    return words.parse_args()


def _project(folder: Path, data: Path, batch: int, audit_share: float) -> dict[str, str]:
    """Write a project over the texts alone; returns the label of each document."""
    folder.mkdir(parents=True, exist_ok=True)
    with data.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text"])
        writer.writerows([row["id"], row["text"]] for row in rows)
    labels = "\n".join(f'{label} = ""' for label in sorted({row["label"] for row in rows}))
    (folder / "labelloop.toml").write_text(
        f'name = "{data.stem}"\n[labels]\n{labels}\n[[sources]]\nname = "texts"\n'
        f'connector = "files"\npath = "texts.csv"\nid = "id"\n'
        f"[query]\nbatch_size = {batch}\naudit_share = {audit_share}\n",
        encoding="utf-8",
    )
    return {row["id"]: row["label"] for row in rows}


def _answer(folder: Path, truth: dict[str, str]) -> None:
    """Fill the exported questions with the file's own labels, and give them back."""
    sheet = folder / "open.csv"
    _labelloop("queue", "export", sheet, "--project", folder)
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "label": truth[row["external_id"]]} for row in rows)
    _labelloop("import", sheet, "--annotator", "truth", "--project", folder)


def _report(turn: int, folder: Path, truth: dict[str, str]) -> None:
    status = json.loads(_labelloop("status", "--json", folder))
    measured = (status["champion"] or {}).get("accuracy")
    seen = (
        "unknown"
        if not measured or measured["value"] is None
        else ("{value:.3f}  [{low:.3f}, {high:.3f}]  n={n}".format(**measured))
    )
    print(f"{turn:4d}  {status['labels']:7,d}  {seen:42s} {_on_all(folder, truth)}", flush=True)


def _on_all(folder: Path, truth: dict[str, str]) -> str:
    """The champion's accuracy on every document without an answer, which no project knows."""
    out = folder / "documents.jsonl"
    _labelloop("export", "--what", "documents", out, "--project", folder)
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    asked = [d for d in lines if d.get("predicted_label") and not d.get("answered")]
    if not asked:
        return "no predictions"
    right = sum(d["predicted_label"] == truth[d["external_id"]] for d in asked)
    return f"{right / len(asked):.3f} of {len(asked):,} unanswered"


def _labelloop(*words: object) -> str:
    if words[0] in {"run", "status"}:
        words = (*words[:-1], "--project", words[-1])
    ended = subprocess.run(
        [sys.executable, "-c", "from labelloop.cli import main; main()", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        sys.exit(f"labelloop {' '.join(map(str, words))}: {ended.stderr}")
    return ended.stdout


if __name__ == "__main__":
    main()
