"""Free ports, and who holds those that are not."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from labelloop.errors import WrongUse

_LISTENING = "0A"


def require_free(host: str, port: int, what: str, option: str) -> int:
    """The port, or a free one for 0.

    Raises:
        WrongUse: Somebody listens there; names the process where it can be seen.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise WrongUse(
                f"port {port} for the {what} is taken{_by(port)} ({error.strerror})",
                remedy=f"Stop that, or choose another: {option} {port + 1}",
            ) from None
        free: int = trial.getsockname()[1]
        return free


@contextmanager
def reserved(*numbers: int) -> Iterator[None]:
    """Keep other starts of this person off these ports for as long as the block lasts.

    A server takes its port only seconds after the port was found free. Of two projects started
    meanwhile one would register its flows with the other's server.

    Raises:
        WrongUse: Another start has one of them.
    """
    folder = Path(tempfile.gettempdir()) / f"labelloop-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise WrongUse(
            f"{folder}, where ports are kept, belongs to somebody else",
            remedy="Have it removed, or let TMPDIR name another folder",
        )
    with ExitStack() as stack:
        for port in numbers:
            file = stack.enter_context((folder / f"port-{port}.lock").open("a"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WrongUse(
                    f"port {port} is wanted by another 'labelloop up' that is starting",
                    remedy="Choose others: --port and --page-port, 0 for any",
                ) from None
        yield


def _by(port: int) -> str:
    """`` by process 12 (name)``, where this system tells."""
    inodes = _inodes(port)
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if inodes else ():
        try:
            if str(descriptor.readlink()) in inodes:
                process = descriptor.parents[1]
                return f" by process {process.name} ({(process / 'comm').read_text().strip()})"
        except OSError:
            continue  # ended meanwhile, or not ours to see
    return ""


def _inodes(port: int) -> set[str]:
    """Sockets that listen on the port, as /proc names them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            cells = line.split()
            if cells[3] == _LISTENING and int(cells[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{cells[9]}]")
    return found
