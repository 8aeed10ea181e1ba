"""One reading of a source: lists, passes over what is known, reads the rest, yields batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from connectors.wikipedia import listing
from connectors.wikipedia.checking import known_categories, unknown_categories
from connectors.wikipedia.client import WikiClient
from connectors.wikipedia.cursor import Known
from connectors.wikipedia.documents import documents
from connectors.wikipedia.faults import BrokenAnswer
from connectors.wikipedia.listing import Found, LeftOut, Listed
from connectors.wikipedia.reading import PageText, Reader
from connectors.wikipedia.settings import WikipediaSettings
from connectors.wikipedia.site import Site
from labelloop.errors import SourceError, SourceUnavailable
from labelloop.records import Batch, FetchedDocument, Rejected

_NO_TEXT = "no text"


class Run:
    """Goes through everything that the settings name, once.

    Args:
        known: Revisions read before; grows with what this run reads.
        batch_size: Pages, or documents, at which a batch is yielded. The sections of one
            page stay together and may exceed it.
    """

    def __init__(
        self,
        client: WikiClient,
        settings: WikipediaSettings,
        site: Site,
        known: Known,
        *,
        batch_size: int,
    ) -> None:
        self._client, self._settings, self._site = client, settings, site
        self._known, self._batch_size = known, batch_size
        self._reader = Reader(client, settings.unit)
        self._met: set[int] = set()
        self._waiting: list[Listed] = []
        self._broken: set[int] = set()
        self._in_a_row = False
        self._fault: SourceUnavailable | None = None
        self._kept = 0  # pages with text, whether read now or known
        self._empty()

    def _empty(self) -> None:
        self._read = 0
        self._documents: list[FetchedDocument] = []
        self._rejected: list[Rejected] = []
        self._skipped: Counter[str] = Counter()
        self._unchanged = 0

    def batches(self) -> Iterator[Batch]:
        """Batches of what is new or changed; the last one may hold counts only.

        An unknown category, or a page over which the wiki fails, is told at the end: it
        costs the others nothing.

        Raises:
            SourceError: After a batch of what was read before it.
        """
        categories, unknown = known_categories(self._client, self._settings, self._site)
        if unknown and not (categories or self._settings.titles or self._settings.search):
            raise unknown_categories(self._client, self._site, unknown)
        try:
            yield from self._whole_batches(self._stale_pages(categories))
        except SourceError:
            if self._read:
                yield self._batch()
            raise
        yield self._batch()
        if unknown:
            raise unknown_categories(self._client, self._site, unknown)
        if self._fault:
            raise self._fault

    def _whole_batches(self, stale: Iterator[Listed]) -> Iterator[Batch]:
        for page in stale:
            self._waiting.append(page)
            if len(self._waiting) >= min(self._reader.portion, self._batch_size - self._read):
                self._take()
            if max(self._read, len(self._documents)) >= self._batch_size:
                yield self._batch()
        self._take()

    def _stale_pages(self, categories: Iterable[str]) -> Iterator[Listed]:
        """Pages whose newest revision has not been read; the others are counted."""
        for found in self._found(categories):
            if self._is_full():
                return
            if isinstance(found, Rejected):
                self._rejected.append(found)
            elif isinstance(found, LeftOut):
                self._skipped[found.reason] += 1
            elif found.page_id not in self._met:
                self._met.add(found.page_id)
                if not self._known.is_current(found.page_id, found.revision):
                    yield found
                else:
                    self._count_current(found.page_id)

    def _is_full(self) -> bool:
        """True once there are as many pages with text as the limit allows.

        Those that wait are read first where they could fill it: some may turn out empty.
        """
        if self._kept + len(self._waiting) >= self._settings.limit:
            self._take()
        return self._kept >= self._settings.limit

    def _count_current(self, page_id: int) -> None:
        if self._known.has_text(page_id):
            self._unchanged += 1
            self._kept += 1
        else:
            self._skipped[_NO_TEXT] += 1

    def _found(self, categories: Iterable[str]) -> Iterator[Found]:
        """All that titles, categories and searches name, one after another."""
        asked = self._settings
        size = min(listing.LIST_SIZE, max(listing.TITLES_PER_REQUEST, asked.limit))
        yield from listing.by_title(self._client, asked.titles)
        yield from listing.by_category(
            self._client, categories, depth=asked.depth, namespaces=asked.namespaces, list_size=size
        )
        for words in asked.search:
            yield from listing.by_search(
                self._client, words, namespaces=asked.namespaces, list_size=size
            )

    def _take(self) -> None:
        """Read the pages that wait."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        pages = {page.page_id: page for page in self._texts(waiting)}
        self._read += len(waiting)
        for wanted in waiting:
            page = pages.get(wanted.page_id)
            if page is not None:
                self._add(page, wanted)
            elif wanted.page_id not in self._broken:
                self._skipped["deleted page"] += 1

    def _texts(self, listed: list[Listed]) -> list[PageText]:
        """The pages read. One over which the wiki fails is left for the next run.

        Raises:
            SourceUnavailable: It fails over two pages in a row: it is the wiki, not a page.
        """
        try:
            pages = self._reader.read(listed)
        except BrokenAnswer as fault:
            if len(listed) > 1:
                return [page for one in listed for page in self._texts([one])]
            if self._in_a_row:
                raise
            self._leave(listed[0], fault)
            return []
        self._in_a_row = False
        return pages

    def _leave(self, page: Listed, fault: SourceUnavailable) -> None:
        self._in_a_row = True
        self._broken.add(page.page_id)
        self._skipped["page the wiki fails over"] += 1
        self._fault = SourceUnavailable(f"page {page.title!r}: {fault.message}")

    def _add(self, page: PageText, wanted: Listed) -> None:
        found = documents(page, self._site, self._settings.unit, wanted.found_by)
        self._documents += found
        self._known.remember(wanted.page_id, page.revision, text=bool(found))
        if found:
            self._kept += 1
        else:
            self._skipped[_NO_TEXT] += 1

    def _batch(self) -> Batch:
        batch = Batch(
            documents=tuple(self._documents),
            cursor=self._known.cursor(),
            rejected=tuple(self._rejected),
            unchanged=self._unchanged,
            skipped=dict(self._skipped),
        )
        self._empty()
        return batch
