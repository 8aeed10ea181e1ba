"""Keys of sources: from the environment, or from Prefect's Secret blocks, never from parameters.

A Secret block fills the environment variable that it is named after: ``labelloop-brave-api-key``
stands for ``BRAVE_API_KEY``. Other blocks are left alone; what the environment holds, wins.
"""

from __future__ import annotations

import os

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import BlockDocument

_PREFIX = "labelloop-"


def fill_environment() -> list[str]:
    """Set variables that Secret blocks stand for; returns their names, never their values."""
    filled = []
    with get_client(sync_client=True) as client:
        blocks = client.read_block_documents_by_type("secret", include_secrets=True)
    for block in blocks:
        name, value = _variable(block)
        if name and value and name not in os.environ:
            os.environ[name] = value
            filled.append(name)
    return filled


def _variable(block: BlockDocument) -> tuple[str, str | None]:
    value = block.data.get("value")
    prefixed, _, name = (block.name or "").partition(_PREFIX)
    if prefixed or not isinstance(value, str):
        return "", None
    return name.upper().replace("-", "_"), value
