"""Telling 'out of memory' from other errors: every device says it in its own way."""

from __future__ import annotations

_WORDS = ("out of memory", "not enough memory", "can't allocate memory", "defaultcpuallocator")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch, numpy or Python says that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in said for words in _WORDS)
