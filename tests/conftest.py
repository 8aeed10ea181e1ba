"""Tests that take minutes or a browser run only where asked for: ``make test-services``."""

from __future__ import annotations

import pytest

_ASKED_FOR = {
    "browser": "drives a browser for minutes; run with -m browser",
    "kills": "kills a turn inside every stage, for minutes; run with -m kills",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.option.markexpr or ""
    for item in items:
        for marker, reason in _ASKED_FOR.items():
            if marker not in asked and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
