"""The labelled sets beside the repository, row for row as Python's csv reads them."""

import csv
from pathlib import Path

import pytest

from connectors.files import FilesConnector, FilesSettings

DATA = Path(__file__).parents[4] / "shared" / "data"
SETS = ("agnews", "trec6", "subj", "banking77")


@pytest.mark.parametrize("name", SETS)
def test_every_row_becomes_a_document(name):
    if not (DATA / f"{name}.csv").exists():
        pytest.skip(f"{DATA} has no {name}.csv")
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    settings = FilesSettings(path=f"{name}.csv", label="label")
    batches = list(FilesConnector(settings, source="s", folder=DATA).batches(None))
    documents = [document for batch in batches for document in batch.documents]
    assert [(d.text, d.label) for d in documents] == [(row["text"], row["label"]) for row in rows]
    assert len({document.external_id for document in documents}) == len(rows)
