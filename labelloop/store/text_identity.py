"""What makes two texts the same, and which side a document falls on. Pure functions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Literal

Side = Literal["audit", "train"]

# Control characters that are no white space, soft hyphen, zero-width and direction marks, byte order
# mark.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)


def content_hash(text: str) -> str:
    """32 hex digits, equal for texts that differ in spacing or invisible characters only.

    The first half of the SHA-256 of the text without zero-width and control characters,
    in NFC, each run of white space one space. Case counts.
    """
    return hashlib.sha256(normalised(text).encode("utf-8", "replace")).hexdigest()[:32]


def normalised(text: str) -> str:
    """The text as it is compared; empty where nothing can be seen of it."""
    visible = _INVISIBLE.sub("", text)
    if not visible.isascii():
        visible = unicodedata.normalize("NFC", visible)
    return " ".join(visible.split())


def storable(text: str) -> str:
    """The text as given, but for what no database takes: NUL and lone surrogates."""
    plain = text.replace("\x00", "")
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError:
        return plain.encode("utf-8", "replace").decode("utf-8")
    return plain


def side_of(seed: int, source: str, external_id: str, audit_share: float) -> Side:
    """``audit`` with probability ``audit_share``: always the same for the same arguments."""
    key = f"{seed}\x00{source}\x00{external_id}".encode("utf-8", "replace")
    draw = int.from_bytes(hashlib.sha256(key).digest()[:8], "big") / 2**64
    return "audit" if draw < audit_share else "train"
