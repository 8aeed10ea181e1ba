"""Counts in words."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``1 label``, ``1,200 labels``; only for nouns whose plural is made with an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def counted_do(count: int, noun: str, verb: str) -> str:
    """``1 answer gives``, ``2 answers give``; the verb in its plural."""
    return f"{counted(count, noun)} {verb}{'s' if count == 1 else ''}"
