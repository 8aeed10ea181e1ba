"""What makes two texts the same, and which side a document falls on. Pure functions."""

from __future__ import annotations

from typing import Literal

Side = Literal["audit", "train"]


def content_hash(text: str) -> str:
    """32 hex digits that are equal exactly for texts that differ in spacing or invisible characters only.

    The first half of the SHA-256 of the text in NFC, without zero-width and control
    characters, each run of white space one space. Case counts.
    """
    raise NotImplementedError


def side_of(seed: int, source: str, external_id: str, audit_share: float) -> Side:
    """``audit`` with probability ``audit_share``: always the same for the same arguments."""
    raise NotImplementedError
