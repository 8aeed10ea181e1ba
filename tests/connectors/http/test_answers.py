"""Retry-After and content types as servers write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.http.answers import retry_after
from connectors.http.exchange import content_type

NOW = datetime(2026, 11, 22, 12, 0, 0)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("120", 120), ("0", 0), ("Sun, 22 Nov 2026 12:01:30 GMT", 90), ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
     ("Sun, 22 Nov 2026 13:01:30 +0100", 90), ("soon", None), ("", None), ("-5", None)],
)  # fmt: skip
def test_retry_after(written: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": written}, NOW) == seconds
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("text/html", ("text/html", None)), (" TEXT/HTML ; charset = 'UTF-8' ", ("text/html", "utf-8")),
     ("text/html;q=1;charset=", ("text/html", None)), ("", ("", None)), (";;", ("", None))],
)  # fmt: skip
def test_content_type(written: str, read: tuple[str, str | None]) -> None:
    assert content_type(written) == read
