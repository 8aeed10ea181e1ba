"""The page and its API where documents have zero, one or several labels."""

from __future__ import annotations

from typing import Any
from uuid import uuid4


def verdict(item: dict[str, Any], *labels: str) -> dict[str, Any]:
    return {
        "verdict_id": uuid4().hex,
        "item_id": item["item_id"],
        "content_hash": item["content_hash"],
        "labels": labels,
    }


def take(browser: Any, count: int = 1) -> list[dict[str, Any]]:
    return browser.change("/api/next", {"count": count}).json()["items"]


def give(browser: Any, *verdicts: dict[str, Any]) -> list[dict[str, Any]]:
    answer = browser.change("/api/verdicts", {"verdicts": verdicts})
    assert answer.status_code == 200, answer.text
    return answer.json()["received"]


def test_sets_go_out_and_come_in(several: Any, me: Any) -> None:
    several.ask(2, suggestion="money|sport")
    several.ask(1, suggestion="[]")
    items = take(me, 3)
    assert [one["suggested"] for one in items] == [["money", "sport"], ["money", "sport"], []]
    said = [verdict(items[0], "sport", "money"), verdict(items[1]), verdict(items[2])]
    assert {one["outcome"] for one in give(me, *said)} == {"stored"}
    assert [(row[2], row[3]) for row in several.standing()] == [
        ("accept", '["money", "sport"]'),
        ("correct", "[]"),
        ("accept", "[]"),
    ]
    assert me.get("/api/me").json()["multi_label"]


def test_a_label_twice_or_unknown_is_refused_and_said(several: Any, me: Any) -> None:
    several.ask(2)
    one, two = take(me, 2)
    twice, unknown = give(me, verdict(one, "sport", "sport"), verdict(two, "sport", "fog"))
    assert (twice["outcome"], unknown["outcome"]) == ("refused", "unknown")
    assert "'sport' is given twice" in twice["message"]
    assert several.standing() == []


def test_one_label_each_refuses_sets(made: Any, me: Any) -> None:
    made.ask(2, suggestion="sport")
    one, two = take(me, 2)
    assert one["suggested"] == ["sport"]
    said = give(me, verdict(one, "sport", "money"), verdict(two))
    assert [received["outcome"] for received in said] == ["refused", "refused"]
    assert "exactly one" in said[0]["message"]
    assert made.standing() == []


def test_the_page_has_toggles_and_a_key_for_none(several: Any, me: Any) -> None:
    page = me.get("/").text
    assert '"several": true' in page
    assert page.count('aria-pressed="false"') == 4
    assert 'id="none"' in page
    assert "None of these" in page


def test_pages_name_sets_as_people_do(several: Any, me: Any) -> None:
    several.ask(2)
    one, two = take(me, 2)
    give(me, verdict(one, "weather", "sport"), verdict(two))
    found = me.get("/documents").text
    assert "sport, weather" in found
    assert "none of these" in found
    assert "sport, weather" in me.get("/documents?label=weather").text
    assert "sport, weather" not in me.get("/documents?label=money").text
    assert "none of these" in me.get(f"/documents/{two['document_id']}").text
    board = me.get("/dashboard").text
    assert "Exact match of the model" in board
    assert "MASI" in board
    assert me.get("/plots/confusion.svg").status_code == 404


def test_a_dispute_is_settled_by_a_set(several: Any, browsers: Any) -> None:
    several.ask(1, wanted=2)
    several.account("cleo", "admin")
    for name, labels in (("ada", ("sport", "money")), ("bob", ())):
        several.account(name)
        client = browsers()
        client.log_in(name)
        (item,) = take(client)
        assert give(client, verdict(item, *labels))[0]["outcome"] == "stored"
    chief = browsers()
    chief.log_in("cleo")
    page = chief.get("/disputes").text
    assert 'data-votes="[' in page
    assert "money, sport" in page
    number = item["document_id"]
    vote = {"verdict_id": uuid4().hex, "labels": ["sport"]}
    assert chief.change(f"/api/documents/{number}/settle", vote).json()["outcome"] == "stored"
    assert several.standing()[-1][3] == '["sport"]'
    neither = chief.change(f"/api/documents/{number}/settle", {"verdict_id": uuid4().hex})
    assert neither.status_code in (400, 422)
