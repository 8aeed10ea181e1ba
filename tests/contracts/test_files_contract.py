"""The files connector keeps the contract, with one file and with a folder of all kinds."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files import FilesConnector
from connectors.testing import ConnectorContract


class TestOneTable(ConnectorContract):
    connector = FilesConnector

    def working(self, folder: Path):
        rows = "".join(f'"text {n}, with a comma",{n}\n' for n in range(7))
        (folder / "a.csv").write_text("text,number\n" + rows)
        return {"path": "a.csv", "id": "number"}

    def broken(self, folder: Path):
        return {"path": "nowhere.csv"}


class TestAFolder(ConnectorContract):
    connector = FilesConnector

    def working(self, folder: Path):
        data = folder / "data"
        (data / "deeper").mkdir(parents=True, exist_ok=True)
        (data / "a.csv").write_text("text\nsame\nsame\nsame\nother\n")
        (data / "b.tsv").write_text("text\tlabel\nsame\tx\n")
        (data / "c.jsonl").write_text(
            "".join(json.dumps({"text": f"line {n}"}) + "\n" for n in range(3))
        )
        (data / "deeper" / "d.md").write_text("# A title\n\nand text\n")
        (data / "deeper" / "e.txt").write_text("plain text\n")
        pq.write_table(pa.table({"text": ["p one", "p two", "p one"]}), data / "f.parquet")
        return {"path": "data"}

    def broken(self, folder: Path):
        (folder / "empty").mkdir(exist_ok=True)
        return {"path": "empty"}
