"""Documents per second and peak memory of the files connector beside plain Python.

Writes a table of 200,000 rows as CSV, JSONL and Parquet, then reads each with the plain
library and with the connector, alternating, each reading in a process of its own::

    python benchmarks/files_speed.py --rows 200000 --repeats 3

Prints the best of the repeats: rows per second, peak memory of the process in MB above a
process that has only imported what it needs, and how the connector compares.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = "solar wind grid battery panel roof turbine cost power heat pump noise permit cable".split()  # noqa: SIM905


def write_tables(folder: Path, rows: int) -> None:
    """The same rows as a.csv, a.jsonl and a.parquet; about 200 characters of text each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(0)  # noqa: S311 (made-up text)
    table = [
        {
            "id": str(n),
            "text": f"{n} " + " ".join(draw.choices(WORDS, k=35)),
            "label": draw.choice(WORDS),
        }
        for n in range(rows)
    ]
    with (folder / "a.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "label"])
        writer.writeheader()
        writer.writerows(table)
    with (folder / "a.jsonl").open("w") as file:
        file.writelines(json.dumps(row) + "\n" for row in table)
    pq.write_table(pa.Table.from_pylist(table), folder / "a.parquet")


def plain(path: Path) -> int:
    """Rows that have a text, read with the library alone."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return sum(1 for row in csv.DictReader(file) if row["text"].strip())
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as file:
            return sum(1 for line in file if json.loads(line)["text"].strip())
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return sum(
            1 for part in file.iter_batches(500) for row in part.to_pylist() if row["text"].strip()
        )


def connector(path: Path, **options: str) -> int:
    """Documents that the connector yields."""
    from connectors.files import FilesConnector, FilesSettings

    settings = FilesSettings(path=path.name, label="label", **options)
    made = FilesConnector(settings, source="speed", folder=path.parent)
    return sum(len(batch.documents) for batch in made.batches(None))


WAYS = {
    "plain": plain,
    "connector, id column": lambda path: connector(path, id="id"),
    "connector, ids from the text": connector,
}


def measured(way: str, path: Path) -> tuple[float, float, int]:
    """Seconds, MB above the imports and rows of one reading, in this process."""
    import pyarrow.parquet  # noqa: F401

    import connectors.files  # noqa: F401

    before = peak_megabytes()
    start = time.perf_counter()
    rows = WAYS[way](path)
    seconds = time.perf_counter() - start
    return seconds, peak_megabytes() - before, rows


def peak_megabytes() -> float:
    """Most memory this process had so far; getrusage would begin at its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_a_process(way: str, path: Path) -> tuple[float, float, int]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--path", str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, megabytes, rows = json.loads(out)
    return seconds, megabytes, rows


def compare(rows: int, repeats: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(folder, rows)
        for ending in ("csv", "jsonl", "parquet"):
            path = folder / f"a.{ending}"
            results = {way: [] for way in WAYS}
            for _ in range(repeats):
                for way, found in results.items():
                    found.append(in_a_process(way, path))
            base = min(seconds for seconds, _, _ in results["plain"])
            for way, found in results.items():
                assert {count for _, _, count in found} == {rows}
                best = min(seconds for seconds, _, _ in found)
                peak = max(megabytes for _, megabytes, _ in found)
                print(
                    f"{ending:8}{way:30}{rows / best:10,.0f} rows/s {peak:7.1f} MB"
                    f"   {base / best:5.2f} of plain"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(measured(given.way, given.path)))
    else:
        compare(given.rows, given.repeats)
