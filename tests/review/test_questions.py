"""Questions out, answers in: once each, in rank order, blind where blind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from labelloop.loop.clock import now
from labelloop.records import FetchedDocument


def verdict(item: dict[str, Any], label: str | None = "sport", **other: Any) -> dict[str, Any]:
    return {
        "verdict_id": uuid4().hex,
        "item_id": item["item_id"],
        "content_hash": item["content_hash"],
        "action": "label",
        "labels": [] if label is None else [label],
        "seconds": 2.5,
        **other,
    }


def take(browser: Any, count: int = 1, holding: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    return browser.change("/api/next", {"count": count, "holding": holding}).json()["items"]


def give(browser: Any, *verdicts: dict[str, Any], **other: Any) -> dict[str, Any]:
    answer = browser.change("/api/verdicts", {"verdicts": verdicts, **other})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_page_carries_its_labels_keys_and_guidelines(made: Any, me: Any) -> None:
    page = me.get("/").text
    for word in ("sport", "Games, matches, players", "How to label", "<strong>Read</strong>"):
        assert word in page
    assert "<script>alert" not in page


def test_questions_come_in_rank_order_and_never_twice(made: Any, me: Any) -> None:
    asked = made.ask(6)
    first = take(me, 3)
    more = take(me, 3, holding=tuple(one["item_id"] for one in first))
    assert [one["document_id"] for one in first + more] == asked


def test_one_call_keeps_an_answer_and_brings_the_next_question(made: Any, me: Any) -> None:
    made.ask(3, suggestion="sport")
    first, second = take(me, 2)
    assert (first["suggestion"], first["confidence"]) == ("sport", 0.75)
    answer = give(me, verdict(first), count=1, holding=[second["item_id"]])
    assert [one["outcome"] for one in answer["received"]] == ["stored"]
    assert len(answer["items"]) == 1
    assert answer["items"][0]["item_id"] not in (first["item_id"], second["item_id"])
    assert (answer["waiting"], answer["today"]) == (2, 1)
    assert made.rows("SELECT annotator, action, labels, seconds FROM verdicts") == [
        ("me", "accept", '["sport"]', 2.5)
    ]


def test_the_same_answer_sent_twice_counts_once(made: Any, me: Any) -> None:
    made.ask(2)
    one = verdict(take(me)[0])
    assert give(me, one)["received"][0]["outcome"] == "stored"
    assert give(me, one, one)["received"][0]["outcome"] == "known"
    assert len(made.rows("SELECT 1 FROM verdicts")) == 1


def test_blind_and_audit_questions_carry_no_suggestion_and_no_reason(made: Any, me: Any) -> None:
    made.ask(1, suggestion="sport", blind=True)
    made.ask(1, suggestion="sport", lane="audit")
    made.ask(1, suggestion="sport")
    items = take(me, 3)
    assert [one["suggestion"] for one in items] == [None, None, "sport"]
    assert [one["explained"] for one in items] == [False, False, True]
    for blind in items[:2]:
        refused = me.get(f"/api/items/{blind['item_id']}/why")
        assert refused.status_code == 400
        assert "blind" in refused.json()["message"]
        assert "lane" not in str(blind)
    reason = me.get(f"/api/items/{items[2]['item_id']}/why").json()
    assert (reason["lane"], reason["propensity"]) == ("uncertain", 0.5)
    give(me, verdict(items[0]))
    assert made.rows("SELECT action, suggestion_shown FROM verdicts") == [("label", False)]


def test_undo_several_deep_and_once_per_id(made: Any, me: Any) -> None:
    made.ask(3)
    items = take(me, 3)
    give(me, *(verdict(one) for one in items))
    undo = {"undo_id": uuid4().hex}
    for _ in range(2):  # a lost receipt, sent again
        assert me.change("/api/undo", undo).json()["item"]["item_id"] == items[2]["item_id"]
    assert (
        me.change("/api/undo", {"undo_id": uuid4().hex}).json()["item"]["item_id"] == items[1]["item_id"]
    )
    assert me.get("/api/queue").json() == {"open": 0, "leased": 2, "done": 1, "withdrawn": 0}


def test_nothing_to_undo(made: Any, me: Any) -> None:
    assert me.change("/api/undo", {"undo_id": uuid4().hex}).json() == {"item": None}


def test_skip_and_flag(made: Any, me: Any) -> None:
    made.ask(2)
    first, second = take(me, 2)
    give(
        me, verdict(first, None, action="skip"), verdict(second, None, action="flag", note="not English")
    )
    assert made.rows("SELECT action, note FROM verdicts ORDER BY sequence") == [
        ("skip", None),
        ("flag", "not English"),
    ]
    assert take(me) == []


def test_an_answer_on_a_text_revised_meanwhile_is_named_and_the_rest_is_kept(made: Any, me: Any) -> None:
    made.ask(2)
    first, second = take(me, 2)
    made.save(FetchedDocument(first["external_id"], "Another text altogether, with other words"))
    outcomes = [one["outcome"] for one in give(me, verdict(first), verdict(second))["received"]]
    assert outcomes == ["stale_text", "stored"]


def test_a_label_and_an_item_nobody_knows(made: Any, me: Any) -> None:
    made.ask(1)
    item = take(me)[0]
    gone = verdict(item, "politics")
    nowhere = verdict({"item_id": 99, "content_hash": "x"})
    answer = give(me, gone, nowhere, verdict(item))
    assert [one["outcome"] for one in answer["received"]] == ["unknown", "unknown", "stored"]
    assert "politics" in answer["received"][0]["message"]


def test_a_lease_that_ran_out_goes_to_the_next_person_who_wins(
    made: Any, browsers: Callable[[], Any]
) -> None:
    made.account("ada", "admin")
    made.account("bob")
    made.ask(1)
    ada, bob = browsers(), browsers()
    ada.log_in("ada")
    bob.log_in("bob")
    item = take(ada)[0]
    assert take(bob) == []
    with made.workspace.store.transaction("test") as tx:
        tx.execute(
            "UPDATE checking_queue SET lease_until = $past", {"past": now() - timedelta(seconds=1)}
        )
    assert take(bob)[0]["item_id"] == item["item_id"]
    assert give(ada, holding=[item["item_id"]])["lost"] == [item["item_id"]]
    assert give(ada, verdict(item))["received"][0]["outcome"] == "lease_lost"
    assert give(bob, verdict(item))["received"][0]["outcome"] == "stored"


def test_the_same_question_to_as_many_people_as_wanted_never_twice_to_one(
    made: Any, browsers: Callable[[], Any]
) -> None:
    made.account("ada", "admin")
    made.account("bob")
    asked = made.ask(2, wanted=2)
    seen = {}
    for name in ("ada", "bob"):
        person = browsers()
        person.log_in(name)
        seen[name] = []
        while items := take(person):
            seen[name].append(items[0]["document_id"])
            give(person, verdict(items[0]))
    assert seen == {"ada": asked, "bob": asked}
    assert made.rows("SELECT DISTINCT state FROM checking_queue") == [("done",)]


def test_questions_given_back_are_open_again(made: Any, me: Any) -> None:
    made.ask(2)
    items = take(me, 2)
    named = {"items": [one["item_id"] for one in items]}
    assert me.change("/api/release", named).json() == {"released": 2}
    assert me.get("/api/queue").json()["open"] == 2


def test_a_number_that_no_store_can_look_for_is_a_wrong_request(made: Any, me: Any) -> None:
    made.ask(1)
    (item,) = take(me)
    for number in (2**63, 10**45):
        far = verdict(item) | {"item_id": number}
        for path, wanted in (
            ("/api/verdicts", {"verdicts": [far]}),
            ("/api/next", {"holding": [number]}),
            ("/api/release", {"items": [number]}),
            (f"/api/documents/{number}/ask", {}),
            ("/api/proposals", {"name": "tennis", "document_id": number}),
        ):
            assert me.change(path, wanted).status_code == 422, path
        for path in (f"/api/items/{number}/why", f"/api/documents/{number}", f"/documents/{number}"):
            assert me.get(path).status_code == 422, path
    assert me.get(f"/documents/{2**63 - 1}").status_code == 404


def test_a_large_batch_is_taken_in_one_call(made: Any, me: Any) -> None:
    made.ask(60)
    items: list[dict[str, Any]] = []
    while more := take(me, 10, tuple(one["item_id"] for one in items)):
        items += more
    batch = [verdict(one) for one in items]
    batch[7]["labels"] = ["politics"]
    batch[9]["content_hash"] = "other"
    batch[11]["item_id"] = 999
    outcomes = [one["outcome"] for one in give(me, *batch)["received"]]
    assert outcomes.count("stored") == 57
    assert (outcomes[7], outcomes[9], outcomes[11]) == ("unknown", "stale_text", "unknown")
    again = [one["outcome"] for one in give(me, *batch)["received"]]
    assert (again.count("known"), again[7]) == (57, "unknown")
    assert made.rows("SELECT count(*) FROM verdicts") == [(57,)]
    assert me.get("/api/queue").json()["done"] == 57


def test_a_batch_with_one_item_twice_keeps_the_later_answer(made: Any, me: Any) -> None:
    made.ask(12)
    items = take(me, 10)
    batch = [verdict(one) for one in items] + [verdict(items[0], "money")]
    assert {one["outcome"] for one in give(me, *batch)["received"]} == {"stored"}
    assert made.rows("SELECT count(*) FROM counting_answers WHERE labels = '[\"money\"]'") == [(1,)]


def test_in_a_batch_too_others_are_asked_where_more_people_are_wanted(made: Any, me: Any) -> None:
    made.ask(12, wanted=2)
    give(me, *(verdict(one) for one in take(me, 10)))
    assert me.get("/api/queue").json() == {"open": 12, "leased": 0, "done": 0, "withdrawn": 0}
    assert len(take(me, 10)) == 2
