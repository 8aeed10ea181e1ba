"""What people see before they press Run: every deployment's form, as the server hands it to the UI."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectHTTPStatusError

from labelloop.learning.query_strategies import STRATEGIES
from labelloop.loop.workspace import open_workspace

FLOWS = {
    "Active Learning",
    "Data Extraction",
    "Database",
    "Labels Checking",
    "Labels Generation",
    "Manual Labelling",
    "Model Training",
}


@pytest.fixture
def api() -> Any:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def registered(example: Path, api: SyncPrefectClient) -> dict[str, Any]:
    """Every deployment of the example, registered, and read back from the server by flow name."""
    from deployments.catalogue import deployments

    found = {}
    for deployment in deployments(open_workspace(example)):
        deployment.apply()
        found[deployment.flow_name] = api.read_deployment_by_name(deployment.full_name)
    return found


def test_every_parameter_has_a_title_a_text_and_a_default(registered: dict[str, Any]) -> None:
    assert set(registered) == FLOWS
    for name, deployment in registered.items():
        for parameter, form in deployment.parameter_openapi_schema["properties"].items():
            assert form["title"] != parameter, (name, parameter)
            assert form["description"].endswith("."), (name, parameter)
            assert "default" in form, (name, parameter)
            assert "anyOf" not in form, f"{name}: {parameter} shows as a switch between types"
        assert not deployment.parameter_openapi_schema.get("required"), name
        assert deployment.enforce_parameter_schema
        assert deployment.description
        assert "labelloop" in deployment.tags


def test_project_sources_and_strategies_are_chosen_not_typed(
    registered: dict[str, Any], example: Path
) -> None:
    extraction = registered["Data Extraction"].parameter_openapi_schema["properties"]
    assert extraction["project"]["enum"] == [str(example)]
    assert extraction["sources"]["items"]["enum"] == ["articles"]
    checking = registered["Labels Checking"].parameter_openapi_schema["properties"]
    assert tuple(checking["strategy"]["enum"]) == ("as in the project", *STRATEGIES)


def test_strategy_names_are_those_of_the_learning() -> None:
    from flows.parameters import StrategyName

    assert get_args(StrategyName) == ("as in the project", *STRATEGIES)


@pytest.mark.parametrize(
    ("flow", "parameters"),
    [
        ("Labels Checking", {"questions": -1}),
        ("Labels Checking", {"questions": 100_001}),
        ("Labels Checking", {"strategy": "guess"}),
        ("Manual Labelling", {"questions": "many"}),
        ("Data Extraction", {"sources": ["nowhere"]}),
        ("Model Training", {"again": "perhaps"}),
        ("Model Training", {"fine_tune": "a little"}),
        ("Database", {"project": "/somewhere/else"}),
    ],
)
def test_a_wrong_value_is_refused_by_the_form(
    registered: dict[str, Any], api: SyncPrefectClient, flow: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(PrefectHTTPStatusError) as refused:
        api.create_flow_run_from_deployment(registered[flow].id, parameters=parameters)
    assert refused.value.response.status_code == 409


def test_schedules_limits_and_triggers_are_with_the_server(registered: dict[str, Any]) -> None:
    crons = {name: [s.schedule.cron for s in d.schedules] for name, d in registered.items()}
    assert crons["Active Learning"] == ["30 2 * * *"]
    assert crons["Data Extraction"] == ["7 * * * *"]
    assert crons["Model Training"] == ["0 4 * * 0"]
    [weekly] = registered["Model Training"].schedules
    assert weekly.parameters == {"fine_tune": "where due"}
    # What answers start takes seconds: nobody waits half an hour for the next questions.
    training = registered["Model Training"]
    assert training.parameter_openapi_schema["properties"]["fine_tune"]["default"] == "no"
    assert all(d.global_concurrency_limit.limit == 1 for d in registered.values())
    assert not any(d.paused for d in registered.values())


def test_runs_left_by_a_killed_process_are_called_crashed(
    registered: dict[str, Any], api: SyncPrefectClient
) -> None:
    import asyncio

    from prefect import get_client as get_async_client
    from prefect.states import Running

    from deployments.serve import bury_leftovers

    deployment = registered["Database"]
    run = api.create_flow_run_from_deployment(deployment.id)
    waiting = api.create_flow_run_from_deployment(deployment.id)
    api.set_flow_run_state(run.id, Running(), force=True)

    async def bury() -> None:
        async with get_async_client() as client:
            await bury_leftovers(client, [deployment.id])

    asyncio.run(bury())
    assert api.read_flow_run(run.id).state.is_crashed()
    assert api.read_flow_run(waiting.id).state.is_scheduled()
    api.delete_flow_run(waiting.id)


def test_the_server_makes_the_runs_that_are_scheduled(registered: dict[str, Any]) -> None:
    """Under sqlalchemy 2.1 it made none, and said so in its own log alone."""
    import asyncio
    from datetime import UTC, datetime, timedelta

    from prefect.server.database import provide_database_interface
    from prefect.server.models.deployments import schedule_runs

    async def schedule() -> int:
        database = provide_database_interface()
        await database.create_db()
        async with database.session_context(begin_transaction=True) as session:
            from prefect.server.models import deployments, flows
            from prefect.server.schemas import core

            flow = await flows.create_flow(session, core.Flow(name="scheduled"))
            made = await deployments.create_deployment(
                session,
                core.Deployment.model_validate(
                    {
                        "name": "hourly",
                        "flow_id": flow.id,
                        "schedules": [{"schedule": {"cron": "7 * * * *"}, "active": True}],
                    }
                ),
            )
            until = datetime.now(UTC) + timedelta(hours=5)
            return len(await schedule_runs(session, made.id, end_time=until, min_runs=3))

    assert asyncio.run(schedule()) >= 3
