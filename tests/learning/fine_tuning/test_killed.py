"""A fine-tuning killed with -9 at its worst moments: the next one goes on and comes to the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelloop.learning.head import Head

pytestmark = [pytest.mark.kills, pytest.mark.slow, pytest.mark.timeout(600)]

TEXTS = [f"{'goal' if n % 2 else 'bank'} word{n % 5} word{n % 7} word{n}" for n in range(40)]

_TUNED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from labelloop.learning import whole_file
from labelloop.learning.encoders import load_encoder
from labelloop.learning.fine_tuning import folder, folds, procedure, tuning
from labelloop.learning.fine_tuning.recipe import Recipe

encoder, work, module, name, calls = sys.argv[1:]
texts, done = sys.stdin.read().splitlines(), []
tuning._SECONDS_BETWEEN_CHECKPOINTS = 0.0
room = {"tuning": tuning.Tuning, "folder": folder, "files": os, "": None}[module]
own = getattr(room, name, None)

def deadly(*args, **options):
    done.append(1)
    if len(done) > int(calls):
        os.kill(os.getpid(), signal.SIGKILL)
    return own(*args, **options)

if room is not None:
    setattr(room, name, deadly)
vectors = load_encoder(encoder).encode(texts)
task = procedure.Task(
    encoder=encoder, precision="float32", texts=texts[:40], y=np.arange(40) % 2,
    labels=["a", "b"], vectors=vectors[:40], sample=texts[40:], sample_vectors=vectors[40:],
)
recipe = Recipe(epochs=2, final_epochs=2, batch=8, rate=1e-3, word_vectors=True)
steps = []
found = procedure.fine_tune(task, work=Path(work), minutes=10, recipe=recipe)
print(found.head.save(Path(work) / "head.safetensors"), found.sha256)
"""

PLACES = [
    ("tuning", "_step", 11),  # in the second tuning without a fold
    ("tuning", "_step", 27),  # in the one that is kept
    ("files", "replace", 3),  # a checkpoint is written and not yet in its place
    ("folder", "write_atomically", 0),  # the encoder is saved, its list of files is not
]


def run(encoder: Path, work: Path, place: tuple[str, str, int]) -> subprocess.CompletedProcess[str]:
    sample = [f"word{n} {word}" for n, word in enumerate(("goal", "bank") * 5)]
    arguments = [str(encoder), str(work), *map(str, place)]
    return subprocess.run(
        [sys.executable, "-c", _TUNED, *arguments],
        input="\n".join([*TEXTS, *sample]), capture_output=True, text=True, check=False,
    )  # fmt: skip


def head(work: Path, said: str) -> Head:
    return Head.load(work / "head.safetensors", said.split(maxsplit=1)[0])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Any) -> Path:
    made: Path = tiny_encoder(tmp_path_factory.mktemp("tiny") / "tiny", TEXTS)
    return made


@pytest.fixture(scope="module")
def unkilled(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Head, str]:
    work = tmp_path_factory.mktemp("unkilled")
    whole = run(encoder, work, ("", "", 0))
    assert whole.returncode == 0, whole.stderr
    return head(work, whole.stdout), whole.stdout.split()[1]


@pytest.mark.parametrize("place", PLACES)
def test_killed_it_goes_on_and_comes_to_the_same(
    encoder: Path, unkilled: tuple[Head, str], tmp_path: Path, place: tuple[str, str, int]
) -> None:
    assert run(encoder, tmp_path, place).returncode == -signal.SIGKILL
    assert not (tmp_path / "tiny-tuned" / "sha256.json").exists()
    again = run(encoder, tmp_path, ("", "", 0))
    assert again.returncode == 0, again.stderr
    found = head(tmp_path, again.stdout)
    assert again.stdout.split()[1] == unkilled[1]  # every file of the encoder, byte for byte
    assert np.array_equal(found.weights, unkilled[0].weights)
    assert found.temperature == pytest.approx(unkilled[0].temperature)
