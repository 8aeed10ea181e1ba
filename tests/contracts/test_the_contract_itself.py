"""The contract notices what it is there to notice: one bad connector for each of its tests."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from logging import getLogger

import pytest
from pydantic import ConfigDict, Field

from connectors.base import Checked, Connector, ConnectorSettings
from connectors.incremental import new_or_changed
from connectors.testing import ConnectorContract
from labelloop.errors import SourceMisconfigured
from labelloop.records import Batch, FetchedDocument, Rejected


class Settings(ConnectorSettings):
    texts: list[str] = Field(description="What there is to read")
    key: str = Field(default="", description="A secret")


class Good(Connector[Settings]):
    """Reads the texts of its settings."""

    name = "good"
    Settings = Settings

    def check(self) -> Checked:
        if not self.settings.texts:
            raise SourceMisconfigured("there are no texts", remedy="Give some")
        return Checked(f"{len(self.settings.texts)} texts")

    def documents(self) -> Iterator[FetchedDocument]:
        self.check()
        for number, text in enumerate(self.settings.texts):
            yield FetchedDocument(str(number), text)

    def batches(self, cursor):
        yield from new_or_changed(self.documents(), cursor, self.batch_size)


class Contract(ConnectorContract):
    connector = Good
    secrets = ("hunter2",)

    def working(self, folder):
        return {"texts": ["a", "b", "c", "d", "e"]}

    def broken(self, folder):
        return {"texts": []}


class TestGood(Contract):
    """What the bad ones are made from is good."""


def bad(**members):
    return type(
        "Contract", (Contract,), {"connector": type("Bad", (Good,), {"__doc__": "Bad.", **members})}
    )()


def always_all(self, cursor):
    yield from new_or_changed(self.documents(), None, self.batch_size)


def doubled(self):
    yield from (replace(document, external_id="0") for document in Good.documents(self))


def in_one_list(self, cursor):
    return list(Good.batches(self, cursor))


def one_behind(self, cursor):
    before = dict(cursor or {})
    for batch in Good.batches(self, cursor):
        yield replace(batch, cursor=before)
        before = batch.cursor


def one_ahead(self, cursor):
    batches = list(Good.batches(self, cursor))
    for batch, following in zip(batches, [*batches[1:], batches[-1]], strict=True):
        yield replace(batch, cursor=following.cursor)


def only_ours(self, cursor):
    if not cursor or "seen" in cursor:
        yield from Good.batches(self, cursor)
    else:
        yield Batch((), {})


def crash(self):
    raise KeyError("texts")


def two_lines(self):
    raise TwoLinesError("one")


class TwoLinesError(SourceMisconfigured):
    def __str__(self):
        return "one\ntwo"


def dial(self, *args, **kwargs):
    Good.__init__(self, *args, **kwargs)
    with socket.socket() as line:
        line.connect(("127.0.0.1", 9))


class Talkative(Good):
    """Logs what it should not."""

    def check(self):
        getLogger("talk").debug("the key is %s", "hunter2")
        return super().check()


def numbered(documents):
    state = {"run": 0}

    def run(self):
        state["run"] += 1
        return documents(self, state["run"])

    return run


Loose = type("Loose", (Settings,), {"model_config": ConfigDict(extra="ignore")})


class Silent(ConnectorSettings):
    texts: list[str]


FAULTS = {
    "it_has_a_name_and_says_what_it_does": bad(name="Not This"),
    "every_setting_is_described": bad(Settings=Silent),
    "documents_are_sound": bad(
        documents=lambda self: (
            replace(document, published_at=datetime.now(UTC)) for document in Good.documents(self)
        )
    ),
    "rejects_say_what_and_where": bad(
        batches=lambda self, cursor: iter([Batch((), {}, (Rejected("here", "bad", "x" * 501),))])
    ),
    "ids_are_unique": bad(batches=lambda self, cursor: iter([Batch(tuple(doubled(self)), {})])),
    "two_runs_agree": bad(
        documents=numbered(lambda self, run: (replace(d, title=str(run)) for d in Good.documents(self)))
    ),
    "the_second_run_is_empty": bad(batches=always_all),
    "batches_are_lazy": bad(batches=in_one_list),
    "batches_are_small_and_several": bad(
        batches=lambda self, cursor: new_or_changed(self.documents(), cursor, 100)
    ),
    "the_cursor_is_json": bad(
        batches=lambda self, cursor: (
            replace(batch, cursor={"seen": {1, 2}}) for batch in Good.batches(self, cursor)
        )
    ),
    "going_on_after_each_batch_loses_and_doubles_nothing": bad(batches=one_ahead),
    "check_says_what_is_there": bad(check=lambda self: Checked("two\nlines")),
    "check_fails_in_one_line": bad(check=lambda self: Checked("all is well")),
    "reading_what_is_broken_fails_in_one_line": bad(
        check=two_lines, documents=lambda self: iter(two_lines(self))
    ),
    "no_secret_is_shown": type("Contract", (Contract,), {"connector": Talkative})(),
    "making_it_and_asking_for_batches_uses_no_network": bad(__init__=dial),
    "an_unknown_setting_is_refused": bad(Settings=Loose),
}


@pytest.mark.parametrize("name", FAULTS)
def test_it_fails_for_a_connector_that_breaks_it(name, request, tmp_path):
    test = getattr(FAULTS[name], f"test_{name}")
    wanted = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    with pytest.raises((pytest.fail.Exception, AssertionError)):
        test(*(request.getfixturevalue(fixture) for fixture in wanted))


def test_it_fails_when_going_on_doubles_something(tmp_path):
    with pytest.raises(pytest.fail.Exception, match="twice"):
        bad(batches=one_behind).test_going_on_after_each_batch_loses_and_doubles_nothing(tmp_path)


def test_it_fails_when_a_foreign_cursor_hides_documents(tmp_path):
    with pytest.raises(pytest.fail.Exception, match="yields only 0 documents"):
        bad(batches=only_ours).test_a_foreign_or_old_cursor_does_no_harm(tmp_path, {"version": -1})


def test_a_crash_is_no_clean_failure(tmp_path):
    with pytest.raises(KeyError):
        bad(check=crash).test_check_fails_in_one_line(tmp_path)


def test_every_test_of_the_contract_is_judged_here():
    tests = {name.removeprefix("test_") for name in dir(ConnectorContract) if name.startswith("test_")}
    assert tests == {*FAULTS, "a_foreign_or_old_cursor_does_no_harm"}


def test_without_pytest_the_contract_says_what_to_install_and_the_rest_works():
    script = (
        "import sys; sys.modules['pytest'] = None\n"
        "import connectors.files, connectors.langchain, connectors.scaffold, connectors.incremental\n"
        "print(sorted({'pyarrow', 'lxml', 'requests', 'duckdb', 'prefect'} & set(sys.modules)))\n"
        "try:\n import connectors.testing\n"
        "except Exception as error:\n print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[]",
        "MissingExtra connectors.testing needs pytest. Install it: pip install pytest",
    ]
