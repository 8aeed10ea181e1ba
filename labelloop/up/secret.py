"""The password of a Prefect server that others can reach: made once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

USER = "labelloop"


def password_file(home: Path) -> Path:
    """Where the password is kept."""
    return home / "password"


def auth_string(home: Path) -> str:
    """``user:password``; the password is made at the first call, in a file of mode 600."""
    path = password_file(home)
    home.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL with the mode at birth: nobody can read it in between.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return f"{USER}:{path.read_text('ascii').strip()}"
