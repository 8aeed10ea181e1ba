"""Batches of any size: stored in small parts, with their cursor once all of it is in."""

from __future__ import annotations

from typing import Any

import pytest

from labelloop.errors import SourceError
from labelloop.loop import extraction
from labelloop.loop.extraction import extract, in_parts
from labelloop.records import Batch, FetchedDocument, Rejected
from labelloop.store import sources


def batch_of(count: int) -> Batch:
    found = tuple(
        FetchedDocument(f"d{n}", f"The text of number {n}, unlike others") for n in range(count)
    )
    return Batch(found, {"at": count}, rejected=(Rejected("x", "broken"),), unchanged=3)


def test_parts_hold_everything_once_and_the_rest_goes_with_the_last() -> None:
    parts = in_parts(batch_of(7), 3)
    assert [len(part.documents) for part in parts] == [3, 3, 1]
    assert [one.external_id for part in parts for one in part.documents] == [f"d{n}" for n in range(7)]
    assert [(part.cursor, len(part.rejected), part.unchanged) for part in parts] == [
        ({}, 0, 0),
        ({}, 0, 0),
        ({"at": 7}, 1, 3),
    ]
    assert in_parts(Batch((), {"at": 1}), 3) == [Batch((), {"at": 1})]


def test_a_run_that_dies_between_parts_reads_the_batch_again(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Connector:
        def batches(self, cursor: Any) -> Any:
            assert cursor == {"done": True}  # of the run before
            yield batch_of(7)

    workspace = make([])
    source = workspace.project.settings.sources[0]
    monkeypatch.setattr(extraction, "_AT_ONCE", 3)
    kept, calls = extraction.documents.save_batch, []

    def dies(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise SourceError("the plug was pulled")
        return kept(*given, **named)

    monkeypatch.setattr(extraction.documents, "save_batch", dies)
    with pytest.raises(SourceError):
        extract(workspace, source, Connector)
    with workspace.store.transaction() as tx:
        assert tx.value("SELECT count(*) FROM documents") == 6
        assert sources.state(tx, source.name).cursor == {"done": True}
    run = extract(workspace, source, Connector)
    assert (run.counts["new"], run.counts["unchanged"], run.counts["rejected"]) == (1, 9, 1)
    with workspace.store.transaction() as tx:
        assert sources.state(tx, source.name).cursor == {"at": 7}
