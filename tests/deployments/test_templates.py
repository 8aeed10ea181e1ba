"""The files of deployments/, held against Prefect's own schemas, without Docker or a cluster."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.catalogue import FILE, deployments, variables
from deployments.deploy import KUBERNETES
from labelloop.errors import ProjectFileError
from labelloop.loop.workspace import open_workspace

ROOM = Path(__file__).parents[2] / "deployments"


@pytest.fixture
def written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def test_prefect_reads_the_file_as_its_own(written: dict[str, Any]) -> None:
    from prefect.cli.deploy._models import PrefectYamlModel

    model = PrefectYamlModel.model_validate(written)
    assert len(model.deployments) == 7


def test_every_flow_has_a_deployment(written: dict[str, Any]) -> None:
    from prefect.flows import load_flow_from_entrypoint

    entrypoints = {entry["entrypoint"] for entry in written["deployments"]}
    rooms = {path.stem for path in (ROOM.parent / "flows").glob("*.py")}
    assert entrypoints == {
        f"flows.{r}.{r}" for r in rooms - {"__init__", "approval", "local", "parameters"}
    }
    for entrypoint in entrypoints:
        assert load_flow_from_entrypoint(entrypoint).name


def test_every_entry_is_complete(written: dict[str, Any]) -> None:
    for entry in written["deployments"]:
        assert entry["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
        assert entry["parameters"] == {"project": "{{ $LABELLOOP_PROJECT }}"}
        assert entry["work_pool"] == {"name": "{{ $LABELLOOP_POOL }}"}
        assert entry["description"].endswith(".")
        assert entry["tags"][0] == "labelloop"


def test_no_placeholder_is_left(example: Path) -> None:
    workspace = open_workspace(example)
    made = deployments(workspace)
    assert {d.name for d in made} == {"home-energy"}
    said = json.dumps([d.model_dump(mode="json") for d in made])
    assert "$LABELLOOP" not in said
    assert said.count('"labelloop.project.home-energy"') == 4
    known = re.findall(r"\$(LABELLOOP_\w+) }}", FILE.read_text("utf-8"))
    assert set(known) == set(variables(workspace))


def test_the_worker_may_see_the_project_elsewhere(example: Path) -> None:
    made = deployments(open_workspace(example), seen_as="/project")
    assert {d.parameters["project"] for d in made} == {"/project"}
    assert made[0]._parameter_openapi_schema.properties["project"]["enum"] == ["/project"]


@pytest.mark.parametrize("bad", ['cron: "every hour"', 'cron: "61 * * * *"'])
def test_a_schedule_that_is_none_is_named(example: Path, tmp_path: Path, bad: str) -> None:
    file = tmp_path / "prefect.yaml"
    file.write_text(FILE.read_text("utf-8").replace('cron: "7 * * * *"', bad), "utf-8")
    with pytest.raises(ProjectFileError, match=r"prefect.yaml: the deployment of flows.data_extraction"):
        deployments(open_workspace(example), file)


def test_kubernetes_template_makes_a_whole_job() -> None:
    from prefect.utilities.templating import apply_values

    template = json.loads(KUBERNETES.read_text("utf-8"))
    fields = template["variables"]["properties"]
    values = {name: field["default"] for name, field in fields.items() if "default" in field}
    values |= {"image": "registry.example/labelloop:1", "command": "prefect flow-run execute"}
    # As a worker fills it; what has no value is left out.
    manifest = apply_values(template["job_configuration"], values)["job_manifest"]
    assert (manifest["apiVersion"], manifest["kind"]) == ("batch/v1", "Job")
    assert manifest["spec"]["backoffLimit"] == 0  # Prefect tries again, not the cluster
    pod = manifest["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == "registry.example/labelloop:1"
    assert container["volumeMounts"] == [{"name": "project", "mountPath": "/project"}]
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == "labelloop-project"
    assert container["securityContext"]["runAsNonRoot"] is True
    assert "{{" not in json.dumps(pod)


def test_kubernetes_variables_are_a_schema_and_all_are_used() -> None:
    from jsonschema import Draft202012Validator

    template = json.loads(KUBERNETES.read_text("utf-8"))
    Draft202012Validator.check_schema(template["variables"])
    used = set(re.findall(r"{{ (\w+) }}", json.dumps(template["job_configuration"])))
    assert used == set(template["variables"]["properties"])


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOM / "docker-compose.yaml").read_text("utf-8"))
    return found


def test_compose_names_what_exists(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "server", "deploy", "worker", "watcher", "page"}
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, (name, needed)
            healthy = how["condition"] == "service_healthy"
            assert not healthy or "healthcheck" in services[needed], (name, needed)
        if "build" in service:
            context = (ROOM / service["build"]["context"]).resolve()
            assert (context / service["build"]["dockerfile"]).is_file(), name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
    volumes = {v.partition(":")[0] for s in services.values() for v in s.get("volumes", ())}
    assert {v for v in volumes if not v.startswith("$")} == set(compose["volumes"])


def test_compose_commands_are_commands_of_ours(compose: dict[str, Any]) -> None:
    from importlib import import_module

    import typer

    from labelloop.cli.app import app

    ours = typer.main.get_group(app).commands
    for service in compose["services"].values():
        words = service.get("command", [])
        if words[:2] == ["python", "-m"]:
            module = import_module(words[2])
            with pytest.raises(SystemExit) as helped:
                module.main(["--help"])
            assert helped.value.code == 0
        elif words[:1] == ["labelloop"]:
            known = {name for option in ours[words[1]].params for name in option.opts}
            assert {word for word in words if word.startswith("--")} <= known


def test_compose_holds_no_secret(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for variable, value in service.get("environment", {}).items():
            if re.search("KEY|PASSWORD|AUTH", variable):
                assert value.startswith("${"), variable


@pytest.mark.skipif(
    subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0
    if shutil.which("docker")
    else True,
    reason="docker compose is not installed",
)
def test_docker_compose_takes_the_file() -> None:
    environment = {
        "LABELLOOP_AUTH": "a:b",
        "LABELLOOP_DATABASE_PASSWORD": "c",
        "LABELLOOP_PROJECT": "/p",
        "PATH": "/usr/bin:/bin:/usr/local/bin",
    }
    words = ["docker", "compose", "-f", str(ROOM / "docker-compose.yaml"), "config", "--quiet"]
    subprocess.run(words, check=True, env=environment)


def test_the_image_holds_every_room() -> None:
    copied = set(re.findall(r"^COPY (\w+) \./\1$", (ROOM / "Dockerfile").read_text(), re.M))
    import tomllib

    project = tomllib.loads((ROOM.parent / "pyproject.toml").read_text("utf-8"))
    assert copied == set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


def test_the_page_tells_of_every_file() -> None:
    said = (ROOM / "README.md").read_text("utf-8")
    for path in ROOM.iterdir():
        if path.is_file() and path.name not in {"__init__.py", "README.md"}:
            assert path.name in said, path.name


def test_the_example_automations_are_automations() -> None:
    from prefect.events.schemas.automations import AutomationCore

    from tasks.events import Event

    known = {f"labelloop.{name}" for name in Event.__args__}  # type: ignore[attr-defined]
    written = yaml.safe_load((ROOM / "automations.yaml").read_text("utf-8"))["automations"]
    for entry in written:
        automation = AutomationCore.model_validate(entry)
        assert automation.trigger.expect <= known  # type: ignore[union-attr]


def test_every_trigger_waits_for_an_event_that_is_emitted(written: dict[str, Any]) -> None:
    from tasks.events import Event

    known = {f"labelloop.{name}" for name in Event.__args__}  # type: ignore[attr-defined]
    waited = {e for d in written["deployments"] for t in d.get("triggers", ()) for e in t["expect"]}
    assert waited <= known
    assert waited == {
        "labelloop.verdicts.ready",
        "labelloop.model.promoted",
        "labelloop.promotion.wanted",
        "labelloop.questions.wanted",
    }
