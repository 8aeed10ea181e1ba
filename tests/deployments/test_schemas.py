"""The files for containers and clusters, held against the schemas of those who will read them."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.deploy import KUBERNETES

ROOM = Path(__file__).parents[2] / "deployments"
CLUSTER = "1.31"
"""A Kubernetes version that is still maintained; a Job has looked the same since 1.24."""


def composed(text: str) -> Any:
    """The file parsed by the specification's types, its variables filled in as docker does it."""
    import compose_spec

    options = compose_spec.PyOptions()
    options.apply_merge = True
    filled_in = re.sub(
        r"\$\{(\w+)(?::[-?][^}]*)?\}",
        lambda found: "/srv/project" if found[1] == "LABELLOOP_PROJECT" else "a-word",
        text,
    )
    return options.from_yaml(filled_in)


def test_compose_is_what_the_specification_says() -> None:
    made = composed((ROOM / "docker-compose.yaml").read_text("utf-8"))
    made.validate()
    assert set(made.service_names()) == {"database", "server", "deploy", "worker", "watcher", "page"}
    worker = made.get_service("worker")
    assert worker.build.dockerfile == "deployments/Dockerfile"  # the anchors were merged in
    assert "/project" in str(worker.volumes)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("restart: unless-stopped", "restart: perhaps", "unknown variant `perhaps`"),
        ("interval: 5s", "interval: soon", "duration `soon`"),
        ("condition: service_healthy", "condition: service_happy", "unknown variant"),
        ('command: ["prefect"', 'comand: ["prefect"', "key `comand`"),
        ('"127.0.0.1:4200:4200"', '"127.0.0.1:4200:http"', "port"),
    ],
)
def test_a_compose_file_that_says_something_wrong_is_refused(right: str, wrong: str, said: str) -> None:
    text = (ROOM / "docker-compose.yaml").read_text("utf-8")
    assert right in text
    with pytest.raises(ValueError, match=said):
        composed(text.replace(right, wrong)).validate()


def filled() -> Any:
    """The job as a worker makes it, with a command and a name."""
    from prefect.utilities.templating import apply_values

    template = json.loads(KUBERNETES.read_text("utf-8"))
    fields = template["variables"]["properties"]
    values = {name: field["default"] for name, field in fields.items() if "default" in field}
    values |= {
        "image": "registry.example/labelloop:1",
        "command": ["prefect", "flow-run", "execute"],
        "name": "a-run",
        "env": [{"name": "PREFECT_API_URL", "value": "http://server:4200/api"}],
        "labels": {"app": "labelloop"},
    }
    return apply_values(template["job_configuration"], values)["job_manifest"]


def test_the_job_is_what_kubernetes_takes() -> None:
    import kubernetes_validate

    job = filled()
    kubernetes_validate.validate(job, CLUSTER, strict=True)
    for spoil in (
        lambda pod: pod["containers"][0].update(volumeMount=[]),  # a letter short
        lambda pod: pod.update(restartPolicy=3),
        lambda pod: pod["containers"][0].pop("name"),
    ):
        broken = copy.deepcopy(job)
        spoil(broken["spec"]["template"]["spec"])
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, CLUSTER, strict=True)


def test_prefects_worker_takes_the_template() -> None:
    """The parts that prefect-kubernetes fills and reads."""
    template = json.loads(KUBERNETES.read_text("utf-8"))
    job = template["job_configuration"]["job_manifest"]
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["env"] == "{{ env }}"
    assert container["args"] == "{{ command }}"
    assert job["metadata"]["generateName"] == "{{ name }}-"
    assert {"command", "env", "labels", "name", "namespace"} <= set(template["job_configuration"])


def test_the_dockerfile_says_what_docker_knows() -> None:
    import dockerfile_parse

    parsed = dockerfile_parse.DockerfileParser(path=str(ROOM / "Dockerfile"), cache_content=True)
    said = [step["instruction"] for step in parsed.structure if step["instruction"] != "COMMENT"]
    assert said[0] == "FROM"
    assert set(said) <= {"FROM", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "ENV", "CMD"}
    assert ":" in parsed.baseimage  # never 'latest' unsaid
    # Root installs, and nothing runs as root.
    assert said.index("USER") > max(n for n, word in enumerate(said) if word == "RUN")
    assert json.loads(parsed.cmd)[0] == "labelloop"
    for step in parsed.structure:
        if step["instruction"] == "COPY":
            *sources, _target = step["value"].split()
            assert all((ROOM.parent / source).exists() for source in sources), step["value"]
    assert "--no-cache-dir" in parsed.content
    assert not [name for name in parsed.envs if "KEY" in name or "PASSWORD" in name]


def test_yaml_files_hold_no_key_twice() -> None:
    """Of a key that stands there twice the first is lost without a word."""

    class Strict(yaml.SafeLoader):
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        keys = [loader.construct_object(key) for key, _ in node.value if key.value != "<<"]
        assert len(keys) == len(set(keys)), keys
        loader.flatten_mapping(node)
        return dict(loader.construct_pairs(node))

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    for path in ROOM.glob("*.yaml"):
        assert yaml.load(path.read_text("utf-8"), Strict)  # noqa: S506  (a SafeLoader)
