"""The temporary server of a flow in this process: patience, and a line where it does not come up."""

from __future__ import annotations

import pytest
from prefect.settings import PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS

from flows import local
from labelloop.errors import LabelloopError


def test_it_has_two_minutes_on_a_busy_machine() -> None:
    found = local._in_this_process(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value)
    assert found == 120


def test_a_server_that_does_not_come_up_is_one_line_with_a_remedy() -> None:
    def flow() -> None:
        raise RuntimeError("Timed out while attempting to connect to ephemeral Prefect API server.")

    with pytest.raises(LabelloopError, match=r"did not come up in 120 seconds.* PREFECT_API_URL"):
        local._in_this_process(flow)


def test_other_errors_of_a_flow_stay_what_they_are() -> None:
    def flow() -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        local._in_this_process(flow)
