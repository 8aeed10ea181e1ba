"""Configured JSON services."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.http import JsonApi
from labelloop.errors import SourceRefused, SourceUnavailable

KEY = "k3y-that-nobody-may-see"


@pytest.fixture
def api() -> JsonApi:
    return JsonApi(user_agent="labelloop/test", headers={"X-Key": KEY}, deadline=2.0)


def test_get_and_post(site: Any, api: JsonApi) -> None:
    url = site.put("/api", '{"n": 1}', kind="application/json")
    assert api.get(url, {"q": "sun & wind", "page": 2}) == {"n": 1}
    path, headers = site.asked[-1]
    assert path == "/api?q=sun+%26+wind&page=2"
    assert headers["x-key"] == KEY and headers["user-agent"] == "labelloop/test"
    assert api.post(url, {"q": "sun"}) == {"n": 1}
    assert json.loads(site.bodies[-1]) == {"q": "sun"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [({"body": "<html>log in", "status": 200}, "HTML"), ({"body": "{no"}, "not JSON"),
     ({"status": 401}, "HTTP 401"), ({"status": 403, "body": "<html>"}, "HTTP 403"),
     ({"status": 404}, "HTTP 404"), ({"body": "[" * 100_000}, "not JSON"),
     ({"status": 302, "Location": "https://elsewhere.example/"}, "redirect")],
)  # fmt: skip
def test_lasting_noes(site: Any, api: JsonApi, answer: dict[str, Any], reason: str) -> None:
    url = site.put("/api", **answer)
    with pytest.raises(SourceRefused) as caught:
        api.get(url)
    assert caught.value.reason == reason
    assert KEY not in str(caught.value)
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_faults(site: Any, api: JsonApi, status: int) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        api.get(site.put("/api", status=status, Retry_After="9"))
    assert caught.value.retry_after == 9 and caught.value.reason == f"HTTP {status}"


def test_the_key_is_in_no_repr(api: JsonApi) -> None:
    assert KEY not in repr(api)
