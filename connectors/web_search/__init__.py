"""Pages of the web, found by a search service or listed by hand, as documents.

Asks SearXNG, Brave, Serper or ddgs for results, page by page, or takes addresses from a list;
fetches each page once through the guarded fetcher, and keeps its readable text. What was read
is asked again after ``refresh_after`` days, with the server's own words for 'not modified'.

Does not follow links on pages, run their scripts, log in, or keep what it may not read.

SearXNG's answers were recorded from running servers. Those of Brave and Serper follow their
documentation, those of ddgs its source; these three have not been tried on the live services.
"""

from connectors.web_search.connector import WebSearchConnector
from connectors.web_search.settings import WebSearchSettings

__all__ = ["WebSearchConnector", "WebSearchSettings"]
