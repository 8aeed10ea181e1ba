"""Connectors over a local site."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.web_search import WebSearchConnector, WebSearchSettings
from labelloop.records import Batch, FetchedDocument

SENTENCES = (
    "Solar panels on the roof turn light into power, and the meter runs backwards at noon. "
    "Two neighbours share one battery in the cellar, which lasts them through most evenings. "
    "In winter the wind has to help, and on still days nothing does but the grid. "
)


def article(about: str, times: int = 2) -> str:
    """A page with an article of some length in it."""
    body = "".join(f"<p>{SENTENCES}</p>" for _ in range(times))
    return (
        f"<html><head><title>{about}</title></head><body><nav>Home</nav>"
        f"<article><h1>{about}</h1>{body}<p>This was about {about}.</p></article></body></html>"
    )


def results(*urls: str, **more: Any) -> str:
    """A SearXNG answer."""
    listed = [{"url": url, "title": f"Title of {url}"} for url in urls]
    return json.dumps({"query": "x", "results": listed, "unresponsive_engines": [], **more})


@pytest.fixture
def connector(site: Any, tmp_path: Path) -> Callable[..., WebSearchConnector]:
    """``connector(queries=["x"])``: SearXNG on the local site, at once, as of minute 30,000,000."""

    def make(*, now: float = 30_000_000 * 60, **options: Any) -> WebSearchConnector:
        searxng = {"provider": "searxng", "base_url": site.base, "queries": ["sun"]}
        given = options if options.get("provider", "searxng") != "searxng" else {**searxng, **options}
        settings = WebSearchSettings.model_validate(
            {"allow_addresses": ["127.0.0.1"], "delay": 0, **given}
        )
        return WebSearchConnector(settings, source="web", folder=tmp_path, now=lambda: now)

    return make


@pytest.fixture
def pages(site: Any) -> Callable[[int], list[str]]:
    """Addresses of so many articles, put on the site."""

    def make(number: int) -> list[str]:
        return [site.put(f"/page/{n}", article(f"topic {n}"), ETag=f'"v{n}"') for n in range(number)]

    return make


def documents(batches: list[Batch]) -> list[FetchedDocument]:
    return [document for batch in batches for document in batch.documents]


def skipped(batches: list[Batch]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for batch in batches:
        for reason, count in batch.skipped.items():
            counts[reason] = counts.get(reason, 0) + count
    return counts


@pytest.fixture
def words() -> Any:
    """The functions above, for tests that cannot import this file."""

    class Words:
        pass

    for function in (article, results, documents, skipped):
        setattr(Words, function.__name__, staticmethod(function))
    return Words
