"""The deployments of one project, as ``prefect.yaml`` has them: the one place for schedules.

What it adds to the file: in the forms, the project's own folder and the names of its own
sources to choose from.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import EntrypointType, RunnerDeployment
from prefect.events import DeploymentTriggerTypes
from prefect.flows import load_flow_from_entrypoint
from prefect.schedules import Cron, Schedule
from pydantic import TypeAdapter

from labelloop.errors import ProjectFileError
from labelloop.loop.workspace import Workspace
from tasks.naming import project_slug

FILE = Path(__file__).with_name("prefect.yaml")

_TRIGGER: TypeAdapter[DeploymentTriggerTypes] = TypeAdapter(DeploymentTriggerTypes)


def variables(workspace: Workspace, seen_as: str | None = None) -> dict[str, str]:
    """What the placeholders of ``prefect.yaml`` stand for, as environment variables."""
    return {
        "LABELLOOP_PROJECT": seen_as or str(workspace.project.folder),
        "LABELLOOP_NAME": project_slug(workspace),
        "LABELLOOP_POOL": os.environ.get("LABELLOOP_POOL", "labelloop"),
    }


def deployments(
    workspace: Workspace, file: Path = FILE, *, seen_as: str | None = None
) -> list[RunnerDeployment]:
    """Every flow of the file, ready to be served for this project.

    Args:
        workspace: The project.
        file: What to read them from.
        seen_as: The project's folder as the runs see it, where that differs from here.

    Raises:
        ProjectFileError: The file says something impossible, such as a schedule that is none.
    """
    written = yaml.safe_load(file.read_text("utf-8"))["deployments"]
    filled = _filled(written, variables(workspace, seen_as))
    return [_deployment(workspace, entry, file) for entry in filled]


def _filled(value: Any, known: Mapping[str, str]) -> Any:
    """``{{ $NAME }}`` replaced: as 'prefect deploy' does it, but not from the environment alone."""
    if isinstance(value, str):
        for name, said in known.items():
            value = value.replace(f"{{{{ ${name} }}}}", said)
        return value
    if isinstance(value, Mapping):
        return {key: _filled(inner, known) for key, inner in value.items()}
    return [_filled(inner, known) for inner in value] if isinstance(value, list) else value


def _deployment(workspace: Workspace, entry: Mapping[str, Any], file: Path) -> RunnerDeployment:
    flow = load_flow_from_entrypoint(entry["entrypoint"])
    try:
        schedules = [_schedule(written) for written in entry.get("schedules", ())]
        deployment = RunnerDeployment.from_flow(
            flow,
            name=entry["name"],
            description=entry["description"],
            tags=entry["tags"],
            parameters=entry["parameters"],
            schedules=schedules,
            paused=False,  # stopping pauses them; serving again takes them up
            concurrency_limit=ConcurrencyLimitConfig(**entry["concurrency_limit"]),
            triggers=[_TRIGGER.validate_python(trigger) for trigger in entry.get("triggers", ())],
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
    except ValueError as error:
        raise ProjectFileError(
            f"{file}: the deployment of {entry['entrypoint']} cannot be made: {error}"
        ) from None
    _offer_choices(deployment, workspace)
    return deployment


def _schedule(written: Mapping[str, Any]) -> Schedule:
    given = {"parameters": written.get("parameters", {}), "slug": written.get("slug")}
    return Cron(written["cron"], timezone=written["timezone"], **given)


def _offer_choices(deployment: RunnerDeployment, workspace: Workspace) -> None:
    """Dropdowns of what this project has, in place of free text."""
    properties = deployment._parameter_openapi_schema.properties
    folder = deployment.parameters["project"]
    properties["project"].update(enum=[folder], default=folder)
    names = [source.name for source in workspace.project.settings.sources]
    if "sources" in properties and names:
        properties["sources"]["items"] = {"type": "string", "enum": names}
