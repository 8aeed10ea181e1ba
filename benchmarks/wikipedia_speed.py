"""Speed and memory of the Wikipedia connector beside plain wikipedia-api, on one local server.

    python benchmarks/wikipedia_speed.py [--pages 500] [--listing 50000] [--api-url URL --category NAME]

The server is a process of its own that answers as a MediaWiki does; with ``--api-url`` the
speed is measured on a wiki that is running. Nobody waits between requests. Every figure
comes from a process of its own; speeds are the median of five rounds, taken in turns.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

AGENT = "labelloop benchmark (ops@example.org)"
TEXT = "\n\n\n== Heading ==\n".join(["A sentence about the power of the sun and the wind. " * 15] * 6)
INTRODUCTION = TEXT.partition("\n\n\n==")[0]


Cursor = dict[str, Any] | None
Task = Callable[[str, str, Cursor], int]


@dataclass(frozen=True)
class Measured:
    """Documents or pages, seconds, seconds of processor, MiB held beyond a run of one page."""

    count: int
    seconds: float
    busy: float
    held: float


# -- the server ----------------------------------------------------------------------------


def answer(asked: dict[str, str], pages: int) -> dict[str, Any]:
    """A category ``C`` of so many pages, listed, extracted and described."""
    if asked.get("meta") == "siteinfo":
        return {"batchcomplete": "", "query": {"general": {"wikiid": "bench", "lang": "en"}}}
    if "gcmtitle" in asked or "cmtitle" in asked:
        return members(asked, pages)
    if "pageids" in asked:
        return described([int(number) for number in asked["pageids"].split("|")], asked)
    if asked["titles"].startswith("Category:"):
        page = {"pageid": 10**8, "ns": 14, "title": "Category:C", "categoryinfo": {"pages": pages}}
        return {"batchcomplete": "", "query": {"pages": {"100000000": page}}}
    return described([int(asked["titles"].rpartition(" ")[2])], asked)


def members(asked: dict[str, str], pages: int) -> dict[str, Any]:
    """One list of a category's members, for a generator or for a plain list."""
    generated = "gcmtitle" in asked
    key, size = ("gcmcontinue", "gcmlimit") if generated else ("cmcontinue", "cmlimit")
    start = int(asked.get(key, 1))
    end = min(start + int(asked[size]), pages + 1)
    if generated:
        found: dict[str, Any] = described(range(start, end), asked)
    else:
        rows = [{"pageid": number, "ns": 0, "title": f"Page {number}"} for number in range(start, end)]
        found = {"batchcomplete": "", "query": {"categorymembers": rows}}
    return found if end > pages else found | {"continue": {key: str(end), "continue": "-||"}}


def described(numbers: Any, asked: dict[str, str]) -> dict[str, Any]:
    """Pages with what ``prop`` asks for."""
    props = asked.get("prop", "").split("|")
    pages: dict[str, Any] = {}
    for number in numbers:
        page = pages[str(number)] = {"pageid": number, "ns": 0, "title": f"Page {number}"}
        if "info" in props:
            page |= {"lastrevid": revision_of(number), "pagelanguage": "en"}
        if "inprop" in asked:
            page["canonicalurl"] = f"https://wiki.example/Page_{number}"
        if "extracts" in props:
            page["extract"] = INTRODUCTION if "exintro" in asked else TEXT
        if "revisions" in props:
            page["revisions"] = [{"revid": 1, "timestamp": "2026-03-25T15:46:00Z"}]
    return {"batchcomplete": "", "query": {"pages": pages}}


def revision_of(number: int) -> int:
    """A page's newest revision, scattered as those of a real wiki are."""
    return 10**9 + random.Random(number).randrange(3 * 10**8)  # noqa: S311  not for secrets


def serve(pages: int, port: Any) -> None:
    """Runs in a process of its own; tells its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query))
            body = json.dumps(answer(asked, pages)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        port.send(server.server_port)
        server.serve_forever()


@contextmanager
def serving(pages: int) -> Iterator[str]:
    """The address of a fresh local server."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(pages, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/w/api.php"
    finally:
        process.terminate()
        process.join()


# -- what is measured ----------------------------------------------------------------------


def plain(api_url: str) -> Any:
    """The library as it is, sent to another address."""
    import wikipediaapi

    class Plain(wikipediaapi.Wikipedia):  # type: ignore[misc]
        def _build_url(self, language: str) -> str:
            return api_url

    return Plain(AGENT, "en")


def plain_texts(api_url: str, category: str, _: Cursor = None) -> int:
    """Texts alone: one request a page, no revision, no address, no licence."""
    pages = plain(api_url).page(f"Category:{category}").categorymembers.values()
    return sum(1 for page in pages if page.ns == 0 and page.text)


def plain_texts_and_revisions(api_url: str, category: str, _: Cursor = None) -> int:
    """Texts with the revision and address that the connector keeps as well."""
    pages = plain(api_url).page(f"Category:{category}").categorymembers.values()
    return sum(
        1 for page in pages if page.ns == 0 and page.text and page.lastrevid and page.canonicalurl
    )


def plain_listing(api_url: str, category: str, _: Cursor = None) -> int:
    """A category's members by the library: all in one dictionary."""
    return len(plain(api_url).page(f"Category:{category}").categorymembers)


def connector(api_url: str, category: str, **options: Any) -> Any:
    """The connector with its pauses off."""
    from connectors.registry import build

    about = {"contact": "ops@example.org", "delay": 0, "limit": 10**6, "api_url": api_url}
    return build("wikipedia", about | {"categories": [category]} | options, source="wiki", folder=Path())


def connector_articles(api_url: str, category: str, _: Cursor = None) -> int:
    """Whole articles through the connector."""
    return sum(len(batch.documents) for batch in connector(api_url, category).batches(None))


def connector_introductions(api_url: str, category: str, _: Cursor = None) -> int:
    """Introductions through the connector; batches are let go, as the store does."""
    source = connector(api_url, category, unit="introduction")
    return sum(len(batch.documents) for batch in source.batches(None))


def connector_unchanged(api_url: str, category: str, cursor: Cursor = None) -> int:
    """A run in which everything is known already."""
    source = connector(api_url, category, unit="introduction")
    return sum(batch.unchanged for batch in source.batches(cursor))


def connector_listing(api_url: str, category: str, _: Cursor = None) -> int:
    """The listing alone, as the connector goes through it."""
    from connectors.wikipedia.client import WikiClient
    from connectors.wikipedia.listing import by_category

    client = WikiClient(api_url, "ops@example.org")
    return sum(1 for _ in by_category(client, [f"Category:{category}"], depth=0, namespaces=[0]))


# -- measuring -----------------------------------------------------------------------------


def peak_mb() -> float:
    """The most memory this process ever held, in MiB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def child(task: Task, api_url: str, category: str, cursor: Cursor, result: Any) -> None:
    """One measurement, after one run of a page to load what is loaded late."""
    with serving(1) as small:
        task(small, "C", None)
    before, start, busy = peak_mb(), time.perf_counter(), time.process_time()
    count = task(api_url, category, cursor)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    result.send(Measured(count, seconds, busy, peak_mb() - before))


def measure(task: Task, api_url: str, category: str, cursor: Cursor = None) -> Measured:
    """One measurement in a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=child, args=(task, api_url, category, cursor, theirs))
    process.start()
    outcome: Measured = ours.recv()
    process.join()
    return outcome


def speed(api_url: str, category: str, rounds: int = 5) -> None:
    """Documents a second, each way, and how that compares with the plain library."""
    ways = [plain_texts, plain_texts_and_revisions, connector_articles, connector_introductions]
    rows: dict[str, list[Measured]] = {way.__name__: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            rows[way.__name__].append(measure(way, api_url, category))
    rates = {
        name: statistics.median(row.count / row.seconds for row in got) for name, got in rows.items()
    }
    for name, rate in rates.items():
        busy = statistics.median(1000 * row.busy / row.count for row in rows[name])
        print(
            f"{name:28} {rate:8.0f} documents/s {rate / rates['plain_texts']:6.2f} x plain_texts"
            f" {busy:6.2f} ms of processor each"
        )


def memory(listing: int) -> None:
    """Memory over a long category, and over one a tenth as long."""
    for way in (plain_listing, connector_listing, connector_unchanged, connector_introductions):
        for pages in (listing // 10, listing):
            with serving(pages) as api_url:
                got = measure(way, api_url, "C", known(api_url, pages))
            print(f"{way.__name__:28} {got.count:8,} pages {got.held:8.1f} MiB {got.seconds:8.1f} s")


def known(api_url: str, pages: int) -> dict[str, Any]:
    """The cursor of a first run over so many pages."""
    from connectors.wikipedia.cursor import Known

    scope = f"{urlsplit(api_url).netloc} bench introduction"
    return Known(scope, {number: revision_of(number) for number in range(1, pages + 1)}).cursor()


def cursor_cost(pages: int) -> None:
    """What saving the cursor costs with each batch."""
    from connectors.wikipedia.cursor import Known

    numbers = random.Random(0).sample(range(80_000_000), pages)  # noqa: S311  ids as Wikipedia's
    read = Known("en.wikipedia.org enwiki article", {number: revision_of(number) for number in numbers})
    start = time.perf_counter()
    written = json.dumps(read.cursor())
    print(
        f"cursor of {pages:,} pages: {len(written) / 1024:.0f} KiB, {time.perf_counter() - start:.3f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=500, help="pages of the speed test")
    parser.add_argument(
        "--listing", type=int, default=50_000, help="pages of the memory test; 0 for none"
    )
    parser.add_argument("--api-url", help="measure speed on this wiki instead")
    parser.add_argument("--category", default="C", help="its category")
    asked = parser.parse_args()
    if asked.api_url:
        speed(asked.api_url, asked.category)
    else:
        with serving(asked.pages) as api_url:
            speed(api_url, "C")
    if asked.listing:
        memory(asked.listing)
        cursor_cost(asked.listing)


if __name__ == "__main__":
    main()
