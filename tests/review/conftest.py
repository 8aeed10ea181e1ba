"""A project with questions on a real DuckDB file, its page, and people at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument, Lane, ModelVersion, Pick
from labelloop.review import passwords
from labelloop.review.app import create_app
from labelloop.review.aside import Aside
from labelloop.store import accounts, documents, label_schema, labelling, models, queue, turns

from ..conftest import SERVER, database

AT = datetime(2026, 1, 1)
TEMPLATE = "labelloop_review_template"
PASSWORD = "correct horse"
PROJECT = """
name = "small"
[labels]
sport = "Games, matches, players"
money = "Banks, prices, markets"
weather = ""
[[sources]]
name = "texts"
connector = "files"
path = "texts.csv"
"""
WORDS = [
    "apple",
    "river",
    "stone",
    "cloud",
    "train",
    "paper",
    "music",
    "garden",
    "winter",
    "engine",
    "letter",
    "window",
    "bridge",
]


def text_of(number: int) -> str:
    """Texts unlike enough not to be near-duplicates."""
    chosen = [WORDS[(number * (place + 3) + place * place) % len(WORDS)] for place in range(12)]
    return f"Text {number}: {' '.join(f'{word}{number * (p + 1)}' for p, word in enumerate(chosen))}."


@dataclass
class Made:
    """A project with short ways to fill it."""

    workspace: Workspace
    turn: int = 1
    saved: int = 0
    numbers: list[int] = field(default_factory=list)

    def save(self, *found: FetchedDocument, audit_share: float = 0.0) -> list[int]:
        """Documents into the store; their ids."""
        with self.workspace.store.transaction("test") as tx:
            documents.save_batch(
                tx,
                source="texts",
                connector="files",
                batch=Batch(found, {}),
                audit_share=audit_share,
                seed=0,
                known_labels=self.workspace.project.label_names,
                now=AT,
            )
            ids = dict(tx.rows("SELECT external_id, document_id FROM documents"))
        return [ids[one.external_id] for one in found]

    def ask(
        self,
        count: int,
        *,
        lane: Lane = "uncertain",
        suggestion: str | None = None,
        blind: bool = False,
        wanted: int = 1,
        found: Sequence[FetchedDocument] | None = None,
    ) -> list[int]:
        """New documents, queued in this order; their ids."""
        made = found or [
            FetchedDocument(f"d{n}", text_of(n), title=f"Title {n}", url=f"https://example.org/{n}")
            for n in range(self.saved + 1, self.saved + count + 1)
        ]
        self.saved += len(made)
        ids = self.save(*made)
        with self.workspace.store.transaction("test") as tx:
            queue.add(
                tx,
                turn=self.turn,
                picks=[Pick(n, lane, 0.5, 0.9, show_suggestion=not blind) for n in ids],
                suggestions=dict.fromkeys(ids, (suggestion, 0.75)) if suggestion else {},
                model_id="m0001" if suggestion else None,
                verdicts_wanted=wanted,
                now=AT,
            )
        return ids

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.workspace.store.transaction("test") as tx:
            return tx.rows(sql)

    def standing(self) -> list[tuple[Any, ...]]:
        """The answers that stand, in their order."""
        return self.rows(
            "SELECT document_id, annotator, action, labels FROM standing_verdicts ORDER BY sequence"
        )

    def keep_model(self, n: int) -> None:
        """A new champion, measured on ``n`` audit answers."""
        with self.workspace.store.transaction("test") as tx:
            name = models.next_id(tx)
            metrics = {"audit": measured(n), "crossfit": measured(9), "labels": 9}
            model = ModelVersion(
                name, None, "head", "e", 1, "candidate", metrics, "better", "models/x", "0", {}, AT
            )
            models.register(tx, model)
            models.promote(tx, name, now=AT)

    def account(self, name: str, role: accounts.Role = "annotator") -> None:
        with self.workspace.store.transaction("test") as tx:
            accounts.save(tx, name, role, quick_hash(), now=now())


def measured(n: int) -> dict[str, Any]:
    """Metrics in the shape that training keeps."""
    one = {"precision": 1.0, "recall": 0.5, "f1": None, "support": 2}
    return {
        "accuracy": {"value": 0.8 if n else None, "low": 0.6, "high": 0.9, "n": n},
        "per_class": dict.fromkeys(("sport", "money", "weather"), one),
        "confusion": [[2, 1, 0], [0, 3, 0], [0, 0, 4]],
    }


_HASHED: list[str] = []


def quick_hash() -> str:
    """The hash of PASSWORD, made once: making it slowly is its purpose."""
    if not _HASHED:
        _HASHED.append(passwords.hash_password(PASSWORD))
    return _HASHED[0]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project's folder with an empty store; copying it is quicker than migrating."""
    folder = tmp_path_factory.mktemp("template")
    with ExitStack() as stack:
        url = stack.enter_context(database(TEMPLATE)) if SERVER else "duckdb:///labelloop.duckdb"
        yield _filled(folder, url)


def _filled(folder: Path, url: str) -> Path:
    (folder / "labelloop.toml").write_text(f'store = "{url}"\n{PROJECT}')
    (folder / "guidelines.md").write_text(
        "# How to label\n\n**Read** it.\n\n<script>alert(1)</script>\n"
    )
    workspace = open_workspace(folder)
    with workspace.store.transaction("test") as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        turns.begin(tx, now=AT)
    workspace.store.checkpoint()
    return folder


@pytest.fixture
def made(tmp_path: Path, template: Path) -> Iterator[Made]:
    folder = tmp_path / "project"
    shutil.copytree(template, folder)
    if not SERVER:
        yield Made(open_workspace(folder))
        return
    with database("labelloop_review", TEMPLATE) as url:
        path = folder / "labelloop.toml"
        path.write_text(path.read_text().replace(f"/{TEMPLATE}", "/labelloop_review"))
        assert url in path.read_text()
        yield Made(open_workspace(folder))


@pytest.fixture
def several(made: Made) -> Made:
    """The project once it says multi_label = true."""
    path = made.workspace.project.folder / "labelloop.toml"
    path.write_text(path.read_text().replace('name = "small"', 'name = "small"\nmulti_label = true'))
    made.workspace = open_workspace(path.parent)
    with made.workspace.store.transaction("test") as tx:
        labelling.ensure(tx, True, now=AT)
    return made


class Browser(TestClient):
    """A client that acts like our pages: keeps cookies, sends the form token."""

    kept: tuple[str, str] = ("", "")

    def token(self) -> str:
        """The token as the page carries it; one per session."""
        cookie = self.cookies.get("labelloop", "")
        if not cookie or self.kept[0] != cookie:
            page = self.get("/").text
            token = page.split('"token": "')[1].split('"')[0]
            self.kept = (self.cookies["labelloop"], token)
        return self.kept[1]

    def change(self, path: str, body: object | None = None) -> Any:
        """A change, as the page's script makes it."""
        return self.post(path, json=body or {}, headers={"x-labelloop-token": self.token()})

    def log_in(self, name: str, password: str = PASSWORD) -> Any:
        form = self.get("/login").text
        token = form.split('name="token" value="')[1].split('"')[0]
        return self.post(
            "/login",
            data={"token": token, "name": name, "password": password},
            follow_redirects=False,
        )


@pytest.fixture(scope="session")
def beside() -> Iterator[Aside]:
    """One process for the pages of all tests: starting one takes a second."""
    one = Aside()
    yield one
    one.stop()


@pytest.fixture
def browsers(made: Made, beside: Aside) -> Iterator[Callable[[], Browser]]:
    """As many browsers as wanted, at one page."""
    app = create_app(made.workspace, beside=beside)
    opened: list[Browser] = []

    def open_one() -> Browser:
        browser = Browser(app, base_url="http://localhost", raise_server_exceptions=False)
        opened.append(browser)
        return browser

    yield open_one
    for browser in opened:
        browser.close()


@pytest.fixture
def me(browsers: Callable[[], Browser]) -> Browser:
    """One person on a machine of their own, without any account, who has opened the page."""
    person = browsers()
    person.get("/")
    return person
