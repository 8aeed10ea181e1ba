"""The project's guidelines, a Markdown file, as HTML."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

FILE = "guidelines.md"


def guidelines_html(folder: Path) -> Markup | None:
    """``guidelines.md`` of a project as HTML; None where there is none.

    HTML inside the Markdown stays text, and links that run script are no links.
    """
    path = folder / FILE
    try:
        return _rendered(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=2)
def _rendered(path: Path, _changed: int) -> Markup:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return Markup(reader.render(path.read_text("utf-8", errors="replace")))  # noqa: S704  (html is off)
