"""Connections of ``requests`` that go to checked addresses only and can be cut off by the clock."""

from __future__ import annotations

import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from connectors.http.addresses import AddressGuard
from connectors.http.cutoff import watch

_ADDRESSES_TRIED = 4  # of one host; each may take the whole connect time-out


class _GuardedConnection(HTTPConnection):
    """Connects to permitted addresses only; ``guard`` is set by ``_pools``."""

    guard: AddressGuard

    def _new_conn(self) -> socket.socket:
        port = self.port or self.default_port
        try:
            permitted = self.guard.resolve(self._dns_host, port)
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        fault: OSError = OSError("it has no address")
        for family, where in permitted[:_ADDRESSES_TRIED]:
            try:
                return self._connected(family, where)
            except OSError as error:
                fault = error
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, f"no connection within {self.timeout} s")
        raise NewConnectionError(self, str(fault))

    def _connected(self, family: int, where: Any) -> socket.socket:
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
            line.connect(where)
            watch(line)
        except BaseException:
            line.close()
            raise
        return line

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # a connection kept from an earlier request
            watch(self.sock)
        super().putrequest(*args, **kwargs)


def _pools(guard: AddressGuard) -> dict[str, Any]:
    """Connection pools whose connections ask this guard."""
    plain = type("GuardedHTTP", (_GuardedConnection,), {"guard": guard})
    secure = type("GuardedHTTPS", (_GuardedConnection, HTTPSConnection), {"guard": guard})
    return {
        "http": type("GuardedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("GuardedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


class GuardedAdapter(HTTPAdapter):
    """Carries requests over guarded connections; never through a proxy, never twice."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        raise NotImplementedError("a proxy would connect where the guard cannot look")


def guarded_session(guard: AddressGuard) -> requests.Session:
    """A session that reads no proxies, passwords or cookies from anywhere and keeps none."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, GuardedAdapter(guard))
    return session
