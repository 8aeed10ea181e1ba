"""What a ``[[sources]]`` table of the connector ``web_search`` may say."""

from __future__ import annotations

import os
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from connectors.base import ConnectorSettings
from connectors.http import AddressGuard
from labelloop.errors import SourceMisconfigured

CONTACT_VARIABLE = "LABELLOOP_CONTACT"
"""Environment variable that holds the contact where the project file does not."""

Provider = Literal["searxng", "brave", "serper", "ddgs", "urls"]
TimeRange = Literal["day", "week", "month", "year"]


class WebSearchSettings(ConnectorSettings):
    """Whom to ask for which pages, and how to read them."""

    provider: Provider = Field(
        description="Who is asked: a SearXNG of your own, Brave (LABELLOOP_BRAVE_KEY), Serper"
        " (LABELLOOP_SERPER_KEY), ddgs (no key, often throttled), or nobody: addresses in urls"
    )
    base_url: str | None = Field(
        default=None, description="Where the search service is; SearXNG needs it, others have their own"
    )
    queries: list[str] = Field(default=[], description="What to search for")
    pages: int = Field(default=1, ge=1, le=1000, description="Result pages read per query")
    time_range: TimeRange | None = Field(
        default=None, description="Only results of the last day, week, month or year"
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2}$",
        description="Language asked of the search service (ISO 639-1); it is a wish, not a filter",
    )
    site: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$",
        description="Only pages of this host and those below it: example.org",
    )
    urls: list[str] | str = Field(
        default=[],
        description="For the provider urls: a list of addresses, or the name of a file, one per line",
    )
    allow_addresses: list[str] = Field(
        default=[],
        description="Hosts, addresses or networks that may be read although they are not public",
    )
    limit: int | None = Field(
        default=None, ge=1, description="Results looked at per run at most, known pages among them"
    )
    refresh_after: float = Field(
        default=7.0, ge=0, le=3650, description="Days until a page that was seen is asked again"
    )
    respect_robots: bool = Field(
        default=True, description="Leave alone what robots.txt forbids; false only for your own sites"
    )
    delay: float = Field(
        default=1.0, ge=0, le=3600, description="Seconds between two requests to one host at least"
    )
    deadline: float = Field(default=30.0, gt=0, le=600, description="Seconds that one page may take")
    max_bytes: int = Field(
        default=5_000_000, ge=1000, description="Largest page read, after decompression"
    )
    min_page_characters: int = Field(
        default=200,
        ge=1,
        description="Pages with less text are left out: they ask to log in, or for cookies",
    )
    contact: str | None = Field(
        default=None,
        pattern=r"^[!-~][ -~]*$",  # printable ASCII: it travels in a header
        description="Your e-mail address or web page, told to every site that is read;"
        f" without it, the environment variable {CONTACT_VARIABLE}",
    )

    @field_validator("queries")
    @classmethod
    def _queries_say_something(cls, queries: list[str]) -> list[str]:
        if any(not query.strip() for query in queries):
            raise ValueError("a query is empty")
        return list(dict.fromkeys(query.strip() for query in queries))

    @field_validator("base_url")
    @classmethod
    def _base_url_is_one(cls, base_url: str | None) -> str | None:
        if base_url is None:
            return None
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{base_url.rpartition('@')[2]!r} is not a web address: write https://…")
        if parts.username or parts.password or parts.query:
            raise ValueError("base_url may hold no password and no '?': it stands in plain sight")
        return base_url.rstrip("/")

    @field_validator("allow_addresses")
    @classmethod
    def _addresses_are_some(cls, entries: list[str]) -> list[str]:
        try:
            AddressGuard(entries)
        except SourceMisconfigured as error:
            raise ValueError(str(error)) from None
        return entries

    @model_validator(mode="after")
    def _fits_the_provider(self) -> WebSearchSettings:
        if self.provider == "urls":
            if not self.urls:
                raise ValueError("the provider 'urls' needs urls: a list of addresses or a file's name")
            if self.queries:
                raise ValueError("the provider 'urls' searches for nothing: leave queries out")
            return self
        if not self.queries:
            raise ValueError(f"the provider {self.provider!r} needs queries: what to search for")
        if self.urls:
            raise ValueError(f"urls belongs to the provider 'urls', not to {self.provider!r}")
        if self.provider == "searxng" and not self.base_url:
            raise ValueError("the provider 'searxng' needs base_url: where your SearXNG is")
        return self

    @property
    def known_contact(self) -> str | None:
        """The contact of the project file or the environment."""
        return self.contact or os.environ.get(CONTACT_VARIABLE) or None
