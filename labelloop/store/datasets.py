"""Frozen, numbered, hashed lists of consensus labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from labelloop.errors import UnknownName
from labelloop.records import ConsensusLabel, DatasetVersion
from labelloop.store import info
from labelloop.store.columns import booleans, floats, integers, relation, texts
from labelloop.store.transaction import Transaction

_VERSION = "SELECT version, sha256, labels, audit_labels, created_at FROM dataset_versions"
_PRESENT = "present_dataset"


def freeze(tx: Transaction, labels: Sequence[ConsensusLabel], *, now: datetime) -> DatasetVersion:
    """Keep these labels as the present version; the same content gives the version there already is."""
    ordered = sorted(labels, key=lambda one: one.document_id)
    digest = content_sha256(ordered)
    tx.serialise("datasets")
    known = tx.row(f"{_VERSION} WHERE sha256 = $sha256", {"sha256": digest})
    version = DatasetVersion(*known) if known else _add(tx, ordered, digest, now)
    info.put(tx, _PRESENT, str(version.version))
    return version


def present(tx: Transaction) -> DatasetVersion | None:
    """The version frozen last; an older one where answers came back to what they were (undo, rename)."""
    number = info.get(tx, _PRESENT)
    if number:
        return get(tx, int(number))
    known = versions(tx)
    return known[-1] if known else None


def _add(
    tx: Transaction, ordered: Sequence[ConsensusLabel], digest: str, now: datetime
) -> DatasetVersion:
    version = DatasetVersion(
        version=tx.value("SELECT coalesce(max(version), 0) + 1 FROM dataset_versions"),
        sha256=digest,
        labels=len(ordered),
        audit_labels=sum(one.audit for one in ordered),
        created_at=now,
    )
    tx.execute(
        "INSERT INTO dataset_versions (version, sha256, labels, audit_labels, created_at)"
        " VALUES ($version, $sha256, $labels, $audit_labels, $now)",
        {
            "version": version.version,
            "sha256": digest,
            "labels": version.labels,
            "audit_labels": version.audit_labels,
            "now": now,
        },
    )
    _insert(tx, version.version, ordered)
    return version


def load(tx: Transaction, version: int) -> list[ConsensusLabel]:
    """The labels of a version, by document.

    Raises:
        UnknownName: There is no such version.
    """
    get(tx, version)
    rows = tx.rows(
        "SELECT document_id, content_hash, labels, group_id, audit, agreement, answers"
        " FROM dataset_labels WHERE version = $version ORDER BY document_id",
        {"version": version},
    )
    return [ConsensusLabel(row[0], row[1], tuple(json.loads(row[2])), *row[3:]) for row in rows]


def get(tx: Transaction, version: int) -> DatasetVersion:
    """One version.

    Raises:
        UnknownName: There is no such version.
    """
    row = tx.row(f"{_VERSION} WHERE version = $version", {"version": version})
    if row is None:
        raise UnknownName(f"there is no dataset version {version}")
    return DatasetVersion(*row)


def versions(tx: Transaction) -> list[DatasetVersion]:
    """All versions, oldest first."""
    return [DatasetVersion(*row) for row in tx.rows(f"{_VERSION} ORDER BY version")]


def content_sha256(ordered: Sequence[ConsensusLabel]) -> str:
    """SHA-256 of one JSON line per label, in this order."""
    digest = hashlib.sha256()
    for one in ordered:
        digest.update(json.dumps(_fields(one)).encode() + b"\n")
    return digest.hexdigest()


def _fields(one: ConsensusLabel) -> list[object]:
    return [
        one.document_id,
        one.content_hash,
        list(one.labels),
        one.group,
        one.audit,
        one.agreement,
        one.answers,
    ]


def _insert(tx: Transaction, version: int, ordered: Sequence[ConsensusLabel]) -> None:
    if not ordered:
        return
    tx.insert(
        "dataset_labels",
        relation(
            version=integers([version] * len(ordered)),
            document_id=integers([one.document_id for one in ordered]),
            content_hash=texts([one.content_hash for one in ordered]),
            labels=texts([json.dumps(list(one.labels)) for one in ordered]),
            group_id=integers([one.group for one in ordered]),
            audit=booleans([one.audit for one in ordered]),
            agreement=floats([one.agreement for one in ordered]),
            answers=integers([one.answers for one in ordered]),
        ),
    )
