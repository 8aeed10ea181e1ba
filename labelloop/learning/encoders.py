"""Texts to vectors, through sentence-transformers, from safetensors weights only."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol

import numpy as np

from labelloop.errors import EncoderUnavailable, OutOfMemory
from labelloop.learning.arrays import Float32, chunks
from labelloop.learning.memory import is_out_of_memory
from labelloop.learning.weights import Weights, find_weights

logger = logging.getLogger(__name__)

Precision = Literal["auto", "float32", "bfloat16"]
BFLOAT16 = "+bfloat16"
"""What stands at the end of the id of an encoder that computes in bfloat16."""

Progress = Callable[[int], None]
"""Called with the number of texts just finished (an increment, fit for ``tqdm.update``)."""

_LONGEST = 512
"""Tokens read where a model names no limit of its own: memory grows with the square."""
_CHARACTERS_PER_TOKEN = 100
"""More than any tokenizer puts into one; what lies behind could not be read anyway."""
_BATCHES_PER_STEP = 8
"""Batches between two progress reports."""


class Encoder(Protocol):
    """What turns texts into vectors.

    Attributes:
        encoder_id: Model name, short hash of weights and pooling, and length limit in tokens;
            two different weight files never share one.
        dimension: Number of components of a vector.
    """

    encoder_id: str
    dimension: int

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32:
        """Vectors (n, dimension), float32, of length 1, in the order of ``texts``.

        Texts beyond the model's length limit are cut. An empty text has a vector too.

        Raises:
            EncoderUnavailable: The model gave something that is no number.
        """
        ...


def load_encoder(model: str, *, batch_size: int = 32, precision: Precision = "float32") -> Encoder:
    """Load an encoder by folder path or hub name.

    Args:
        model: Folder or hub name.
        batch_size: Texts encoded at a time; halved by itself where memory does not suffice.
        precision: Of the matrix products. ``bfloat16`` is 2.6 times as quick on a processor with
            instructions for it, with a cosine of .9999 to float32 at worst, and slow on others;
            ``auto`` takes it where it is quick. It is part of the encoder's id.

    Looked for in this order: the folder, the hub's local cache, the packaged weights (of
    all-MiniLM-L6-v2, the ``offline`` extra), the hub.

    Raises:
        EncoderUnavailable: No such model, half-written, weights not safetensors, or no hub.
        MissingExtra: It could be had from a package that is not installed; names the line.
    """
    weights = find_weights(model)
    return SentenceEncoder(weights, load_model(weights), batch_size, precision)


class SentenceEncoder:
    """A sentence-transformers model on the processor, or the graphics card where there is one."""

    def __init__(
        self, weights: Weights, model: Any, batch_size: int, precision: Precision = "float32"
    ) -> None:
        self._model, self._batch_size = model, batch_size
        quick = precision == "auto" and can_autocast(model.device)
        self._autocast = precision == "bfloat16" or quick
        self._longest = min(model.max_seq_length or _LONGEST, 100_000)
        model.max_seq_length = self._longest
        digest = weights.digest(*map(_described, model))
        self.encoder_id = f"{weights.name}@{digest[:12]}/{self._longest}{BFLOAT16 * self._autocast}"
        self.dimension = int(model.get_embedding_dimension())

    def __repr__(self) -> str:
        return f"SentenceEncoder({self.encoder_id!r})"

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32:
        """Vectors (n, dimension), float32, of length 1, in the order of ``texts``."""
        cut = readable(texts, self._longest)
        # Texts of like length share a batch: padding is computed as if it were text.
        order = np.argsort([-len(text) for text in cut], kind="stable")
        vectors = np.empty((len(cut), self.dimension), dtype=np.float32)
        for step in chunks(len(cut), self._batch_size * _BATCHES_PER_STEP):
            rows = order[step]
            vectors[rows] = self._encode_some([cut[row] for row in rows])
            if progress is not None:
                progress(len(rows))
        return vectors

    def _encode_some(self, texts: list[str]) -> Float32:
        vectors = np.asarray(self._in_memory(texts), dtype=np.float32)
        if not np.isfinite(vectors).all():
            row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
            raise EncoderUnavailable(
                f"the encoder {self.encoder_id} gave a vector with NaN for the text {texts[row][:60]!r}",
                remedy="Its weights are broken: fetch them again, or choose another model",
            )
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(length, np.float32(1e-12)), dtype=np.float32)

    def _in_memory(self, texts: list[str]) -> Any:
        """Vectors by the model, in batches that fit into memory."""
        import torch

        while True:
            try:
                with (
                    _quiet(),
                    torch.autocast(
                        self._model.device.type, dtype=torch.bfloat16, enabled=self._autocast
                    ),
                ):
                    return self._model.encode(
                        texts, batch_size=self._batch_size, show_progress_bar=False,
                        convert_to_numpy=True,
                    )  # fmt: skip
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(error)

    def _halve(self, error: Exception) -> None:
        if self._batch_size == 1:
            raise OutOfMemory(
                f"the encoder {self.encoder_id} needs more memory than there is, even for one text",
                remedy="Choose a smaller model in [encoder] model",
            ) from error
        self._batch_size //= 2
        logger.warning(
            "Encoding · out of memory, going on with %d texts at a time; set [encoder] batch_size",
            self._batch_size,
        )


def readable(texts: Sequence[str], tokens: int | None) -> list[str]:
    """Texts without what lies behind that many tokens: a tokenizer would read all of it first."""
    return [text[: (tokens or _LONGEST) * _CHARACTERS_PER_TOKEN] for text in texts]


def precision_of(encoder_id: str) -> Precision:
    """The precision that an id tells of: vectors of a kept encoder stay comparable anywhere."""
    return "bfloat16" if encoder_id.endswith(BFLOAT16) else "float32"


def can_autocast(device: Any) -> bool:
    """Whether bfloat16 is quick here: a graphics card, or a processor with instructions for it."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def _described(module: Any) -> str:
    """What besides weights decides the vector: the kind of module and how it pools."""
    pooling = getattr(module, "pooling_mode", "")
    return f"{type(module).__name__}:{pooling if isinstance(pooling, str) else '+'.join(pooling)}"


def load_model(weights: Weights) -> Any:
    with _quiet():
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(
                str(weights.folder), local_files_only=True, trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001  anything can be wrong with a stranger's folder
            raise EncoderUnavailable(
                f"the encoder in {weights.folder} cannot be loaded: {type(error).__name__}: {error}",
                remedy="Half-written, or of an architecture this version does not know",
            ) from None
    _refuse_untrained(model, weights)
    return model


def _refuse_untrained(model: Any, weights: Weights) -> None:
    """Weights that do not fit the architecture are left at chance values without an error."""
    from safetensors import safe_open

    found: set[str] = set()
    for file in weights.files:
        with safe_open(file, framework="numpy") as content:
            found.update(map(_tail, content.keys()))
    wanted = [_tail(name) for name, _ in model.named_parameters()]
    fitting = [name for name in wanted if name in found]
    if wanted and len(fitting) < len(wanted) / 2:
        raise EncoderUnavailable(
            f"the weights in {weights.folder} fit only {len(fitting)} of the model's"
            f" {len(wanted)} parameters: they are of another architecture",
            remedy="Fetch the whole model again",
        )


def _tail(parameter: str) -> str:
    """Its last two names: what stands before them differs with the class that saved it."""
    return ".".join(parameter.split(".")[-2:])


@contextmanager
def _quiet() -> Iterator[None]:
    """Third parties' progress bars and hints, off while their code runs."""
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from transformers.utils import logging

    disable_progress_bars()
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(before)
