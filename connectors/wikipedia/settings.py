"""What a ``[[sources]]`` table of the connector ``wikipedia`` may say."""

from __future__ import annotations

import os
import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.base import ConnectorSettings
from labelloop.errors import SourceMisconfigured

CONTACT_VARIABLE = "LABELLOOP_CONTACT"
"""Environment variable that holds the contact where the project file does not."""

Unit = Literal["article", "introduction", "section"]

_CONTACT = re.compile(
    r"^[!-~ ]*([!-~]+@[!-~]+|https?://[!-~]+)[!-~ ]*\Z"
)  # printable ASCII: it travels in a header


class WikipediaSettings(ConnectorSettings):
    """Which pages of which wiki, and what one document is."""

    contact: str | None = Field(
        default=None,
        description="Your e-mail address or web page, told to the wiki with every request;"
        f" without it, the environment variable {CONTACT_VARIABLE}",
    )
    titles: list[str] = Field(default=[], description="Pages by title")
    categories: list[str] = Field(
        default=[], description="Pages of these categories, with or without 'Category:'"
    )
    depth: int = Field(
        default=0, ge=0, le=20, description="Levels of subcategories to follow; 0 for none"
    )
    search: list[str] = Field(default=[], description="Pages that the wiki's own search finds")
    language: str = Field(
        default="en",
        pattern=r"^[a-z][a-z0-9-]{1,19}$",  # becomes part of a host name
        description="The wiki's language code, put in the place of {lang}",
    )
    unit: Unit = Field(default="article", description="What becomes one document")
    limit: int = Field(
        default=200,
        ge=1,
        le=10_000_000,
        description="Pages to take at most, all lists together; those without text do not count",
    )
    api_url: str = Field(
        default="https://{lang}.wikipedia.org/w/api.php",
        description="The wiki's api.php; {lang} stands for the language",
    )
    namespaces: list[int] = Field(
        default=[0], min_length=1, description="Numbers of the namespaces to take; 0 is articles"
    )
    delay: float = Field(
        default=0.1, ge=0, le=60, description="Seconds between the end of a request and the next"
    )
    timeout: float = Field(default=30.0, gt=0, le=600, description="Seconds that one request may take")
    maxlag: int | None = Field(
        default=5,
        ge=1,
        description="Ask to be turned away while the wiki's databases lag by more seconds than this",
    )

    @field_validator("titles", "categories", "search")
    @classmethod
    def _no_blanks(cls, names: list[str]) -> list[str]:
        if any(not name.strip() for name in names):
            raise ValueError("an entry is empty")
        return [name.strip() for name in names]

    @field_validator("api_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        if not re.match(r"^https?://[^/\s]+/\S*$", url):
            raise ValueError(f"{url!r} is not an address such as https://wiki.example.org/w/api.php")
        return url

    @model_validator(mode="after")
    def _something_named(self) -> WikipediaSettings:
        if not (self.titles or self.categories or self.search):
            raise ValueError("name at least one of titles, categories or search")
        return self

    @property
    def endpoint(self) -> str:
        """The address asked, with the language in its place."""
        return self.api_url.replace("{lang}", self.language)


def contact_of(settings: WikipediaSettings, source: str) -> str:
    """Whom the wiki's operators can write to: the setting, or else the environment.

    Raises:
        SourceMisconfigured: Nobody is named, or not by an e-mail address or web page.
    """
    contact = settings.contact or os.environ.get(CONTACT_VARIABLE, "")
    remedy = (
        "Wikis ask who is calling: set contact in the project file, or the environment variable"
        f" {CONTACT_VARIABLE}, to your e-mail address or web page"
    )
    if not contact.strip():
        raise SourceMisconfigured(f"source {source!r} names no contact", remedy=remedy)
    if not _CONTACT.match(contact):
        raise SourceMisconfigured(
            f"source {source!r}: contact {contact!r} is neither an e-mail address nor a web page",
            remedy=remedy,
        )
    return contact.strip()
