"""LangChain loaders, by small loaders of the same shape: lazy_load or load, no LangChain here."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.langchain import LangChainConnector, LangChainSettings
from connectors.testing import ConnectorContract
from labelloop.errors import MissingExtra, SourceError, SourceMisconfigured


@dataclass
class Document:
    """The shape of langchain_core.documents.Document."""

    page_content: Any
    metadata: dict[str, Any] = field(default_factory=dict)
    id: str | None = None


class LinesLoader:
    """A document a line of a file, as LangChain's loaders are made."""

    def __init__(self, file_path, token="", limit=None):
        self.file_path, self.token, self.limit = Path(file_path), token, limit

    def lazy_load(self):
        if self.token == "wrong":
            raise PermissionError(f"401 for {self.token}")
        for number, line in enumerate(self.file_path.read_text().splitlines()):
            yield Document(line, {"source": str(self.file_path), "line": number, "path": self.file_path})


class ListLoader:
    """An old loader, with load() alone."""

    documents: tuple[Any, ...] = ()

    def load(self):
        return self.documents


class NeedyLoader:
    def lazy_load(self):
        import no_such_package_at_all  # noqa: F401

        yield


@pytest.fixture(autouse=True)
def module(monkeypatch):
    made = ModuleType("my_loaders")
    for loader in (LinesLoader, ListLoader, NeedyLoader):
        setattr(made, loader.__name__, loader)
    monkeypatch.setitem(sys.modules, "my_loaders", made)


class TestContract(ConnectorContract):
    connector = LangChainConnector
    secrets = ("hunter2",)

    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch):
        monkeypatch.setenv("LINES_TOKEN", "hunter2")

    def working(self, folder):
        (folder / "a.txt").write_text("one\ntwo\ntwo\nthree\n\nfour\n")
        return {
            "loader": "my_loaders:LinesLoader",
            "arguments": {"file_path": "{project}/a.txt"},
            "secret_arguments": {"token": "LINES_TOKEN"},
        }

    def broken(self, folder):
        return {"loader": "my_loaders:LinesLoader", "arguments": {"file_path": "{project}/no.txt"}}


def make(folder, loader="my_loaders.ListLoader", **options):
    return LangChainConnector(LangChainSettings(loader=loader, **options), source="s", folder=folder)


def read(*args, **options):
    [batch] = make(*args, **options).batches(None)
    return batch


def test_fields_come_from_the_metadata(tmp_path, monkeypatch):
    given = {"source": "https://x/", "title": " A ", "page": 3, "class": "solar", "key": 0}
    monkeypatch.setattr(ListLoader, "documents", [Document("text", given)])
    [document] = read(tmp_path, id="key", label="class").documents
    assert (document.external_id, document.title, document.url) == ("0", "A", "https://x/")
    assert (document.label, document.metadata["page"]) == ("solar", 3)


def test_ids_come_from_the_setting_the_document_or_the_text(tmp_path, monkeypatch):
    monkeypatch.setattr(
        ListLoader, "documents", [Document("a", id="own"), Document("same"), Document("same")]
    )
    own, first, second = (document.external_id for document in read(tmp_path).documents)
    assert own == "own"
    assert second == f"{first}-2"


def test_what_is_no_document_is_rejected(tmp_path, monkeypatch):
    documents = [
        Document(" "),
        Document(5),
        object(),
        Document("bad \ud800"),
        Document("fine", {"key": 1}),
    ]
    monkeypatch.setattr(ListLoader, "documents", [*documents, Document("no key")])
    batch = read(tmp_path, id="key")
    assert [document.text for document in batch.documents] == ["fine"]
    assert len(batch.rejected) == 5
    assert batch.rejected[0].place == "my_loaders:ListLoader document 1"
    assert [reject.reason for reject in batch.rejected[:3]] == [
        "empty text",
        "no page_content that is a string",
        "no page_content that is a string",
    ]


def test_a_loader_that_fails_is_one_line_without_its_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "wrong")
    made = make(
        tmp_path,
        "my_loaders:LinesLoader",
        arguments={"file_path": "x"},
        secret_arguments={"token": "TOKEN"},
    )
    with pytest.raises(SourceError) as caught:
        list(made.batches(None))
    assert (
        str(caught.value)
        == "my_loaders:LinesLoader failed: PermissionError: 401 for …. Check its arguments"
    )
    assert caught.value.__cause__ is None


def test_a_missing_variable_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("TOKEN", raising=False)
    with pytest.raises(SourceMisconfigured, match="the environment has no TOKEN"):
        make(tmp_path, secret_arguments={"token": "TOKEN"}).check()


@pytest.mark.parametrize(
    ("loader", "error", "said"),
    [
        ("no_langchain_here.loaders:X", MissingExtra, "pip install no-langchain-here"),
        ("my_loaders:Nobody", SourceMisconfigured, "there is no my_loaders:Nobody"),
        ("my_loaders:NeedyLoader", MissingExtra, "pip install no_such_package_at_all"),
        ("my_loaders:LinesLoader", SourceError, "missing 1 required positional argument"),
        ("my_loaders:ListLoader", SourceError, "loads no document"),
    ],
)
def test_loaders_that_cannot_be_used(tmp_path, loader, error, said):
    with pytest.raises(error) as caught:
        make(tmp_path, loader).check()
    assert said in str(caught.value)


@pytest.mark.parametrize("loader", ["TextLoader", "a b:c", ":x", ""])
def test_what_is_no_import_path(loader):
    with pytest.raises(ValueError, match="not an import path"):
        LangChainSettings(loader=loader)
