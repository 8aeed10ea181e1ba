"""Reads the body of an answer within a cap that counts decompressed bytes.

Decompression is done here and not by urllib3, whose older versions unpack a whole bomb before
anybody can count.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import requests

from labelloop.errors import SourceRefused, SourceUnavailable

ACCEPT_ENCODING = "gzip, deflate"
_CHUNK = 65_536
_GZIP = b"\x1f\x8b"


def body(response: requests.Response, max_bytes: int, where: str) -> bytes:
    """The decompressed body of a streamed response.

    Raises:
        SourceRefused: It is longer than ``max_bytes``, or packed in a way nobody asked for.
        SourceUnavailable: It ends too early.
    """
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise _too_large(where, max_bytes)
    parts, size = [], 0
    for part in _unpacked(_raw(response), response.headers.get("content-encoding", ""), where):
        size += len(part)
        if size > max_bytes:
            raise _too_large(where, max_bytes)
        parts.append(part)
    return b"".join(parts)


def _too_large(where: str, max_bytes: int) -> SourceRefused:
    return SourceRefused(
        f"{where} is larger than {max_bytes:,} bytes",
        remedy="Raise max_bytes if it is wanted",
        reason="too large",
    )


def _raw(response: requests.Response) -> Iterator[bytes]:
    while part := response.raw.read(_CHUNK, decode_content=False):
        yield part


def _unpacked(parts: Iterator[bytes], encoding: str, where: str) -> Iterator[bytes]:
    kind = encoding.strip().lower()
    if kind in {"", "identity"}:
        return parts
    if kind in {"gzip", "x-gzip", "deflate"}:
        return _inflated(parts, kind, where)
    raise SourceRefused(
        f"{where} is packed as {kind[:40]!r}, which was not asked for", reason="unknown compression"
    )


def _inflated(parts: Iterator[bytes], kind: str, where: str) -> Iterator[bytes]:
    """Inflate piece by piece; no piece that is yielded is longer than ``_CHUNK``."""
    inflate: Any = None
    for part in parts:
        waiting = part
        while waiting:
            inflate = inflate or zlib.decompressobj(_window(kind, waiting))
            yield _step(inflate, waiting, where)
            waiting = inflate.unconsumed_tail
            if inflate.eof:
                if kind == "deflate" or not inflate.unused_data.startswith(_GZIP):
                    return  # what follows is padding, as browsers see it
                waiting, inflate = inflate.unused_data, None  # gzip files may follow one another
    while inflate is not None and not inflate.eof:
        rest = _step(inflate, b"", where)
        if not rest and not inflate.eof:
            raise SourceUnavailable(f"{where} was cut off in the middle", reason="cut off")
        yield rest


def _window(kind: str, start: bytes) -> int:
    """zlib's name of the format; 'deflate' is sent both with and without its header."""
    if kind != "deflate":
        return 16 + zlib.MAX_WBITS
    return zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS


def _step(inflate: Any, data: bytes, where: str) -> bytes:
    try:
        piece: bytes = inflate.decompress(data, _CHUNK)
    except zlib.error:
        raise SourceRefused(f"{where} is not the gzip it says it is", reason="bad compression") from None
    return piece
