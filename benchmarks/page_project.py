"""A project full of questions, and people with accounts, for measuring the checking page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument, Pick
from labelloop.review import passwords
from labelloop.store import accounts, api_tokens, documents, label_schema, queue, turns

LABELS = ("world", "sport", "business", "science")
PEOPLE = ("ada", "ben", "cleo", "dan", "eve")
PASSWORD = "correct horse"  # noqa: S105
AT = datetime(2026, 1, 1)
PROJECT = """name = "speed"
[labels]
world = ""
sport = ""
business = ""
science = ""
"""


def make_project(folder: Path, count: int) -> Workspace:
    """Documents, all asked, each with a suggestion."""
    folder.mkdir()
    (folder / "labelloop.toml").write_text(PROJECT)
    workspace = open_workspace(folder)
    with workspace.store.transaction("make") as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        turns.begin(tx, now=AT)
        save(tx, "news", 0, count)
        ids = [number for (number,) in tx.rows("SELECT document_id FROM documents ORDER BY document_id")]
        queue.add(
            tx,
            turn=1,
            picks=[Pick(number, "uncertain", 0.5, 0.5) for number in ids],
            suggestions={number: (LABELS[number % 4], 0.7) for number in ids},
            model_id="m0001",
            now=AT,
        )
    return workspace


def save(tx: Any, source: str, begin: int, count: int) -> None:
    """Distinct short texts."""
    found = tuple(
        FetchedDocument(f"{source}-{n}", f"{uuid4().hex} {uuid4().hex} story {n} " + uuid4().hex)
        for n in range(begin, begin + count)
    )
    batch = Batch(found, {})
    documents.save_batch(
        tx,
        source=source,
        connector="files",
        batch=batch,
        audit_share=0.1,
        seed=0,
        known_labels=LABELS,
        now=AT,
    )


def make_people(workspace: Workspace) -> str:
    """Accounts, and the token of a program."""
    kept, token = passwords.hash_password(PASSWORD), passwords.new_token()
    with workspace.store.transaction("people") as tx:
        for name in PEOPLE:
            accounts.save(tx, name, "admin", kept, now=now())
        accounts.save(tx, "program", "annotator", kept, now=now())
        api_tokens.add(tx, passwords.hash_token(token), "program", "", now=now())
    return token
