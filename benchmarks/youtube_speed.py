"""Documents per second of the YouTube connector beside plain yt-dlp doing the same.

A local server holds pages with ``<video><track kind=subtitles>``; both sides run the real
yt-dlp with the same options on the same pages, fetch the captions and cut them into
one-minute documents, alternating. The plain side is what one would write by hand::

    python benchmarks/youtube_speed.py --videos 100 --repeats 5

Prints the best of the repeats. The pauses between requests are off. What a look at YouTube
itself costs (several requests, a second or more) is not in it: this measures what the
connector adds, not how fast YouTube is.
"""

from __future__ import annotations

import argparse
import functools
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from yt_dlp import YoutubeDL

from connectors.youtube import YouTubeConnector, YouTubeSettings
from connectors.youtube.library import Listener
from connectors.youtube.options import library_options

MINUTES = 10
CUES_PER_MINUTE = 12
TIME = re.compile(r"(\d+):(\d\d):(\d\d)\.(\d{3}) -->")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def write_pages(folder: Path, videos: int) -> list[str]:
    """Pages with ten minutes of captions each; returns their names."""
    cues = [
        f"{stamp(n * 5)} --> {stamp(n * 5 + 5)}\nwords number {n} about the wind and the sun\n"
        for n in range(MINUTES * CUES_PER_MINUTE)
    ]
    (folder / "en.vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
    (folder / "talk.mp4").write_bytes(b"\0" * 100)
    video = "<video src='talk.mp4'><track kind='subtitles' srclang='en' src='en.vtt'></video>"
    names = [f"talk{n}.html" for n in range(videos)]
    for name in names:
        (folder / name).write_text(f"<html><title>{name}</title>{video}</html>")
    return names


def stamp(seconds: int) -> str:
    """A WebVTT time."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def local(options: dict[str, Any]) -> YoutubeDL:
    """yt-dlp with the extractors that a local page needs."""
    return YoutubeDL({**options, "allowed_extractors": ["generic", "html5"]})


def plain(urls: list[str]) -> int:
    """yt-dlp by hand: look, fetch the captions, join the cues of each minute."""
    settings = YouTubeSettings(videos=urls, pace_seconds=0)
    found: list[dict[str, Any]] = []
    with local(library_options(settings, None) | {"logger": Listener()}) as library:
        for url in urls:
            info = library.extract_info(url, download=False)
            content = library.urlopen(info["subtitles"]["en"][0]["url"]).read().decode()
            for minute, text in by_minute(content).items():
                found.append({"id": f"{url}:{minute}", "text": " ".join(text), "title": info["title"]})
    return len(found)


def by_minute(content: str) -> dict[int, list[str]]:
    """The caption lines of each minute of a well-formed WebVTT file."""
    minutes: dict[int, list[str]] = {}
    for block in content.split("\n\n")[1:]:
        head, _, text = block.partition("\n")
        when = TIME.match(head)
        if when:
            minutes.setdefault(int(when[1]) * 60 + int(when[2]), []).append(text.strip())
    return minutes


def connector(urls: list[str]) -> int:
    """The same through the connector."""
    source = YouTubeConnector(
        YouTubeSettings(videos=urls, pace_seconds=0),
        source="bench",
        folder=Path(),
        open_library=local,
    )
    return sum(len(batch.documents) for batch in source.batches(None))


def seconds(act: Callable[[list[str]], int], urls: list[str]) -> tuple[float, float]:
    """Wall and processor time; the documents are counted, so that both sides did the same.

    The server's share of the processor time is in it, the same on both sides.
    """
    begun, busy = time.perf_counter(), time.process_time()
    count = act(urls)
    taken = time.perf_counter() - begun, time.process_time() - busy
    assert count == len(urls) * MINUTES, f"{act.__name__} made {count} documents"
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as base:
        urls = [f"{base}/{name}" for name in write_pages(Path(folder), asked.videos)]
        plain(urls[:2]), connector(urls[:2])  # imports and first connections
        taken = [(seconds(plain, urls), seconds(connector, urls)) for _ in range(asked.repeats)]
    documents = asked.videos * MINUTES
    for number, clock in enumerate(("wall", "processor")):
        by_hand = min(plain_side[number] for plain_side, _ in taken)
        ours = min(connector_side[number] for _, connector_side in taken)
        print(f"by {clock} time")
        print(f"  plain yt-dlp  {documents / by_hand:8.0f} documents/s")
        print(f"  connector     {documents / ours:8.0f} documents/s")
        print(f"  ratio         {by_hand / ours:8.2f}  (1 is as fast as plain)")


if __name__ == "__main__":
    main()
