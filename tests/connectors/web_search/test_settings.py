"""Settings that cannot work are refused with the field's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.registry import build
from labelloop.errors import SourceMisconfigured

FINE = {
    "provider": "searxng",
    "base_url": "https://search.example.org/",
    "queries": ["rooftop solar cost"],
}


def made(**options: Any) -> Any:
    return build("web_search", options, source="web", folder=Path())


def test_the_settings_of_a_project_file() -> None:
    connector = made(**FINE, pages=2, allow_addresses=["10.0.0.0/8", "intranet.example"])
    assert connector.settings.base_url == "https://search.example.org"
    assert repr(connector) == "WebSearchConnector(source='web')"


@pytest.mark.parametrize(
    ("options", "says"),
    [({}, "provider"), ({**FINE, "provider": "google"}, "provider"),
     ({**FINE, "queries": []}, "needs queries"),
     ({"provider": "searxng", "queries": ["x"]}, "needs base_url"), ({"provider": "urls"}, "needs urls"),
     ({"provider": "urls", "urls": ["https://a.example"], "queries": ["x"]}, "leave queries out"),
     ({**FINE, "urls": ["https://a.example"]}, "belongs to the provider"),
     ({**FINE, "queries": [" "]}, "empty"),
     ({**FINE, "base_url": "search.example.org"}, "not a web address"), ({**FINE, "pages": 0}, "pages"),
     ({**FINE, "base_url": "https://ann:pw@search.example.org"}, "no password"),
     ({**FINE, "allow_addresses": ["http://x"]}, "allow_addresses"),
     ({**FINE, "language": "English"}, "language"),
     ({**FINE, "time_range": "hour"}, "time_range"), ({**FINE, "site": "https://x"}, "site"),
     ({**FINE, "delay": -1}, "delay"), ({**FINE, "limit": 0}, "limit"),
     ({**FINE, "query": "x"}, "query"),
     ({**FINE, "contact": "a\nb"}, "contact"), ({**FINE, "refresh_after": -1}, "refresh_after")],
)  # fmt: skip
def test_what_cannot_work_is_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(SourceMisconfigured, match=says) as caught:
        made(**options)
    assert "\n" not in str(caught.value) and "pw@" not in str(caught.value)


def test_the_contact_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELLOOP_CONTACT", "ops@example.org")
    assert made(**FINE).settings.known_contact == "ops@example.org"
    assert made(**FINE, contact="me@example.org").settings.known_contact == "me@example.org"
