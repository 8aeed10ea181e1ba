"""Articles of Wikipedia, or of any other MediaWiki, by title, category or search.

It does not retry (the stage that runs it does), store, or judge a text's length or language.
"""

from connectors.wikipedia.connector import WikipediaConnector
from connectors.wikipedia.settings import WikipediaSettings

__all__ = ["WikipediaConnector", "WikipediaSettings"]
