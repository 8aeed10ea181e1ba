"""What is slow to import is imported where it is used."""

from __future__ import annotations

import subprocess
import sys


def test_the_connector_loads_no_extraction_library() -> None:
    """trafilatura alone takes half a second, and ddgs need not be there."""
    code = "import sys, connectors.web_search; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"trafilatura", "bs4", "lxml", "ddgs", "protego"} & set(loaded.stdout.split())
