"""The connector ``wikipedia``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from connectors.base import Checked, Connector
from connectors.wikipedia.cursor import Known
from connectors.wikipedia.settings import WikipediaSettings, contact_of
from labelloop.records import Batch

if TYPE_CHECKING:  # they load wikipedia-api and httpx, which naming a connector need not
    import httpx

    from connectors.wikipedia.client import WikiClient
    from connectors.wikipedia.site import Site


class WikipediaConnector(Connector[WikipediaSettings]):
    """Articles of Wikipedia, or of any other MediaWiki, by title, category or search.

    A page is read again when its newest revision (``lastrevid``) is not the one read last;
    the others cost a 500th of a request. Requests go one after another.

    Args:
        transport: httpx transport in the network's place, for tests.
    """

    name: ClassVar[str] = "wikipedia"
    Settings = WikipediaSettings
    batch_size = 200
    """At ten pages a second, a killed run loses 20 seconds of work. Smaller batches would
    save the cursor more often: some 350 KB at 50,000 pages."""

    def __init__(
        self,
        settings: WikipediaSettings,
        *,
        source: str,
        folder: Path,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(settings, source=source, folder=folder)
        self._transport = transport

    def check(self) -> Checked:
        """Ask the wiki what it is, and how much the settings name.

        Raises:
            SourceMisconfigured: No contact, no such wiki, or a category it does not have.
            SourceUnavailable: It cannot be reached now.
            SourceRefused: It does not let itself be read.
        """
        from connectors.wikipedia.checking import summary
        from connectors.wikipedia.site import ask_site

        with closing(self._client()) as client:
            return Checked(summary(client, self.settings, ask_site(client)))

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """New and changed pages, a few hundred at a time. See :meth:`Connector.batches`."""
        from connectors.wikipedia.run import Run
        from connectors.wikipedia.site import ask_site

        with closing(self._client()) as client:
            site = ask_site(client)
            known = Known.from_cursor(cursor, self._scope(site))
            run = Run(client, self.settings, site, known, batch_size=self.batch_size)
            yield from run.batches()

    def hosts(self) -> Mapping[str, float]:
        """The wiki."""
        return {urlsplit(self.settings.endpoint).netloc: self.settings.delay}

    def _scope(self, site: Site) -> str:
        host = urlsplit(self.settings.endpoint).netloc
        return f"{host} {site.wiki_id} {self.settings.unit}"

    def _client(self) -> WikiClient:
        from connectors.wikipedia.client import WikiClient

        asked = self.settings
        return WikiClient(
            asked.endpoint,
            contact_of(asked, self.source),
            language=asked.language,
            delay=asked.delay,
            timeout=asked.timeout,
            maxlag=asked.maxlag,
            transport=self._transport,
        )
