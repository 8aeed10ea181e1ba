"""How the answers were weighed when the newest data set was frozen: kept, for a fit takes seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labelloop.store.transaction import Transaction

_KEY = "weighing"


def keep(tx: Transaction, found: Mapping[str, Any]) -> None:
    """Keep it in the place of the last; JSON values."""
    tx.execute("DELETE FROM store_info WHERE key = $key", {"key": _KEY})
    tx.execute(
        "INSERT INTO store_info (key, value) VALUES ($key, $value)",
        {"key": _KEY, "value": json.dumps(dict(found))},
    )


def load(tx: Transaction) -> dict[str, Any] | None:
    """What was kept; None before the first data set."""
    row = tx.row("SELECT value FROM store_info WHERE key = $key", {"key": _KEY})
    return json.loads(row[0]) if row else None
