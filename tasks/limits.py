"""One pace per host for all runs of a Prefect server: global concurrency limits whose slots decay.

A connector keeps its pace within one reading. Two sources on one wiki, an hourly extraction
beside a nightly turn, two projects on one server: each would ask at full pace. Here they share
one limit a host, ``labelloop-HOST``, made once, from the slowest source of the first project that
reads it. What people change in the Prefect UI stays as they set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import rate_limit
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from connectors.base import Connector
from labelloop.errors import WrongUse

_SECONDS_AT_A_TIME = 1.0
"""Leave is fetched for about this long at once: a request a request would cost 20 ms each."""
_MOST_AT_A_TIME = 100


def limit_name(host: str) -> str:
    """What a host's limit is called in Prefect."""
    return f"labelloop-{host}"


def at_a_time(delay: float) -> int:
    """Requests that leave is fetched for at once, at so many seconds between two."""
    return max(1, min(_MOST_AT_A_TIME, round(_SECONDS_AT_A_TIME / delay)))


def hosts_of(connectors: Iterable[Connector]) -> dict[str, float]:  # type: ignore[type-arg]
    """Every host that these connectors name, with the longest delay that one of them keeps."""
    found: dict[str, float] = {}
    for connector in connectors:
        for host, delay in connector.hosts().items():
            found[host] = max(delay, found.get(host, 0.0))
    return {host: delay for host, delay in found.items() if delay > 0}


def ensure(hosts: Mapping[str, float]) -> dict[str, int]:
    """Make the limits that are missing; returns each host's slots, as the server has them now."""
    if not hosts:
        return {}
    with get_client(sync_client=True) as client:
        return {host: _slots(client, host, delay) for host, delay in hosts.items()}


def _slots(client: SyncPrefectClient, host: str, delay: float) -> int:
    name = limit_name(host)
    wanted = GlobalConcurrencyLimitCreate(
        name=name, limit=at_a_time(delay), slot_decay_per_second=1.0 / delay
    )
    try:
        return client.read_global_concurrency_limit_by_name(name).limit
    except ObjectNotFound:
        try:
            client.create_global_concurrency_limit(wanted)
        except ObjectAlreadyExists:
            pass  # another run was quicker
        except PrefectHTTPStatusError as error:
            if error.response.status_code != 409:
                raise
        return client.read_global_concurrency_limit_by_name(name).limit


def are_shared() -> bool:
    """Whether there is a server that other runs use, too; a temporary one is nobody else's."""
    return bool(PREFECT_API_URL.value())


class SharedPace:
    """Gives leave to ask hosts, at one pace for all runs of the server.

    Args:
        slots: By host, as ``ensure`` returns them. Other hosts are left to their connector's pace.
    """

    def __init__(self, slots: Mapping[str, int]) -> None:
        self._slots = dict(slots)
        self._left = dict.fromkeys(slots, 0)

    def __call__(self, host: str, _delay: float) -> None:
        """Wait until the host may be asked.

        Raises:
            WrongUse: The limit was removed from the server meanwhile.
        """
        if host not in self._slots:
            return
        if not self._left[host]:
            _acquire(host, self._slots[host])
            self._left[host] = self._slots[host]
        self._left[host] -= 1


def _acquire(host: str, slots: int) -> None:
    try:
        rate_limit(limit_name(host), occupy=slots, strict=True)
    except ConcurrencySlotAcquisitionError:
        raise WrongUse(
            f"the limit {limit_name(host)!r} is not on the Prefect server any more",
            remedy="The next run makes it anew; to lift a limit, make it larger",
        ) from None
