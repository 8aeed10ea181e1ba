"""Accounts from the command line, and a page that refuses to stand open."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.workspace import open_workspace
from labelloop.review.passwords import hash_token, matches
from labelloop.store import accounts, api_tokens

Call = Callable[..., Any]


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELLOOP_PASSWORD", "correct horse")


def account(project: Path, name: str) -> accounts.Account | None:
    with open_workspace(project).store.transaction("test") as tx:
        return accounts.get(tx, name)


def test_the_first_account_must_be_an_admin(labelloop: Call, project: Path, password: None) -> None:
    ended = labelloop("annotators", "add", "ada", "-p", project)
    assert ended.status == 2
    assert "--role admin" in ended.line
    assert labelloop("annotators", "add", "ada", "--role", "admin", "-p", project).status == 0
    kept = account(project, "ada")
    assert kept is not None and matches("correct horse", kept.credential)
    assert labelloop("annotators", "add", "bob", "-p", project).status == 0
    listed = labelloop("annotators", "list", "-p", project).out
    assert "ada" in listed and "admin" in listed and "correct" not in listed


def test_the_last_admin_stays_while_others_can_log_in(
    labelloop: Call, project: Path, password: None
) -> None:
    for name, role in (("ada", "admin"), ("bob", "annotator")):
        labelloop("annotators", "add", name, "--role", role, "-p", project)
    assert labelloop("annotators", "remove", "ada", "-p", project).status == 2
    assert labelloop("annotators", "add", "ada", "--role", "annotator", "-p", project).status == 2
    assert labelloop("annotators", "remove", "bob", "-p", project).status == 0
    assert labelloop("annotators", "remove", "bob", "-p", project).status == 2
    assert labelloop("annotators", "remove", "ada", "-p", project).status == 0


def test_a_short_password_is_refused(
    labelloop: Call, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELLOOP_PASSWORD", "short")
    ended = labelloop("annotators", "add", "ada", "--role", "admin", "-p", project)
    assert ended.status == 2
    assert "8" in ended.line
    assert account(project, "ada") is None


def test_a_token_is_shown_once_and_kept_hashed(labelloop: Call, project: Path, password: None) -> None:
    labelloop("annotators", "add", "ada", "--role", "admin", "-p", project)
    token = labelloop("annotators", "token", "ada", "-p", project).out.strip()
    with open_workspace(project).store.transaction("test") as tx:
        found = api_tokens.owner(tx, hash_token(token))
        assert found is not None and found.name == "ada"
        assert tx.rows("SELECT count(*) FROM api_tokens WHERE token_hash = $t", {"t": token}) == [(0,)]
    assert labelloop("annotators", "token", "bob", "-p", project).status == 2


def test_tokens_are_listed_without_their_secret_and_revoked_one_by_one(
    labelloop: Call, project: Path, password: None
) -> None:
    assert "no tokens" in labelloop("annotators", "tokens", "-p", project).out
    labelloop("annotators", "add", "ada", "--role", "admin", "-p", project)
    notes = ("nightly", "weekly")
    made = [
        labelloop("annotators", "token", "ada", "--note", note, "-p", project).out.strip()
        for note in notes
    ]
    listed = json.loads(labelloop("annotators", "tokens", "--json", "-p", project).out)
    assert [(one["name"], one["note"]) for one in listed] == [("ada", "nightly"), ("ada", "weekly")]
    assert not any(token in str(listed) for token in made)
    assert "weekly" in labelloop("annotators", "tokens", "-p", project).out
    assert labelloop("annotators", "revoke", listed[0]["short"], "-p", project).status == 0
    assert labelloop("annotators", "revoke", listed[0]["short"], "-p", project).status == 2
    with open_workspace(project).store.transaction("test") as tx:
        assert [bool(api_tokens.owner(tx, hash_token(token))) for token in made] == [False, True]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_addresses_need_accounts(labelloop: Call, project: Path, host: str) -> None:
    ended = labelloop("review", "--host", host, "-p", project)
    assert ended.status == 2
    assert "labelloop annotators add" in ended.line


def test_a_port_in_use_is_named(labelloop: Call, project: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = labelloop("review", "--port", taken.getsockname()[1], "-p", project)
    assert ended.status == 2
    assert "--port" in ended.line
