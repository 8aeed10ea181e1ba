"""Reads from the web, safely and politely.

``Fetcher`` is for every address that comes from outside: it checks the address each connection
really goes to, at every redirect; caps size, time and types; asks robots.txt; keeps a pace per
host. ``JsonApi`` is for services whose address the operator configured.

Does not retry (callers do, on ``SourceUnavailable``), run scripts, keep cookies or use proxies.
"""

from connectors.http.addresses import AddressGuard, is_public, shown, web_address
from connectors.http.answers import Fetched
from connectors.http.api import JsonApi
from connectors.http.fetcher import ANY_TYPE, PAGE_TYPES, Fetcher, FetchPolicy, user_agent
from connectors.http.pace import Pace
from connectors.http.transport import guarded_session

__all__ = [
    "ANY_TYPE", "PAGE_TYPES", "AddressGuard", "FetchPolicy", "Fetched", "Fetcher", "JsonApi", "Pace",
    "guarded_session", "is_public", "shown", "user_agent", "web_address",
]  # fmt: skip
