"""Keys of sources: from the environment, or from Prefect's Secret blocks, never from parameters.

A Secret block fills the environment variable that it is named after: ``labelloop-brave-key`` stands
for ``LABELLOOP_BRAVE_KEY``, and for ``BRAVE_KEY``, as connectors of others may name theirs. Other
blocks are left alone; what the environment holds, wins.
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
        for name, value in _variables(block).items():
            if name not in os.environ:
                os.environ[name] = value
                filled.append(name)
    return filled


def _variables(block: BlockDocument) -> dict[str, str]:
    value, name = block.data.get("value"), block.name or ""
    if not name.startswith(_PREFIX) or not isinstance(value, str) or not value:
        return {}
    whole = name.upper().replace("-", "_")
    return {whole: value, whole.removeprefix("LABELLOOP_"): value}
