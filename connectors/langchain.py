"""The connector ``langchain``: documents from any LangChain document loader.

Takes the loader by its import path, calls ``lazy_load()`` (or ``load()``), and takes
``page_content`` and ``metadata`` of what comes. It depends on no LangChain package, and
does not split, clean or embed. A loader is code that runs: name only those you trust.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from connectors.base import Checked, Connector, ConnectorSettings
from connectors.identity import ContentIds
from connectors.incremental import new_or_changed
from labelloop.errors import LabelloopError, MissingExtra, SourceError, SourceMisconfigured
from labelloop.records import Batch, FetchedDocument, Rejected

PROJECT = "{project}"
"""Stands for the project's folder in the arguments of a loader."""


class LangChainSettings(ConnectorSettings):
    """What a ``connector = "langchain"`` source takes."""

    loader: str = Field(
        description="The loader's import path: 'langchain_community.document_loaders:TextLoader'"
    )
    arguments: dict[str, Any] = Field(
        default={},
        repr=False,
        description="Arguments of the loader; {project} stands for the project's folder",
    )
    secret_arguments: dict[str, str] = Field(
        default={}, description="Arguments that are secret, each with its environment variable"
    )
    id: str | None = Field(
        default=None,
        description="Metadata field that names a document for good; without one, the loader's own id"
        " or the text itself",
    )
    title: str = Field(default="title", description="Metadata field of the title")
    url: str = Field(default="source", description="Metadata field of the address, if it is one")
    label: str | None = Field(default=None, description="Metadata field of a known label")

    @field_validator("loader")
    @classmethod
    def _import_path(cls, loader: str) -> str:
        module, _, name = loader.replace(":", ".").rpartition(".")
        if not module or not all(part.isidentifier() for part in [*module.split("."), name]):
            raise ValueError(f"{loader!r} is not an import path such as 'package.module:Loader'")
        return f"{module}:{name}"


class LangChainConnector(Connector[LangChainSettings]):
    """Reads what a LangChain document loader loads."""

    name: ClassVar[str] = "langchain"
    Settings: ClassVar[type[ConnectorSettings]] = LangChainSettings

    def check(self) -> Checked:
        """Load the first document; see the base class."""
        first = next(iter(self._offered()), None)
        if first is None:
            raise SourceError(f"{self.settings.loader} loads no document", remedy="Check its arguments")
        if isinstance(first, Rejected):
            raise SourceError(
                f"{first.place}: {first.reason}", remedy="Check the loader and its arguments"
            )
        return Checked(
            f"{self.settings.loader} loads documents, the first of {len(first.text):,} characters"
        )

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield what the loader loads now and did not load before; see the base class."""
        yield from new_or_changed(self._offered(), cursor, self.batch_size)

    def _offered(self) -> Iterator[FetchedDocument | Rejected]:
        ids = ContentIds()
        secrets = self._secrets()
        loader = load_class(self.settings.loader)
        for number, found in enumerate(self._loaded(loader, secrets), start=1):
            try:
                yield self._document(found, ids)
            except UnicodeEncodeError:
                yield self._reject(number, "characters that are not Unicode text")
            except (TypeError, ValueError) as error:
                yield self._reject(number, str(error))

    def _reject(self, number: int, reason: str) -> Rejected:
        return Rejected(f"{self.settings.loader} document {number}", reason)

    def _secrets(self) -> dict[str, str]:
        values = {}
        for argument, variable in self.settings.secret_arguments.items():
            if not os.environ.get(variable):
                raise SourceMisconfigured(
                    f"source {self.source!r}: the environment has no {variable}, for the argument"
                    f" {argument!r} of {self.settings.loader}",
                    remedy=f"Set {variable}",
                )
            values[argument] = os.environ[variable]
        return values

    def _loaded(self, loader: Any, secrets: dict[str, str]) -> Iterator[Any]:
        """What the loader gives; whatever it raises, as one error without the secrets."""
        arguments = {**_in_project(self.settings.arguments, self.folder), **secrets}
        try:
            made = loader(**arguments)
            load = getattr(made, "lazy_load", None) or made.load
            documents: Iterable[Any] = load()
            yield from documents
        except LabelloopError:
            raise
        except ImportError as error:
            raise MissingExtra(
                f"{self.settings.loader} needs a package that is not installed: {error}",
                remedy=f"Install it: pip install {error.name}" if error.name else None,
            ) from None
        except Exception as error:  # noqa: BLE001 (a loader is anybody's code and raises anything)
            said = f"{type(error).__name__}: {error}"
            for secret in secrets.values():
                said = said.replace(secret, "…")
            raise SourceError(
                f"{self.settings.loader} failed: {said}", remedy="Check its arguments"
            ) from None

    def _document(self, found: Any, ids: ContentIds) -> FetchedDocument:
        text, given = getattr(found, "page_content", None), getattr(found, "metadata", None) or {}
        if not isinstance(text, str):
            raise ValueError("no page_content that is a string")
        if not text.strip():
            raise ValueError("empty text")
        named = _line(given.get(self.settings.id) if self.settings.id else getattr(found, "id", None))
        if self.settings.id and named is None:
            raise ValueError(f"no {self.settings.id!r} in its metadata")
        url = given.get(self.settings.url)
        label = given.get(self.settings.label) if self.settings.label else None
        return FetchedDocument(
            external_id=named or ids.name(text),
            text=text,
            title=_line(given.get(self.settings.title)),
            url=url if isinstance(url, str) and url.startswith(("http://", "https://")) else None,
            metadata=json.loads(json.dumps(dict(given), default=str)),
            label=_line(label),
        )


def load_class(path: str) -> Any:
    """The object that an import path ``module:name`` means.

    Raises:
        MissingExtra: Its package is not installed.
        SourceMisconfigured: The module has no such name.
    """
    module, _, name = path.partition(":")
    package = module.partition(".")[0]
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        missing = (error.name or package).partition(".")[0]
        raise MissingExtra(
            f"{path} needs the package {missing!r}, which is not installed",
            remedy=f"Install it: pip install {missing.replace('_', '-')}",
        ) from None
    except (AttributeError, ImportError) as error:
        raise SourceMisconfigured(f"there is no {path}: {error}", remedy="Correct 'loader'") from None


def _in_project(value: Any, folder: Path) -> Any:
    """The arguments, with the project's folder put in wherever a text asks for it."""
    if isinstance(value, str):
        return value.replace(PROJECT, str(folder))
    if isinstance(value, Mapping):
        return {key: _in_project(inner, folder) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_project(inner, folder) for inner in value]
    return value


def _line(value: Any) -> str | None:
    """A stripped string, None when nothing is left."""
    return None if value is None else str(value).strip() or None
