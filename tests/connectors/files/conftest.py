"""A way to read files in a line."""

from __future__ import annotations

import pytest

from connectors.files import FilesConnector, FilesSettings
from labelloop.errors import SourceMisconfigured
from labelloop.records import FetchedDocument, Rejected


class Reading:
    """All that reading gave: documents, rejects, the last cursor, and the error at its end."""

    def __init__(self, batches, error=None):
        self.batches = batches
        self.error = error
        self.documents: list[FetchedDocument] = [d for b in batches for d in b.documents]
        self.rejected: list[Rejected] = [r for b in batches for r in b.rejected]
        self.cursor = batches[-1].cursor if batches else None
        self.unchanged = sum(b.unchanged for b in batches)

    @property
    def texts(self):
        return [document.text for document in self.documents]

    @property
    def ids(self):
        return [document.external_id for document in self.documents]

    @property
    def faults(self):
        return [(reject.place, reject.reason) for reject in self.rejected]

    def skipped(self, reason):
        return sum(batch.skipped.get(reason, 0) for batch in self.batches)


@pytest.fixture
def connector(tmp_path):
    def make(path="a.csv", batch_size=500, **options):
        made = FilesConnector(FilesSettings(path=str(path), **options), source="s", folder=tmp_path)
        made.batch_size = batch_size
        return made

    return make


@pytest.fixture
def read(connector):
    """Read to the end."""

    def run(path="a.csv", cursor=None, **options):
        return Reading(list(connector(path, **options).batches(cursor)))

    return run


@pytest.fixture
def fail(connector):
    """Read until a file that cannot be read is named, and keep what came before."""

    def run(path="a.csv", cursor=None, **options):
        batches = []
        with pytest.raises(SourceMisconfigured) as caught:
            batches.extend(connector(path, **options).batches(cursor))  # extends as it goes
        assert "\n" not in str(caught.value)
        assert caught.value.exit_status == 2
        return Reading(batches, caught.value)

    return run
