"""What the web connector costs beside plain requests and trafilatura, and what it remembers.

    python benchmarks/web_speed.py                    speed, about a minute
    python benchmarks/web_speed.py --memory 100000    memory over so many search results, minutes

Speed: the same pages of the same local server (a process of its own), politeness delay off on
both sides: ``requests.Session().get`` and ``trafilatura.bare_extraction`` with the connector's
options, against all that the connector does besides (checked addresses, deadline, cap, robots.txt,
canonical addresses, cursor). Rounds alternate; medians are compared.

Memory: a search service with 100 results per page. One page in twenty is HTML through
trafilatura, the others are plain text, so that it ends within minutes; what is remembered
of a page is the same for both.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from trafilatura import bare_extraction

from connectors.web_search import WebSearchConnector, WebSearchSettings

WORDS = [
    "sun",
    "wind",
    "roof",
    "panel",
    "meter",
    "grid",
    "battery",
    "winter",
    "noon",
    "evening",
    "neighbour",
    "light",
    "power",
    "heat",
    "pump",
]
PER_PAGE = 100
HTML_EVERY = 20


def article(number: int, paragraphs: int) -> str:
    """A page with navigation, an article of so many paragraphs, and a footer; always the same."""
    draw = random.Random(number)  # noqa: S311
    body = "".join(
        f"<p>{' '.join(draw.choices(WORDS, k=80)).capitalize()}.</p>" for _ in range(paragraphs)
    )
    menu = "".join(f"<li><a href='/m/{n}'>Entry {n}</a></li>" for n in range(30))
    return (
        f"<!doctype html><html><head><title>Page {number}</title><style>p{{margin:1em}}</style></head>"
        f"<body><nav><ul>{menu}</ul></nav><article><h1>Page {number}</h1>{body}</article>"
        f"<footer>{'Imprint and terms. ' * 20}</footer></body></html>"
    )


class Handler(BaseHTTPRequestHandler):
    """``/long/N`` an article, ``/mixed/N`` mostly plain text, ``/search?pageno=N`` a hundred results."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        kind, _, number = self.path.strip("/").partition("/")
        if kind == "long":
            self.answer(article(int(number), 15), "text/html")
        elif kind == "mixed" and int(number) % HTML_EVERY == 0:
            self.answer(article(int(number), 4), "text/html")
        elif kind == "mixed":
            self.answer(f"Page {number}. " + "Sun and wind. " * 30, "text/plain")
        elif kind.startswith("search"):
            first = (int(self.path.partition("pageno=")[2].partition("&")[0]) - 1) * PER_PAGE
            base = f"http://{self.headers['Host']}/mixed/"
            found = [{"url": f"{base}{n}", "title": f"Page {n}"} for n in range(first, first + PER_PAGE)]
            self.answer(json.dumps({"results": found}), "application/json")
        else:
            self.send_error(404)

    def answer(self, body: str, kind: str) -> None:
        content = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{len(content):x}-{hash(self.path) & 0xFFFFFFFF:x}"')
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def serve(told: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.send(server.server_port)
    server.serve_forever()


def plainly(urls: list[str]) -> int:
    """Characters read with requests and trafilatura alone."""
    characters = 0
    with requests.Session() as session:
        for url in urls:
            answer = session.get(url, timeout=10)
            answer.raise_for_status()
            page = bare_extraction(
                answer.content,
                url=url,
                include_comments=False,
                with_metadata=True,
                date_extraction_params={"extensive_search": False, "original_date": True},
            )
            characters += len(page.text)
    return characters


def connected(urls: list[str]) -> int:
    """The same through the connector."""
    made = connector(provider="urls", urls=urls)
    return sum(len(document.text) for batch in made.batches(None) for document in batch.documents)


def connector(**options: Any) -> WebSearchConnector:
    settings = WebSearchSettings.model_validate(
        {"allow_addresses": ["127.0.0.1"], "delay": 0, **options}
    )
    return WebSearchConnector(settings, source="web", folder=Path())


def speed(base: str, documents: int, rounds: int) -> None:
    urls = [f"{base}/long/{number}" for number in range(documents)]
    assert plainly(urls[:20]) == connected(urls[:20]), "the two read different texts"
    took: dict[str, list[float]] = {"plain": [], "connector": []}
    ways: list[tuple[str, Callable[[list[str]], int]]] = [("plain", plainly), ("connector", connected)]
    for number in range(rounds):
        for name, way in ways if number % 2 else ways[::-1]:
            started = time.perf_counter()
            way(urls)
            took[name].append(time.perf_counter() - started)
    per_second = {name: documents / statistics.median(times) for name, times in took.items()}
    print(f"{documents} pages of {len(article(0, 15)):,} bytes, median of {rounds} rounds")
    for name, rate in per_second.items():
        print(f"{name:>10}: {rate:7.1f} documents/s")
    print(f"{'ratio':>10}: {per_second['connector'] / per_second['plain']:7.3f}")


def resident() -> float:
    """Megabytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def memory(base: str, results: int) -> None:
    made = connector(provider="searxng", base_url=base, queries=["sun"], pages=-(-results // PER_PAGE))
    seen, saved, batches, started, shown = 0, 0, 0, time.perf_counter(), 0
    print("results    resident MB   cursor MB   batches   saved MB in all   seconds")
    for batch in made.batches(None):
        seen += len(batch.documents)
        cursor = len(json.dumps(batch.cursor))
        saved, batches = saved + cursor, batches + 1
        if seen - shown >= results // 10 or seen == results:
            shown = seen
            gc.collect()
            print(f"{seen:7,} {resident():13.1f} {cursor / 1e6:11.2f} {batches:9} {saved / 1e6:17.1f}"
                  f" {time.perf_counter() - started:9.0f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, metavar="RESULTS", help="measure memory instead of speed")
    chosen = parser.parse_args()
    here, there = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{here.recv()}"
    try:
        if chosen.memory:
            memory(base, chosen.memory)
        else:
            speed(base, chosen.documents, chosen.rounds)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
