"""The language of texts, by py3langid (a model inside the package, no download)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

_SURE = 0.7
"""Least confidence; below it 'None' is truer than a guess."""
_LETTERS = 12
"""Fewest letters a language can be told from."""
_READ = 2_000
"""Characters read: more changes nothing and costs time."""


def detect_languages(texts: Sequence[str]) -> list[str | None]:
    """ISO 639-1 code of each text; None where it is too short or uncertain."""
    return [_language(text[:_READ]) for text in texts]


def _language(text: str) -> str | None:
    if sum(map(str.isalpha, text)) < _LETTERS:
        return None
    code, confidence = _identifier().classify(text)
    return str(code) if confidence >= _SURE else None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
