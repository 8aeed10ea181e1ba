"""The project file that ``labelloop init`` writes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from labelloop.errors import BadInput, ProjectFileError
from labelloop.project import PROJECT_FILE
from labelloop.settings import parse_settings

_TEMPLATE = """\
name = {name}
store = "duckdb:///labelloop.duckdb"   # beside this file
# multi_label = true                   # a document may have several labels, or none of them

[labels]                               # order = the key that gives the label
{labels}

[[sources]]
name = "documents"
connector = "files"                    # CSV, TSV, JSONL, Parquet, .txt, .md
path = {documents}                     # a file, a folder or a glob
text = {text}                          # column that holds the text, in tables
# id = "id"                            # column that names each document
# label = "label"                      # column with labels already known

[query]
batch_size = 50                        # documents asked in one turn
audit_share = 0.1                      # drawn at random, never trained on: measures the accuracy
random_share = 0.05                    # drawn at random: shows what choosing gains

[budget]
# max_labels = 2000
seconds_per_label_cost = 0.01          # price of one second of an annotator's time
"""

_EXAMPLE_LABELS = [
    "first: describe it: the description helps before there is a model",
    "second: and this one",
]


def new_project(folder: Path, labels: Sequence[str], *, documents: str, text: str) -> Path:
    """Write ``labelloop.toml`` into a folder and make the documents folder beside it.

    Raises:
        BadInput: There is a project file already, or the labels cannot be used.
    """
    path = folder / PROJECT_FILE
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file", remedy="Name a folder to make the project in")
    if path.exists():
        raise BadInput(f"{path} exists already", remedy="Edit it, or name another folder")
    if not documents.strip():
        raise BadInput("--documents is empty", remedy="Name a file, a folder or a glob, seen from DIR")
    written = _TEMPLATE.format(
        name=json.dumps(folder.resolve().name),
        labels="\n".join(_label_line(label) for label in labels or _EXAMPLE_LABELS),
        documents=json.dumps(documents),
        text=json.dumps(text),
    )
    _refuse_nonsense(written, labels)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8")
        if not Path(documents).suffix and "*" not in documents:
            (folder / documents).mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
    return path


def _label_line(label: str) -> str:
    name, _, description = label.partition(":")
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", name.strip())
    key = name.strip() if bare else json.dumps(name.strip())
    return f"{key} = {json.dumps(description.strip())}"


def _refuse_nonsense(written: str, labels: Sequence[str]) -> None:
    import tomllib

    try:
        parse_settings(tomllib.loads(written), "--label")
    except ProjectFileError as error:
        said = error.message.replace("--label: labels: ", "--label: ")
        raise BadInput(said, remedy=error.remedy) from None
    except tomllib.TOMLDecodeError:
        raise BadInput(f"a label stands twice among {', '.join(labels)}") from None
