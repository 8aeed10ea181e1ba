"""Transactions and migrations: all or nothing, one at a time, whichever database stands behind."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from labelloop.errors import StoreTooNew, WrongUse
from labelloop.store.database import Store
from labelloop.store.migrate import Migration, current, shipped, store_id

from .conftest import NOW


def count(store: Store) -> int:
    with store.transaction() as tx:
        return tx.value("SELECT count(*) FROM annotators")


def add(tx, name):
    tx.execute(
        "INSERT INTO annotators (name, role, last_seen) VALUES ($n, 'x', $t)", {"n": name, "t": NOW}
    )


def test_exception_rolls_everything_back(empty):
    with pytest.raises(KeyError), empty.tx() as tx:
        add(tx, "ada")
        raise KeyError("x")
    assert count(empty.store) == 0


def test_nested_transaction_is_refused_instead_of_waiting_for_ever(empty):
    with empty.tx(), pytest.raises(RuntimeError, match="inside another"), empty.tx():
        pass
    assert count(empty.store) == 0  # and the thread can go on


def test_arrow_goes_in_and_out(empty):
    rows = pa.table({"name": ["a", "b"], "role": ["x", "y"], "last_seen": [NOW, NOW]})
    with empty.tx() as tx:
        assert tx.insert("annotators", rows) == 2
        assert tx.insert("annotators", rows, on_conflict="ignore") == 0
        with tx.staged("wanted", pa.table({"name": ["b", "c"]})):
            joined = tx.arrow(
                "SELECT a.name, a.role FROM annotators AS a JOIN wanted AS w ON w.name = a.name"
            )
        assert joined.to_pylist() == [{"name": "b", "role": "y"}]
        (batch,) = tx.batches("SELECT name FROM annotators WHERE role = $role", {"role": "x"})
        assert batch.to_pydict() == {"name": ["a"]}


def test_threads_take_turns(empty):
    def work(number: int) -> None:
        for step in range(5):
            with empty.tx() as tx:
                tx.serialise("annotators")  # where others may write at the same time
                before = tx.value("SELECT count(*) FROM annotators")
                add(tx, f"{number}-{step}-{before}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with empty.tx() as tx:
        seen = sorted(int(name.split("-")[2]) for (name,) in tx.rows("SELECT name FROM annotators"))
    assert seen == list(range(20))  # each saw all that were before it


def test_store_is_migrated_midway_with_its_rows(tmp_path):
    first, rest = shipped()[:1], shipped()
    old = Store("duckdb:///s.duckdb", tmp_path, migrations=first)
    with old.transaction() as tx:
        tx.execute(
            "INSERT INTO source_state (name, connector, counts) VALUES ('wiki', 'wikipedia', '{}')"
        )
        identity = store_id(tx)
    with Store("duckdb:///s.duckdb", tmp_path, migrations=rest).transaction() as tx:
        assert current(tx) == rest[-1].version
        assert tx.rows("SELECT name FROM source_state") == [("wiki",)]
        assert tx.value("SELECT count(*) FROM checking_queue") == 0
        assert store_id(tx) == identity


def test_migration_changes_old_rows_once_and_a_broken_one_changes_nothing(empty):
    empty.save({"a": "text"})
    number = shipped()[-1].version + 1
    good = Migration(
        number, "words", "ALTER TABLE documents ADD COLUMN words BIGINT; UPDATE documents SET words = 7"
    )
    broken = Migration(
        number + 1, "broken", "UPDATE documents SET words = 8; SELECT nothing_of_that_name"
    )
    newer = Store(empty.store.url, empty.store.folder, migrations=[*shipped(), good, broken])
    with pytest.raises(Exception, match="nothing_of_that_name"), newer.transaction():
        pass
    mended = Store(empty.store.url, empty.store.folder, migrations=[*shipped(), good])
    for _ in range(2):
        with mended.transaction() as tx:
            assert current(tx) == number
            assert tx.rows("SELECT external_id, words FROM documents") == [("a", 7)]


def test_newer_store_is_refused(empty):
    newest = shipped()[-1].version
    old = Store(empty.store.url, empty.store.folder, migrations=shipped()[:2])
    with pytest.raises(StoreTooNew, match=f"version {newest}.*up to 2") as caught, old.transaction():
        pass
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("url", ["sqlite:///x", "duckdb:///", "x.duckdb"])
def test_address_that_is_no_store_is_refused(tmp_path, url):
    with pytest.raises(WrongUse):
        Store(url, tmp_path)


def test_path_may_be_absolute(tmp_path):
    store = Store(f"duckdb:///{tmp_path}/deep.duckdb", Path("/nowhere"))
    assert store.path == tmp_path / "deep.duckdb"
