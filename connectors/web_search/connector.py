"""The connector: queries in, batches of pages out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from connectors.base import Checked, Connector
from connectors.http import Fetcher, FetchPolicy, JsonApi, Pace, user_agent
from connectors.web_search.canonical import canonical_url, is_within
from connectors.web_search.gathering import Gathering
from connectors.web_search.memory import Memory, digest
from connectors.web_search.providers.base import Hit, SearchProvider
from connectors.web_search.reading import PageReader
from connectors.web_search.settings import WebSearchSettings
from labelloop.errors import SourceError, SourceRefused, SourceUnavailable
from labelloop.records import Batch

_FAILURES_IN_A_ROW = 3  # then the service is left in peace
_PAGES_CHECKED = 3


class WebSearchConnector(Connector[WebSearchSettings]):
    """Pages that a search service finds, or that are listed.

    Args:
        now: Seconds since 1970; tests give their own.
        fetcher: Reads the pages; by default one made from the settings.
        provider: Finds them; by default the one that the settings name.
    """

    name: ClassVar[str] = "web_search"
    Settings = WebSearchSettings

    def __init__(
        self,
        settings: WebSearchSettings,
        *,
        source: str,
        folder: Path,
        now: Callable[[], float] = time.time,
        fetcher: Fetcher | None = None,
        provider: SearchProvider | None = None,
    ) -> None:
        super().__init__(settings, source=source, folder=folder)
        self._now = now
        self._fetcher = fetcher
        self._provider = provider

    def hosts(self) -> Mapping[str, float]:
        """The search service; the hosts of what it finds are known only then."""
        address = address_of(self.settings)
        return {urlsplit(address).netloc: self.settings.delay} if address else {}

    def check(self) -> Checked:
        """Ask the first query and read one of its pages."""
        provider, settings = self._provider_now(), self.settings
        query = (settings.queries or [""])[0]
        hits = next((page.hits for page in provider.pages(self._asked(query), 1)), ())
        what = f"results for {query!r} from {provider.name}" if query else "addresses"
        if not hits:
            return Checked(f"no {what}")
        return Checked(f"{len(hits)} {what}; {self._one_page(hits)}")

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Pages that are new or changed, query by query.

        Raises:
            SourceError: The search service failed for some query, or no page at all could be
                read; what was yielded before stays valid. Where the fault may pass, a run that
                follows within hours asks only the queries that are not done.
        """
        provider = self._provider_now()
        minutes = int(self._now() // 60)
        memory = Memory(cursor, key=self._round_key(), minutes=minutes)
        gathering = Gathering(memory, self.batch_size, clock=self._now)
        with self._fetcher or self._fetcher_now() as fetcher:
            reader = self._reader(fetcher, memory, minutes)
            faults = yield from self._rounds(provider, reader, gathering)
        passing = [fault for fault in faults if isinstance(fault, SourceUnavailable)]
        yield gathering.batch(finished=not passing)
        if told := [*passing, *faults, *gathering.faults(self.source)]:
            raise told[0]

    def _rounds(
        self, provider: SearchProvider, reader: PageReader, gathering: Gathering
    ) -> Generator[Batch, None, list[SourceError]]:
        """Yield full batches; return the faults of the search service."""
        faults: list[SourceError] = []
        in_a_row = 0
        for number, query in enumerate(self.settings.queries or [""]):
            if number in gathering.memory.done or gathering.looked_at == self.settings.limit:
                continue
            try:
                yield from self._query(provider, reader, gathering, query)
                in_a_row = 0
            except SourceUnavailable as error:
                faults.append(error)
                in_a_row += 1
            except SourceRefused as refusal:
                faults.append(refusal)
                if refusal.reason != "query refused":
                    break
                gathering.skip("query refused")
            else:
                gathering.memory.done.add(number)
            if in_a_row == _FAILURES_IN_A_ROW:
                break
        return faults

    def _query(
        self, provider: SearchProvider, reader: PageReader, gathering: Gathering, query: str
    ) -> Iterator[Batch]:
        for page in provider.pages(self._asked(query), self.settings.pages):
            for name in page.missing:
                gathering.skip(f"search engine without an answer: {name}")
            for hit in page.hits:
                if gathering.looked_at == self.settings.limit:
                    return
                self._take(reader, gathering, hit, query)
                if gathering.is_full():
                    yield gathering.batch(finished=False)

    def _take(self, reader: PageReader, gathering: Gathering, hit: Hit, query: str) -> None:
        try:
            address = canonical_url(hit.url)
        except ValueError:
            gathering.skip("not a web address", failed=True)
            return
        if self.settings.site and not is_within(address, self.settings.site):
            gathering.skip("outside the site")
        elif not gathering.memory.first_time(address):
            gathering.skip("same page as another result")
        else:
            gathering.take(reader.read(hit, address, query))

    def _one_page(self, hits: tuple[Hit, ...]) -> str:
        """Read the first page that can be read and say what it is.

        Raises:
            SourceError: None of the first three can.
        """
        memory = Memory(None, key="", minutes=0)
        gathering = Gathering(memory, 1, clock=self._now)
        with self._fetcher or self._fetcher_now() as fetcher:
            reader = self._reader(fetcher, memory, 0)
            for hit in hits[:_PAGES_CHECKED]:
                self._take(reader, gathering, hit, "")
                for document in gathering.documents:
                    return f"read {document.title or document.url!r}, {len(document.text):,} characters"
        outside = SourceRefused(f"source {self.source!r}: the first results are outside the site")
        raise (*gathering.faults(self.source), outside)[0]

    def _asked(self, query: str) -> str:
        return f"{query} site:{self.settings.site}" if self.settings.site and query else query

    def _round_key(self) -> str:
        """Changes with the settings that decide which hits there are."""
        names = ("provider", "base_url", "queries", "pages", "time_range", "language", "site", "urls")
        return digest(json.dumps([getattr(self.settings, name) for name in names]))

    def _reader(self, fetcher: Fetcher, memory: Memory, minutes: int) -> PageReader:
        return PageReader(
            fetcher,
            memory,
            minutes=minutes,
            refresh_minutes=self.settings.refresh_after * 24 * 60,
            shortest=self.settings.min_page_characters,
            provider=self.settings.provider,
        )

    def _fetcher_now(self) -> Fetcher:
        settings = self.settings
        return Fetcher(
            FetchPolicy(
                user_agent(settings.known_contact),
                allow_addresses=tuple(settings.allow_addresses),
                max_bytes=settings.max_bytes,
                deadline=settings.deadline,
                delay=settings.delay,
                respect_robots=settings.respect_robots,
            )
        )

    def _provider_now(self) -> SearchProvider:
        return self._provider or provider_of(self.settings, self.folder)


def address_of(settings: WebSearchSettings) -> str | None:
    """Where the search service is; None for ddgs, which asks several, and for listed addresses."""
    from connectors.web_search.providers.brave import BraveProvider
    from connectors.web_search.providers.serper import SerperProvider

    usual = {"brave": BraveProvider.home, "serper": SerperProvider.home}
    return settings.base_url or usual.get(settings.provider)


def provider_of(settings: WebSearchSettings, folder: Path) -> SearchProvider:
    """The provider that the settings name.

    Raises:
        SourceMisconfigured: Its key is not in the environment.
        MissingExtra: Its package is not installed.
    """
    from connectors.web_search.providers.brave import BraveProvider
    from connectors.web_search.providers.ddgs import DdgsProvider
    from connectors.web_search.providers.searxng import SearxngProvider
    from connectors.web_search.providers.serper import SerperProvider
    from connectors.web_search.providers.urls import UrlsProvider

    pace = Pace(settings.delay)
    language, time_range = settings.language, settings.time_range

    def api(headers: dict[str, str]) -> JsonApi:
        return JsonApi(user_agent=user_agent(settings.known_contact), headers=headers, pace=pace)

    match settings.provider:
        case "urls":
            return UrlsProvider(settings.urls, folder)
        case "ddgs":
            return DdgsProvider(pace=pace, language=language, time_range=time_range)
        case "searxng":
            return SearxngProvider(
                api({}), settings.base_url or "", language=language, time_range=time_range
            )
        case "brave":
            return BraveProvider(api, settings.base_url, language=language, time_range=time_range)
        case "serper":
            return SerperProvider(api, settings.base_url, language=language, time_range=time_range)
