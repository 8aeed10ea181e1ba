"""Which network addresses may be connected to, and how web addresses are written in messages.

The check is made on the numeric address that the socket is then given, so it does not matter
how a host was spelled (``0x7f000001``, ``2130706433``, a name that resolves differently the
second time) or how often it redirects.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from labelloop.errors import SourceMisconfigured, SourceRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[..., list[Any]]
"""Called as ``socket.getaddrinfo`` is."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        # From IANA's special-purpose registries, for Python 3.11.7 takes some of it for global.
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata there
        "192.0.0.0/24",
        "192.88.99.0/24",
        "100::/64",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "168.63.129.16/32",  # Azure's host agent: public by number, inside by meaning
        "64:ff9b:1::/48",  # NAT64 of a local network
        "fec0::/10",  # site-local, the forerunner of fc00::/7
    )
)
_SECRET_WORDS = ("key", "token", "secret", "password", "passwd", "signature", "auth", "session")
_SHOWN_LENGTH = 200


def is_public(address: IPAddress) -> bool:
    """True for an address of the open internet; IPv4 wrapped in IPv6 is judged unwrapped."""
    inner = _unwrapped(address)
    if inner is not None:
        return is_public(inner)
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unwrapped(address: IPAddress) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class AddressGuard:
    """Decides which addresses a host may be reached at.

    Args:
        allow: Host names, addresses or networks (``10.0.0.0/8``) that are permitted although
            they are not public. A name is permitted wherever it leads.
        resolve: Looks names up; tests give their own.

    Raises:
        SourceMisconfigured: An entry of ``allow`` is neither.
    """

    def __init__(self, allow: Iterable[str] = (), *, resolve: Resolver | None = None) -> None:
        self._resolve = resolve or socket.getaddrinfo
        self._names: set[str] = set()
        self._networks: list[IPNetwork] = []
        for entry in allow:
            self._add(entry.strip())

    def _add(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            if not entry or "/" in entry or ":" in entry or "*" in entry:
                raise SourceMisconfigured(
                    f"allow_addresses: {entry!r} is neither a host name nor an address or network",
                    remedy="Write intranet.example.org, 10.1.2.3 or 10.0.0.0/8, without scheme and port",
                ) from None
            self._names.add(_plain(entry))

    def permits(self, host: str, address: IPAddress) -> bool:
        """Whether this host may be reached at this address."""
        if is_public(address) or _plain(host) in self._names:
            return True
        inner = _unwrapped(address) or address
        return any(inner in network for network in self._networks if network.version == inner.version)

    def resolve(self, host: str, port: int) -> list[tuple[int, Any]]:
        """The permitted (family, socket address) pairs of a host, in the resolver's order.

        Raises:
            SourceRefused: It has addresses, and none is permitted.
            OSError: It cannot be looked up.
        """
        found = self._resolve(host.strip("[]"), port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        permitted = [
            (family, where)
            for family, _, _, _, where in found
            if self.permits(host, ipaddress.ip_address(where[0]))
        ]
        if found and not permitted:
            raise SourceRefused(
                f"{host} is at {found[0][4][0]}, which is not a public address",
                remedy=f"If it is meant to be read, name it in allow_addresses: ['{host}']",
                reason="private address",
            )
        return permitted


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").casefold()


def web_address(url: str) -> str:
    """The address if it is one that can be fetched: http or https, a host, no password in it.

    Raises:
        SourceRefused: It is not; the message does not repeat a password.
    """
    try:
        parts = urlsplit(url)
        fine = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        fine = False
    if not fine:
        raise SourceRefused(f"{shown(url)!r} is not a web address", reason="not a web address")
    if parts.username or parts.password:
        raise SourceRefused(
            f"{shown(url)} has a user name or password in it", reason="password in the address"
        )
    return url


def shown(url: str) -> str:
    """An address fit for messages: no user name, no values of secret parameters, not too long."""
    try:
        parts = urlsplit(url)
        netloc = parts.netloc.rpartition("@")[2]
        query = "&".join(_shown_parameter(name, value) for name, value in parse_qsl(parts.query, True))
        text = urlunsplit((parts.scheme, netloc, parts.path, query, ""))
    except ValueError:
        text = url.partition("?")[0].rpartition("@")[2]
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def _shown_parameter(name: str, value: str) -> str:
    secret = any(word in name.lower() for word in _SECRET_WORDS) or name.lower() in {"sig", "pwd"}
    return f"{quote(name)}={'***' if secret else quote(value)}"
