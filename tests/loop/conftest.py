"""Small projects on the real store and the real encoder, without Prefect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.answering import Desk
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument

SPORT = ["goal", "match", "coach", "league", "referee", "striker", "tennis", "medal", "race", "team"]
MONEY = ["bank", "interest", "stock", "profit", "market", "loan", "currency", "tax", "budget", "shares"]


class OneBatch:
    """A source that has everything at once."""

    def __init__(self, documents: list[FetchedDocument]) -> None:
        self._documents = documents

    def batches(self, _cursor: Any) -> Any:
        yield Batch(tuple(self._documents), {"done": True})


def texts() -> list[FetchedDocument]:
    """Forty short texts, half about sport, half about money; the name tells which."""
    sport = [f"The {a} was the talk of the {b} this weekend" for a in SPORT for b in ("fans", "club")]
    money = [
        f"The {a} fell after the {b} spoke on Monday"
        for a in MONEY
        for b in ("central bank", "minister")
    ]
    named = [("sport", text) for text in sport] + [("money", text) for text in money]
    return [FetchedDocument(f"{label}-{n}", text) for n, (label, text) in enumerate(named)]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Workspace]:
    def made(documents: list[FetchedDocument] | None = None, **query: object) -> Workspace:
        from labelloop.loop.extraction import extract, link_near_duplicates

        settings = {"batch_size": 10, "audit_share": 0.3, "random_share": 0.0} | query
        lines = "\n".join(f"{key} = {value!r}".replace("'", '"') for key, value in settings.items())
        (tmp_path / "labelloop.toml").write_text(
            'name = "news"\n[labels]\nsport = "Games, matches and players"\n'
            'money = "Banks, prices and markets"\n'
            '[[sources]]\nname = "texts"\nconnector = "files"\npath = "none.csv"\n'
            f"[query]\n{lines}\n"
        )
        workspace = open_workspace(tmp_path)
        source = workspace.source("texts")
        extract(workspace, source, lambda: OneBatch(texts() if documents is None else documents))
        link_near_duplicates(workspace)
        return workspace

    return made


@pytest.fixture
def answer() -> Callable[..., int]:
    """Answer open questions as the document's name says, or always with one label."""

    def answered(workspace: Workspace, always: str | None = None, limit: int = 10_000) -> int:
        desk = Desk(workspace, "ada")
        given = 0
        while given < limit and (item := desk.next()) is not None:
            label = always or item.external_id.split("-")[0]
            desk.label(item, label, 2.0, verdict_id=f"v{item.item_id}-{given}")
            given += 1
        return given

    return answered
