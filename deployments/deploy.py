"""Registers every flow of one project with a work pool: ``python -m deployments.deploy --pool NAME``.

For workers on this machine, in containers or in Kubernetes; makes the pool where there is none.
It runs nothing itself: a worker does (``prefect worker start --pool NAME``), and
``python -m deployments.watching`` says when there is enough to train on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound

from deployments.catalogue import deployments
from flows.local import check_named_server
from labelloop.cli.ending import ending
from labelloop.errors import WrongUse
from labelloop.loop.workspace import Workspace, open_workspace
from tasks.extraction import ensure_limits

KUBERNETES = Path(__file__).with_name("kubernetes-job-template.json")
_TEMPLATES: dict[str, Path | None] = {"process": None, "kubernetes": KUBERNETES}


def deploy(
    workspace: Workspace, pool: str, kind: str, *, seen_as: str | None = None, image: str | None = None
) -> int:
    """Register all flows; returns how many.

    Args:
        workspace: The project.
        pool: Name of the work pool.
        kind: ``process`` or ``kubernetes``.
        seen_as: The project's folder as the worker sees it, where that differs from here.
        image: Container image for Kubernetes jobs.

    Raises:
        WrongUse: The pool exists and is of another kind.
    """
    check_named_server()
    with get_client(sync_client=True) as client:
        _ensure_pool(client, pool, kind)
    ensure_limits(workspace)
    made = deployments(workspace, seen_as=seen_as)
    for deployment in made:
        if image:
            deployment.job_variables = {"image": image}
        deployment.work_pool_name = pool
        deployment.apply()
    return len(made)


def _ensure_pool(client: SyncPrefectClient, name: str, kind: str) -> None:
    template = _template(kind)
    try:
        found = client.read_work_pool(name)
    except ObjectNotFound:
        pool = WorkPoolCreate(name=name, type=kind, base_job_template=template or {})
        client.create_work_pool(pool)
        return
    if found.type != kind:
        raise WrongUse(
            f"the work pool {name!r} is of type {found.type}, not {kind}", remedy="Choose another name"
        )
    if template:
        client.update_work_pool(name, WorkPoolUpdate(base_job_template=template))


def _template(kind: str) -> dict[str, Any] | None:
    path = _TEMPLATES[kind]
    if path is None:
        return None
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--project", default=".", help="folder that holds labelloop.toml")
    parser.add_argument("--pool", default="labelloop", help="work pool, made where there is none")
    parser.add_argument("--type", default="process", choices=sorted(_TEMPLATES), dest="kind")
    parser.add_argument("--seen-as", help="the project's folder as the worker sees it")
    parser.add_argument("--image", help="container image, for Kubernetes")
    given = parser.parse_args(words)
    with ending():
        workspace = open_workspace(given.project)
        pool, kind = given.pool, given.kind
        count = deploy(workspace, pool, kind, seen_as=given.seen_as, image=given.image)
        sys.stdout.write(f"{count} flows are registered with the work pool {pool!r}.\n")


if __name__ == "__main__":
    main()
