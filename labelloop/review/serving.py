"""The checking page as a running server."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from labelloop.errors import WrongUse
from labelloop.loop.workspace import Workspace
from labelloop.store import accounts

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def serve(
    workspace: Workspace,
    *,
    host: str,
    port: int,
    show_others: bool = False,
    ready: Callable[[str], None],
) -> None:
    """Serve the page until it is interrupted.

    Args:
        workspace: The project.
        host: Address to listen on. Others than this machine's own need accounts.
        port: 0 takes a free one.
        show_others: Whether annotators may see what others answered.
        ready: Called with the page's address once it can be opened.

    Raises:
        WrongUse: Nobody has an account and the address can be reached from elsewhere, or the
            address cannot be listened on.
    """
    import uvicorn

    own = _is_own(host)
    workspace.store.stay_small()
    with workspace.store.transaction("who may log in") as tx:
        somebody = accounts.some(tx)
    if not own and not somebody:
        raise WrongUse(
            f"{host} can be reached from other machines, and nobody has an account here",
            remedy="Make the first one: labelloop annotators add NAME --role admin",
        )
    from labelloop.review.app import create_app

    app = create_app(
        workspace, open_locally=own, hosts=_OWN_NAMES | {host} if own else None, show_others=show_others
    )
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    address = f"http://{name}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    ready(address)
    server.run(sockets=[listening])


def _is_own(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
    except OSError as error:
        raise WrongUse(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            remedy="Name another with --port, or 0 for any that is free",
        ) from None
    return listening
