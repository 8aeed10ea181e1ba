"""The whole error tree. What a person sees is one line: what, where, the value, the remedy.

::

    LabelloopError                   exit status 1: something failed
    ├── WrongUse                     exit status 2: something given to us cannot be used
    │   ├── ProjectFileError         labelloop.toml is missing, not TOML, or says something impossible
    │   ├── UnknownName              a connector, strategy, source, model, item or label nobody knows
    │   ├── BadInput                 a file or an answer that cannot be taken in
    │   │   ├── StaleText            an answer about a text that has since changed
    │   │   └── LabelGone            an answer with a label that has since been split or removed
    │   └── MissingExtra             an optional package is not installed
    ├── LabelsChanged                the labels changed while something was made with the old ones
    ├── StoreError
    │   ├── StoreLocked              another program holds the store
    │   ├── StoreTooNew              written by a newer labelloop (exit 2)
    │   └── StoreUnwritable          disk full, read-only, no such folder (exit 2)
    ├── SourceError                  a source gave nothing, or less than it should
    │   ├── SourceUnavailable        transient: worth another try, perhaps after ``retry_after`` seconds
    │   ├── SourceRefused            a lasting no: wrong key, forbidden, gone
    │   └── SourceMisconfigured      its settings cannot work (exit 2)
    ├── QueueError
    │   └── LeaseLost                the item went to somebody else meanwhile
    └── LearningError
        ├── TooFewLabels             nothing to train on yet (exit 2)
        ├── EmptyPool                nothing left to ask about (exit 2)
        ├── ArtefactMismatch         a model file is not the one the store knows (exit 2)
        ├── EncoderUnavailable       no weights to be had, or they are not what they should be
        └── OutOfMemory              the encoder needs more memory than there is
"""


class LabelloopError(Exception):
    """Root of all errors raised on purpose; ``str()`` is one line for a person."""

    exit_status = 1

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        self.message = " ".join(message.split())
        self.remedy = remedy
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class WrongUse(LabelloopError):
    """Something given to us cannot be used as it is."""

    exit_status = 2


class ProjectFileError(WrongUse):
    """The project file is missing, is not TOML, or says something impossible."""


class UnknownName(WrongUse):
    """A name nobody knows: connector, strategy, source, model, item or label."""


class BadInput(WrongUse):
    """A file or an answer that cannot be taken in."""


class StaleText(BadInput):
    """An answer about a text that has since changed."""


class LabelGone(BadInput):
    """An answer with a label that has since been split or removed: nobody can say what it means."""


class MissingExtra(WrongUse):
    """An optional package is needed here and is not installed."""


class LabelsChanged(LabelloopError):
    """The labels changed while something was made with the old ones; it is not kept."""


class StoreError(LabelloopError):
    """The store cannot do what was asked."""


class StoreLocked(StoreError):
    """Another program holds the store open and did not let go in time."""


class StoreTooNew(StoreError):
    """The store was written by a newer labelloop than this one."""

    exit_status = 2


class StoreUnwritable(StoreError):
    """The store's disk is full, read-only, or not there."""

    exit_status = 2


class SourceError(LabelloopError):
    """A source gave nothing, or less than it should.

    ``reason`` is a few words, the same for the same fault, for counting: ``HTTP 404``.
    """

    def __init__(self, message: str, *, remedy: str | None = None, reason: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.reason = reason


class SourceUnavailable(SourceError):
    """A passing fault of a source; ``retry_after`` is in seconds where the source named it."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        reason: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, reason=reason)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """A lasting no of a source: wrong key, forbidden, gone."""


class SourceMisconfigured(SourceError):
    """The settings of a source cannot work."""

    exit_status = 2


class QueueError(LabelloopError):
    """The checking queue cannot do what was asked."""


class LeaseLost(QueueError):
    """The item's lease ran out and somebody else has it now."""


class LearningError(LabelloopError):
    """The learning cannot do what was asked."""


class TooFewLabels(LearningError):
    """There is nothing to train on yet."""

    exit_status = 2


class EmptyPool(LearningError):
    """There is no document left to ask about."""

    exit_status = 2


class ArtefactMismatch(LearningError):
    """A model file on disk is not the one the store knows; it is not loaded."""

    exit_status = 2


class EncoderUnavailable(LearningError):
    """An encoder's weights cannot be had, or are not what they should be."""


class OutOfMemory(LearningError):
    """The encoder needs more memory than there is, even for one text at a time."""
