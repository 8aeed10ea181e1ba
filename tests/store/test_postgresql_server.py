"""The PostgreSQL store: what can be said without a server, and with the one the tests were given."""

from __future__ import annotations

import pytest

from labelloop.errors import StoreError, StoreUnwritable
from labelloop.store.database import Store

from .conftest import SERVER


def test_server_that_is_not_there_is_named_without_its_password(tmp_path):
    store = Store("postgresql://me:secret@127.0.0.1:9/loop", tmp_path, patience=2)
    assert "secret" not in repr(store)
    with (
        pytest.raises(StoreError, match=r"cannot be reached.*127\.0\.0\.1") as caught,
        store.transaction(),
    ):
        pass
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not SERVER, reason="needs a PostgreSQL server: make test-postgresql")
def test_read_only_server_is_named(empty):
    with empty.tx() as tx:
        tx.execute("ALTER DATABASE labelloop_test SET default_transaction_read_only = on")
    with pytest.raises(StoreUnwritable, match="read-only"):
        empty.save({"a": "text"})


@pytest.mark.skipif(not SERVER, reason="needs a PostgreSQL server: make test-postgresql")
def test_a_nul_that_no_text_there_can_hold_is_shown_as_a_symbol(empty):
    with empty.tx() as tx:
        asked = {"note": "a\0b", "many": ["\0", "c"]}
        assert tx.row("SELECT $note::text, $many::text[]", asked) == ("a\u2400b", ["\u2400", "c"])
