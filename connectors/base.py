"""What a connector is: a name, its settings, a check, and batches with a cursor.

A connector reads; it does not store, retry a whole run, look for duplicates or detect
languages. Those happen once, for all connectors, in the stages that call it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from labelloop.records import Batch

BATCH_SIZE = 500
"""Documents a connector gathers at most before it yields them."""


class ConnectorSettings(BaseModel):
    """Base of a connector's own settings: unknown keys are refused, every field described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``check`` found out without storing anything.

    Attributes:
        summary: One line for a person: ``3 files, about 7,600 rows``.
    """

    summary: str


S = TypeVar("S", bound=ConnectorSettings)


class Connector(ABC, Generic[S]):
    """One configured source.

    Subclasses set ``name`` and ``Settings`` and define ``check`` and ``batches``. They
    register under the entry-point group ``labelloop.connectors``, the built-in ones too.

    Attributes:
        name: The connector's name in the project file.
        Settings: Class of its settings.
        settings: The validated settings.
        source: The source's name in the project.
        folder: The project's folder; relative paths start there.
        batch_size: Documents gathered at most before they are yielded; tests make it small.
    """

    name: ClassVar[str]
    Settings: ClassVar[type[ConnectorSettings]]
    batch_size: int = BATCH_SIZE

    def __init__(self, settings: S, *, source: str, folder: Path) -> None:
        self.settings = settings
        self.source = source
        self.folder = folder

    def __repr__(self) -> str:
        return f"{type(self).__name__}(source={self.source!r})"

    def hosts(self) -> Mapping[str, float]:
        """Hosts that reading asks, as far as the settings tell, with the seconds between requests.

        Whoever runs several readings at once keeps one pace per host for all of them; connectors
        wait for it with ``connectors.leave.ask_leave``.
        """
        return {}

    @abstractmethod
    def check(self) -> Checked:
        """Try the source and say what is there, quickly and without storing.

        Raises:
            SourceError: It cannot be read; the message says why and what to do.
        """

    @abstractmethod
    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield what is new or changed since ``cursor`` (None: everything), lazily.

        Each batch carries the cursor that goes on after it. A run that is killed starts
        again from the last saved cursor; nothing may be lost or doubled by that.

        Raises:
            SourceError: From the iteration; what was yielded before stays valid.
        """
