"""How the answers were weighed when the newest data set was frozen: kept, for a fit takes seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labelloop.store import info
from labelloop.store.transaction import Transaction

_KEY = "weighing"


def keep(tx: Transaction, found: Mapping[str, Any]) -> None:
    """Keep it in the place of the last; JSON values."""
    info.put(tx, _KEY, json.dumps(dict(found)))


def load(tx: Transaction) -> dict[str, Any] | None:
    """What was kept; None before the first data set."""
    kept = info.get(tx, _KEY)
    return json.loads(kept) if kept else None
