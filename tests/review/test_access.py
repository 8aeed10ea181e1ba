"""Who may do what, and what keeps others out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from labelloop.review import passwords, sessions
from labelloop.review.app import create_app
from labelloop.store import accounts, api_tokens

NAMES = ("127.0.0.1", "localhost")


def test_without_accounts_one_person_works_at_once(made: Any, me: Any) -> None:
    assert me.get("/").status_code == 200
    assert me.get("/api/me").json()["name"] == "me"


def test_without_cookies_a_person_is_told_and_not_sent_round(
    made: Any, browsers: Callable[[], Any]
) -> None:
    me = browsers()
    begun = me.get("/", follow_redirects=False)
    me.cookies.clear()
    told = me.get(begun.headers["location"], follow_redirects=False)
    assert told.status_code == 400
    assert "needs cookies" in told.text


def test_a_log_in_without_cookies_says_so_instead_of_asking_again(
    made: Any, browsers: Callable[[], Any]
) -> None:
    made.account("ada", "admin")
    ada = browsers()
    token = ada.get("/login").text.split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "name": "ada", "password": "correct horse"}
    ada.cookies.clear()
    told = ada.post("/login", data=form, follow_redirects=False)
    assert told.status_code == 400
    assert "needs cookies" in told.text
    assert "labelloop=" not in told.headers["set-cookie"]
    # That answer brought a cookie again, and this time it was kept.
    assert ada.post("/login", data=form, follow_redirects=False).status_code == 303


def test_the_first_account_turns_log_in_on(made: Any, browsers: Callable[[], Any]) -> None:
    me = browsers()
    assert me.get("/api/me").status_code == 401  # no page loaded, so no session
    me.get("/")
    made.account("ada", "admin")
    me.app.state.site.forget_accounts()
    assert me.get("/api/me").status_code == 401
    assert me.get("/dashboard", follow_redirects=False).headers["location"] == "/login?next=/dashboard"
    assert me.log_in("ada").headers["location"] == "/"
    assert me.get("/api/me").json() | {"labels": 0} == {
        "name": "ada",
        "role": "admin",
        "project": "small",
        "labels": 0,
        "multi_label": False,
        "schema_version": 1,
    }


def test_a_page_that_others_can_reach_is_never_open(made: Any) -> None:
    page = TestClient(create_app(made.workspace, open_locally=False), base_url="http://10.0.0.1")
    assert page.get("/api/me").status_code == 401
    assert page.get("/", follow_redirects=False).status_code == 303


def test_the_cookie_is_signed_and_out_of_reach(made: Any, browsers: Callable[[], Any]) -> None:
    made.account("ada", "admin")
    ada = browsers()
    cookie = ada.log_in("ada").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    body, _, signature = ada.cookies["labelloop"].partition(".")
    for forged in (f"{body}.{'0' * len(signature)}", f"{body}x.{signature}", body, "", "a.b"):
        other = browsers()
        other.cookies.set("labelloop", forged)
        assert other.get("/api/me").status_code == 401


def test_sessions_end_with_time_and_with_the_password() -> None:
    session = sessions.begin("ada", "old", at=1000.0)
    cookie = sessions.write(session, "key")
    assert sessions.read(cookie, "key", at=1000.0 + sessions.LASTS) == session
    assert sessions.read(cookie, "key", at=1001.0 + sessions.LASTS) is None
    assert sessions.read(cookie, "another key", at=1000.0) is None
    assert sessions.proof_of("new") != session.proof


def test_a_new_password_ends_the_old_session(made: Any, browsers: Callable[[], Any]) -> None:
    made.account("ada", "admin")
    ada = browsers()
    ada.log_in("ada")
    with made.workspace.store.transaction("test") as tx:
        accounts.save(
            tx,
            "ada",
            "admin",
            passwords.hash_password("another one"),
            now=accounts.get(tx, "ada").last_seen,
        )
    ada.app.state.site.forget_accounts()
    assert ada.get("/api/me").status_code == 401


def test_changes_need_the_token_of_a_page_of_ours(made: Any, me: Any) -> None:
    me.get("/")
    for headers in ({}, {"x-labelloop-token": "0" * 64}, {"x-labelloop-token": "é".encode()}):
        assert me.post("/api/next", json={}, headers=headers).status_code == 403
    token = {"x-labelloop-token": me.token()}
    elsewhere = token | {"origin": "http://evil.example"}
    assert me.post("/api/next", json={}, headers=elsewhere).status_code == 403
    cross = token | {"sec-fetch-site": "cross-site"}
    assert me.post("/api/next", json={}, headers=cross).status_code == 403
    assert (
        me.post("/api/next", json={}, headers=token | {"origin": "http://localhost"}).status_code == 200
    )


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_forms_need_it_too(made: Any, me: Any, path: str) -> None:
    assert me.post(path, data={"name": "ada", "password": "x"}).status_code == 403


ALLOWED = {
    "annotator": {"/api/next"},
    "adjudicator": {"/api/next", "/api/documents/1/send-back"},
    "admin": {
        "/api/next",
        "/api/documents/1/send-back",
        "/api/models/rollback",
        "/api/models/m1/promote",
    },
}


@pytest.mark.parametrize("role", accounts.ROLES)
def test_roles_are_kept_by_the_api(made: Any, browsers: Callable[[], Any], role: accounts.Role) -> None:
    made.ask(1)
    made.account("root", "admin")
    made.account("ada", role)
    ada = browsers()
    ada.log_in("ada")
    for path in ALLOWED["admin"]:
        assert (ada.change(path).status_code != 403) is (path in ALLOWED[role]), path
    assert (ada.get("/api/export").status_code == 200) is (role != "annotator")
    assert (ada.get("/disputes").status_code == 200) is (role != "annotator")
    if role != "admin":
        assert ada.change("/api/training").status_code == 403


def test_log_in_attempts_are_limited(made: Any, browsers: Callable[[], Any], monkeypatch: Any) -> None:
    made.account("ada", "admin")
    tried = browsers()
    monkeypatch.setattr(passwords, "matches", lambda given, kept: given == "correct horse")
    for _ in range(10):
        wrong = tried.log_in("ada", "guess")
        assert wrong.status_code == 401
        assert "do not go together" in wrong.text
    assert tried.log_in("ada").status_code == 429


def test_an_unknown_name_sounds_like_a_wrong_password(made: Any, browsers: Callable[[], Any]) -> None:
    made.account("ada", "admin")
    one = browsers()
    first, second = one.log_in("ada", "wrong"), one.log_in("bob", "wrong")
    assert first.text.replace("ada", "bob").split("<form")[0] == second.text.split("<form")[0]


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_log_in_leads_nowhere_else(made: Any, browsers: Callable[[], Any], target: str) -> None:
    made.account("ada", "admin")
    one = browsers()
    token = one.get("/login").text.split('name="token" value="')[1].split('"')[0]
    form = {"token": token, "name": "ada", "password": "correct horse", "next": target}
    assert one.post("/login", data=form, follow_redirects=False).headers["location"] == "/"


@pytest.mark.parametrize(("path", "there"), [("/labels", "/labels"), ("//elsewhere.example", "/")])
def test_a_first_visit_ends_at_the_page_asked_for(
    made: Any, browsers: Callable[[], Any], path: str, there: str
) -> None:
    answer = browsers().get("/login", params={"next": path})
    assert answer.status_code == 200
    assert answer.url.path == there


def test_passwords_are_kept_hashed_and_salted() -> None:
    kept = passwords.hash_password("correct horse")
    assert "correct" not in kept
    assert kept != passwords.hash_password("correct horse")
    assert passwords.matches("correct horse", kept)
    assert not passwords.matches("correct horsf", kept)
    assert not passwords.matches("correct horse", None)


def test_a_program_works_with_a_token(made: Any, browsers: Callable[[], Any]) -> None:
    made.account("ada", "admin")
    token = passwords.new_token()
    with made.workspace.store.transaction("test") as tx:
        api_tokens.add(tx, passwords.hash_token(token), "ada", "", now=accounts.get(tx, "ada").last_seen)
    made.ask(1)
    program = browsers()
    headers = {"authorization": f"Bearer {token}"}
    assert len(program.post("/api/next", json={}, headers=headers).json()["items"]) == 1
    wrong = {"authorization": f"Bearer {token}x"}
    assert program.post("/api/next", json={}, headers=wrong).status_code == 401
    with made.workspace.store.transaction("test") as tx:
        accounts.close(tx, "ada")
    assert program.post("/api/next", json={}, headers=headers).status_code == 401


def test_every_answer_carries_the_guarding_headers(made: Any, me: Any) -> None:
    for path in ("/", "/api/me", "/static/page.js", "/nowhere", "/dashboard"):
        headers = me.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert me.get("/").headers["cache-control"] == "no-store"


def test_nothing_inline_and_nothing_from_elsewhere(made: Any, me: Any) -> None:
    import re

    made.ask(3)
    for path in ("/", "/dashboard", "/documents", "/documents/1", "/disputes"):
        page = me.get(path).text
        assert not re.search(r"<script(?![^>]*(src=\"/static|application/json))", page)
        assert not re.search(r"\son\w+=|<style|\sstyle=", page)
        assert not re.search(r"(src|href)=\"(https?:)?//(?!example\.org)", page)


def test_other_names_of_this_machine_are_refused(made: Any) -> None:
    page = TestClient(create_app(made.workspace, hosts=NAMES), base_url="http://evil.example")
    assert page.get("/").status_code == 421
    named = TestClient(create_app(made.workspace, hosts=NAMES), base_url="http://127.0.0.1:8181")
    assert named.get("/").status_code == 200


def test_bodies_are_limited(made: Any, me: Any) -> None:
    token = {"x-labelloop-token": me.token()}
    huge = b"[" + b" " * 5_000_000
    assert me.post("/api/next", content=huge, headers=token).status_code == 413
    assert me.post("/api/next", content=iter([b"{}"]), headers=token).status_code == 411


@pytest.mark.parametrize(
    "body",
    [
        {"verdicts": [{"verdict_id": "x", "item_id": 1, "content_hash": "h"}]},
        {"verdicts": [{"verdict_id": "x" * 20, "item_id": "one", "content_hash": "h"}]},
        {"verdicts": [{"verdict_id": "x" * 20, "item_id": 1, "content_hash": "h", "labels": [1]}]},
        {"verdicts": "all"},
        {"verdicts": [], "count": 99},
        [],
    ],
)
def test_what_is_not_understood_is_said_in_one_line(made: Any, me: Any, body: object) -> None:
    answer = me.change("/api/verdicts", body) if body else me.change("/api/verdicts", [1])
    assert answer.status_code == 422
    assert "\n" not in answer.json()["message"]
