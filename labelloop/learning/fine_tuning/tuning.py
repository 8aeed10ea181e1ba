"""One tuning: encoder and classification layer learn together, by steps that can be resumed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labelloop.errors import LearningError, OutOfMemory
from labelloop.learning import encoders
from labelloop.learning.arrays import Float32, Float64, Ints
from labelloop.learning.fine_tuning import checkpoint, network
from labelloop.learning.fine_tuning.batches import epoch_batches
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.memory import is_out_of_memory

Advance = Callable[[int], None]
"""Called with the number of steps just done (an increment)."""
Watch = Callable[[], Sequence[float]]
"""Called after each epoch; what it gives is kept with the tuning, over kills as well."""

_SECONDS_BETWEEN_CHECKPOINTS = 30.0
_LONGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Lessons:
    """What is learned from.

    Attributes:
        texts: n texts.
        targets: (n, k) float32, each row a distribution over the labels.
        weights: (n,) float64, how much each text counts; mean 1.
    """

    texts: Sequence[str]
    targets: Float32
    weights: Float64

    def only(self, rows: Ints) -> Lessons:
        """Some of the rows."""
        return Lessons([self.texts[i] for i in rows], self.targets[rows], self.weights[rows])


@dataclass(frozen=True)
class Box:
    """Time a tuning may take.

    Attributes:
        seconds: Of computing, over all resumptions; None: no limit. The learning rate reaches
            0 at the end of the epochs or of the box, whichever comes first.
    """

    seconds: float | None = None


@dataclass
class _State:
    """Where a tuning stands: the next step, the seconds spent, what was watched after each epoch."""

    step: int = 0
    seconds: float = 0.0
    watched: list[list[float]] = field(default_factory=list)


class Tuning:
    """One model on its way; ``run`` goes on from the checkpoint where there is one.

    Args:
        model: A sentence-transformers model; it is changed in place.
        layer: The classification layer; changed in place too.
        lessons: What to learn.
        recipe: How.
        box: How long at most.
        file: Where to keep checkpoints; None: nowhere.
        key: What the checkpoint must be of, to be gone on from.
    """

    def __init__(
        self, model: Any, layer: Any, lessons: Lessons, recipe: Recipe,
        *, box: Box, file: Path | None = None, key: str = "",
    ) -> None:  # fmt: skip
        import torch

        self.model, self.layer, self.lessons, self.recipe = model, layer, lessons, recipe
        self.box, self.file, self.key = box, file, key
        if not recipe.word_vectors:
            network.freeze_word_vectors(model)
        layer.to(model.device)
        self.optimizer = torch.optim.AdamW(network.parameter_groups(model, layer, recipe), fused=True)
        self.autocast = encoders.can_autocast(model.device)
        self.lengths = [len(text) for text in lessons.texts]
        self.steps = recipe.epochs * -(-len(lessons.texts) // recipe.batch)
        self.micro = recipe.batch
        self.state = _State()

    def run(self, advance: Advance | None = None, watch: Watch | None = None) -> None:
        """Train to the end of the epochs or of the box.

        Args:
            advance: Told of steps done.
            watch: Asked after each epoch; its answers are in ``state.watched``.

        Raises:
            OutOfMemory: Not even one text at a time fits.
            LearningError: The loss is no number.
        """
        self._resume(advance)
        with _private_randomness():
            self.model.train()
            for rows in self._rows_to_come():
                begun = time.perf_counter()
                self._step(rows)
                self.state.step += 1
                self._look(watch)
                self.state.seconds += time.perf_counter() - begun
                self._keep_now_and_then()
                if advance is not None:
                    advance(1)
        self.model.eval()
        self._keep()

    def _look(self, watch: Watch | None) -> None:
        if watch is not None and self.state.step % self._per_epoch() == 0:
            self.state.watched.append([float(one) for one in watch()])
            self.model.train()

    def _per_epoch(self) -> int:
        return -(-len(self.lengths) // self.recipe.batch)

    def _rows_to_come(self) -> Iterator[Ints]:
        while self._share_done() < 1.0:
            epoch, first = divmod(self.state.step, self._per_epoch())
            batches = epoch_batches(self.lengths, self.recipe.batch, seed=self.recipe.seed, epoch=epoch)
            for rows in batches[first:]:
                if self._share_done() >= 1.0:
                    return
                yield rows

    def _share_done(self) -> float:
        """Of the way, by steps or by time, whichever is further."""
        by_time = self.state.seconds / self.box.seconds if self.box.seconds else 0.0
        return max(self.state.step / self.steps, by_time)

    def _step(self, rows: Ints) -> None:
        import torch

        torch.manual_seed(self.recipe.seed * 1_000_003 + self.state.step)  # dropout, resumable
        self._set_rates()
        while True:
            try:
                self._gradients(rows)
                break
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self._halve(error)
        torch.nn.utils.clip_grad_norm_(self._parameters(), _LONGEST_GRADIENT)
        self.optimizer.step()

    def _gradients(self, rows: Ints) -> None:
        """Gradients of the mean loss over the rows, as many rows at a time as memory takes."""
        self.optimizer.zero_grad(set_to_none=True)
        for start in range(0, len(rows), self.micro):
            some = rows[start : start + self.micro]
            loss = self._loss(some).sum() / len(rows)
            if not np.isfinite(loss.item()):
                raise LearningError(
                    f"fine-tuning came to a loss of {loss.item()} in step {self.state.step + 1}",
                    remedy="The encoder's weights are broken, or it cannot be trained in this precision",
                )
            loss.backward()

    def _loss(self, rows: Ints) -> Any:
        import torch

        texts = [self.lessons.texts[i] for i in rows]
        logits = network.logits(self.model, self.layer, texts, autocast=self.autocast)
        targets = torch.from_numpy(self.lessons.targets[rows]).to(logits.device)
        weights = torch.from_numpy(self.lessons.weights[rows]).to(logits.device, torch.float32)
        losses = torch.nn.functional.cross_entropy(
            logits, targets, reduction="none", label_smoothing=self.recipe.smoothing
        )
        return losses * weights

    def _halve(self, error: Exception) -> None:
        if self.micro == 1:
            raise OutOfMemory(
                "fine-tuning needs more memory than there is, even for one text at a time",
                remedy='Set [training] fine_tune = "never", or choose a smaller encoder',
            ) from error
        self.optimizer.zero_grad(set_to_none=True)
        self.micro = max(1, self.micro // 2)

    def _parameters(self) -> list[Any]:
        return [one for group in self.optimizer.param_groups for one in group["params"]]

    def _set_rates(self) -> None:
        """Rising linearly in the warm-up, then falling linearly to 0."""
        done, warmup = self._share_done(), self.recipe.warmup
        rising = (self.state.step + 1) / max(1.0, warmup * self.steps)
        share = min(rising, (1.0 - done) / (1.0 - warmup))
        for group in self.optimizer.param_groups:
            group["lr"] = group["highest"] * min(1.0, share)

    def _resume(self, advance: Advance | None) -> None:
        if self.file is None:
            return
        noted = checkpoint.load(
            self.file, self.key, model=self.model, layer=self.layer, optimizer=self.optimizer
        )
        if noted is not None:
            self.state = _State(int(noted["step"]), float(noted["seconds"]), noted.get("watched", []))
            if advance is not None:
                advance(self.state.step)
        self._kept_at = self.state.seconds

    def _keep_now_and_then(self) -> None:
        if self.file and self.state.seconds - self._kept_at >= _SECONDS_BETWEEN_CHECKPOINTS:
            self._keep()

    def _keep(self) -> None:
        if self.file is not None:
            noted = asdict(self.state)
            checkpoint.save(
                self.file, self.key, model=self.model, layer=self.layer, optimizer=self.optimizer,
                noted=noted,
            )  # fmt: skip
            self._kept_at = self.state.seconds


@contextmanager
def _private_randomness() -> Iterator[None]:
    """Torch's generator is one for the process: what is drawn here must not disturb others."""
    import torch

    with torch.random.fork_rng():
        yield
