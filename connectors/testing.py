"""The contract that every connector keeps, as a pytest class to inherit.

::

    from connectors.testing import ConnectorContract

    class TestMine(ConnectorContract):
        connector = MyConnector

        def working(self, folder):
            (folder / "notes.txt").write_text("one\\ntwo\\nthree\\n")
            return {"path": "notes.txt"}

        def broken(self, folder):
            return {"path": "nowhere.txt"}

It judges the way a connector behaves, not whether its texts are the right ones.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from inspect import getdoc
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from connectors.base import Connector
from labelloop.errors import MissingExtra, SourceError
from labelloop.records import Batch, FetchedDocument

try:
    import pytest
except ImportError:
    raise MissingExtra(
        "connectors.testing needs pytest", remedy="Install it: pip install pytest"
    ) from None

FOREIGN_CURSORS: tuple[Mapping[str, Any], ...] = (
    {},
    {"version": -1},
    {"version": "another connector's", "seen": 7},
    {"version": 1, "seen": ["a list"], "files": "a string", "settings": None},
)


class ConnectorContract:
    """Inherit, name the class ``Test…``, say which connector and give it something to read.

    Attributes:
        connector: The class that is judged.
        secrets: Values among the settings of ``working`` that must never be shown.
        batch_size: Given to each connector, small, so that there are several batches.
        several_batches: False for a connector that cannot yield more than one; the tests
            of going on after each batch then say little.
    """

    connector: ClassVar[type[Connector[Any]]]
    secrets: ClassVar[tuple[str, ...]] = ()
    batch_size: ClassVar[int] = 2
    several_batches: ClassVar[bool] = True

    def working(self, folder: Path) -> Mapping[str, Any]:
        """Settings of a source with more documents than one batch; write its files in ``folder``."""
        raise NotImplementedError("define working(self, folder): settings that can be read")

    def broken(self, folder: Path) -> Mapping[str, Any]:
        """Settings of a source that cannot be read."""
        raise NotImplementedError("define broken(self, folder): settings that cannot be read")

    def make(self, options: Mapping[str, Any], folder: Path) -> Connector[Any]:
        """A connector with its settings, as a project would build it."""
        settings = self.connector.Settings.model_validate(dict(options))
        made = self.connector(settings, source="contract", folder=folder)
        made.batch_size = self.batch_size
        return made

    def read(
        self, options: Mapping[str, Any], folder: Path, cursor: Mapping[str, Any] | None = None
    ) -> list[Batch]:
        """All batches of a newly made connector."""
        return list(self.make(options, folder).batches(cursor))

    def test_it_has_a_name_and_says_what_it_does(self) -> None:
        name = self.connector.name
        _demand(name == name.strip().lower() and bool(name), f"{name!r} is not a lower-case name")
        own = getdoc(self.connector)
        _demand(bool(own) and own != getdoc(Connector), f"{self.connector.__name__} has no docstring")

    def test_every_setting_is_described(self) -> None:
        silent = [
            name for name, field in self.connector.Settings.model_fields.items() if not field.description
        ]
        _demand(not silent, f"settings without a description: {', '.join(silent)}")
        json.dumps(self.connector.Settings.model_json_schema())

    def test_an_unknown_setting_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValidationError):
            self.make({**self.working(tmp_path), "no_such_setting": 1}, tmp_path)

    def test_making_it_and_asking_for_batches_uses_no_network(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        options = self.working(tmp_path)

        def refuse(*_: Any, **__: Any) -> Any:
            pytest.fail("the network was used before anything was read")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        made = self.make(options, tmp_path)
        made.batches(None)
        repr(made)

    def test_no_secret_is_shown(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        said = []
        for options in (self.working(tmp_path), self.broken(tmp_path)):
            try:
                made = self.make(options, tmp_path)
                said += [repr(made), str(made), repr(made.settings), repr(vars(made))]
                made.check()
                said += [repr(batch) for batch in made.batches(None)]
            except (SourceError, ValidationError) as error:
                said += [str(error), repr(error)]
        shown = "\n".join([*said, caplog.text])
        for number, secret in enumerate(self.secrets):
            _demand(secret not in shown, f"secret number {number} is shown")

    def test_check_says_what_is_there(self, tmp_path: Path) -> None:
        _one_line(self.make(self.working(tmp_path), tmp_path).check().summary)

    def test_check_fails_in_one_line(self, tmp_path: Path) -> None:
        with pytest.raises((SourceError, ValidationError)) as caught:
            self.make(self.broken(tmp_path), tmp_path).check()
        if isinstance(caught.value, SourceError):
            _one_line(str(caught.value))

    def test_reading_what_is_broken_fails_in_one_line(self, tmp_path: Path) -> None:
        with pytest.raises((SourceError, ValidationError)) as caught:
            self.read(self.broken(tmp_path), tmp_path)
        if isinstance(caught.value, SourceError):
            _one_line(str(caught.value))

    def test_batches_are_lazy(self, tmp_path: Path) -> None:
        batches = self.make(self.working(tmp_path), tmp_path).batches(None)
        _demand(isinstance(batches, Iterator), "batches() returns no iterator")
        _demand(isinstance(next(batches), Batch), "batches() yields something else than a Batch")
        close = getattr(batches, "close", None)
        if close:
            close()  # a run that is stopped here must leave nothing open that complains

    def test_batches_are_small_and_several(self, tmp_path: Path) -> None:
        batches = self.read(self.working(tmp_path), tmp_path)
        most = max(len(batch.documents) for batch in batches)
        _demand(most <= self.batch_size, f"{most} documents in a batch of at most {self.batch_size}")
        filled = sum(1 for batch in batches if batch.documents)
        _demand(
            filled > 1 or not self.several_batches,
            f"working() gave {filled} filled batches: give it more than {self.batch_size} documents,"
            " and let batches() heed self.batch_size",
        )

    def test_documents_are_sound(self, tmp_path: Path) -> None:
        for document in _documents(self.read(self.working(tmp_path), tmp_path)):
            where = f"document {document.external_id!r}"
            _demand(bool(document.external_id.strip()), "a document has an empty external_id")
            _demand(bool(document.text.strip()), f"{where} has no text")
            _demand(_is_json(dict(document.metadata)), f"the metadata of {where} are not JSON")
            published = document.published_at
            _demand(
                published is None or (isinstance(published, datetime) and published.tzinfo is None),
                f"published_at of {where} must be UTC without a zone",
            )

    def test_rejects_say_what_and_where(self, tmp_path: Path) -> None:
        for batch in self.read(self.working(tmp_path), tmp_path):
            for reject in batch.rejected:
                _one_line(reject.place)
                _one_line(reject.reason)
                _demand(len(reject.excerpt) <= 500, f"{reject.place}: an excerpt over 500 characters")

    def test_ids_are_unique(self, tmp_path: Path) -> None:
        _no_doubles(_ids(self.read(self.working(tmp_path), tmp_path)), "one run")

    def test_two_runs_agree(self, tmp_path: Path) -> None:
        options = self.working(tmp_path)
        first, second = (_documents(self.read(options, tmp_path)) for _ in range(2))
        _demand(first == second, "two runs from the beginning yield different documents")

    def test_the_cursor_is_json(self, tmp_path: Path) -> None:
        for batch in self.read(self.working(tmp_path), tmp_path):
            _demand(_is_json(dict(batch.cursor)), f"the cursor {batch.cursor!r} is not a JSON object")

    def test_the_second_run_is_empty(self, tmp_path: Path) -> None:
        options = self.working(tmp_path)
        last = self.read(options, tmp_path)[-1]
        again = _ids(self.read(options, tmp_path, _thawed(last.cursor)))
        _demand(not again, f"nothing changed, yet the second run yields {again[:3]}")

    def test_going_on_after_each_batch_loses_and_doubles_nothing(self, tmp_path: Path) -> None:
        options = self.working(tmp_path)
        batches = self.read(options, tmp_path)
        everything = sorted(_ids(batches))
        for number, batch in enumerate(batches, start=1):
            kept = _ids(batches[:number])
            rest = _ids(self.read(options, tmp_path, _thawed(batch.cursor)))
            _no_doubles(kept + rest, f"a run cut off after batch {number} and the next one")
            lost = sorted(set(everything) - {*kept, *rest})
            _demand(not lost, f"a run cut off after batch {number} loses {lost[:3]}")

    @pytest.mark.parametrize("cursor", FOREIGN_CURSORS, ids=str)
    def test_a_foreign_or_old_cursor_does_no_harm(
        self, tmp_path: Path, cursor: Mapping[str, Any]
    ) -> None:
        options = self.working(tmp_path)
        everything = _ids(self.read(options, tmp_path))
        try:
            again = _ids(self.read(options, tmp_path, cursor))
        except SourceError as error:
            _one_line(str(error))
            return
        _demand(
            again == everything, f"with the cursor {cursor} a run yields only {len(again)} documents"
        )


def _demand(condition: bool, otherwise: str) -> None:
    if not condition:
        pytest.fail(otherwise, pytrace=False)


def _one_line(text: str) -> None:
    _demand(bool(text.strip()) and "\n" not in text, f"{text!r} is not one line for a person")


def _documents(batches: list[Batch]) -> list[FetchedDocument]:
    return [document for batch in batches for document in batch.documents]


def _ids(batches: list[Batch]) -> list[str]:
    return [document.external_id for document in _documents(batches)]


def _no_doubles(ids: list[str], where: str) -> None:
    doubled = sorted({name for name in ids if ids.count(name) > 1})
    _demand(not doubled, f"{where} yields {doubled[:3]} twice")


def _is_json(value: object) -> bool:
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False


def _thawed(cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The cursor as it comes back from the store."""
    thawed: dict[str, Any] = json.loads(json.dumps(dict(cursor)))
    return thawed
