"""The language of texts."""

from __future__ import annotations

from collections.abc import Sequence


def detect_languages(texts: Sequence[str]) -> list[str | None]:
    """ISO 639-1 code of each text; None where it is too short or uncertain."""
    raise NotImplementedError
