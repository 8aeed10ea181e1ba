"""What a project is called in Prefect: in artifact keys, deployment names and events."""

from __future__ import annotations

import hashlib
import re

from labelloop.loop.workspace import Workspace

_LONGEST = 60


def slug(name: str) -> str:
    """A project's name in lower-case letters, digits and dashes; never empty.

    A name that loses something on the way gets a few digits of its hash, so that two
    projects whose names differ never share a slug.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST].strip("-")
    if plain == name:
        return plain
    digits = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{plain}-{digits}" if plain else f"project-{digits}"


def project_slug(workspace: Workspace) -> str:
    """The slug of an opened project."""
    return slug(workspace.project.settings.name)


def resource_id(workspace: Workspace) -> str:
    """What events about a project name as their resource."""
    return f"labelloop.project.{project_slug(workspace)}"
