"""No address inside, however it is written or reached."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import AddressGuard, guarded_session, is_public, shown, web_address
from labelloop.errors import SourceMisconfigured, SourceRefused

INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0",
    "10.1.2.3", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "192.0.2.1", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1", "192.88.99.1",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8",
           "64:ff9b::808:808"]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_ipv6_is_judged_as_itself(address: ipaddress.IPv4Address) -> None:
    wrapped = ipaddress.IPv6Address((0xFFFF << 32) | int(address))
    assert is_public(wrapped) == is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "localhost",
             "::ffff:127.0.0.1", "::1", "[::1]", "LOCALHOST"],
)  # fmt: skip
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(SourceRefused, match="not a public address") as caught:
        AddressGuard().resolve(host, 80)
    assert caught.value.reason == "private address"


def resolver(*addresses: str) -> Any:
    def resolve(host: str, port: int, *_: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    return resolve


def test_of_several_addresses_only_permitted_ones_are_used() -> None:
    guard = AddressGuard(resolve=resolver("10.0.0.1", "93.184.216.34", "::1"))
    assert guard.resolve("mixed.example", 80) == [(socket.AF_INET, ("93.184.216.34", 80))]


@pytest.mark.parametrize("allow", ["10.0.0.0/8", "10.0.0.1", "Intranet.Example", "intranet.example."])
def test_the_operator_can_permit_by_name_or_network(allow: str) -> None:
    guard = AddressGuard([allow], resolve=resolver("10.0.0.1"))
    assert guard.resolve("intranet.example", 80)


@pytest.mark.parametrize("allow", ["10.1.0.0/16", "other.example", "example"])
def test_what_is_permitted_permits_nothing_else(allow: str) -> None:
    guard = AddressGuard([allow], resolve=resolver("10.0.0.1"))
    with pytest.raises(SourceRefused):
        guard.resolve("intranet.example", 80)


@pytest.mark.parametrize("entry", ["", "http://intranet", "10.0.0.0/99", "*.example.org", "host:80"])
def test_what_cannot_be_permitted_is_named(entry: str) -> None:
    with pytest.raises(SourceMisconfigured, match="neither a host name nor"):
        AddressGuard([entry])


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "file:///etc/passwd", "example.org", "http://", "http:///x", "",
            "javascript:alert(1)", "http://[::1", "http://example.org:99999/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        web_address(url)
    assert caught.value.reason == "not a web address"


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SourceRefused) as caught:
        web_address("https://ann:hunter2@example.org/x")
    assert "hunter2" not in str(caught.value)
    assert caught.value.reason == "password in the address"


def test_messages_show_no_secret() -> None:
    text = shown("https://ann:hunter2@example.org/x?q=sun&api_key=s3cret&Token=t0p&sig=abc#part")
    assert text == "https://example.org/x?q=sun&api_key=***&Token=***&sig=***"


def test_messages_show_no_control_characters_and_no_novels() -> None:
    assert "\x1b" not in shown("https://example.org/\x1b[31m")
    assert len(shown("https://example.org/" + "a" * 5000)) == 200


def test_a_session_has_no_way_around() -> None:
    session = guarded_session(AddressGuard())
    assert session.trust_env is False
    adapter: Any = session.get_adapter("http://x/")
    with pytest.raises(NotImplementedError):
        adapter.proxy_manager_for("http://proxy:3128")
