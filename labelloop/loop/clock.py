"""What time it is, for the store: UTC without a zone."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
