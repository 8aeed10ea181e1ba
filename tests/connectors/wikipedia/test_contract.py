"""The connector keeps the contract of all connectors, in every way it reads."""

from pathlib import Path

import pytest

from connectors.testing import ConnectorContract
from connectors.wikipedia import WikipediaConnector


class TestArticles(ConnectorContract):
    connector = WikipediaConnector
    unit = "article"

    @pytest.fixture(autouse=True)
    def _served(self, wiki, server):
        wiki.add("Category:C", ns=14, categories=("C",))  # a cycle of one
        wiki.add("Mercury", "may be", categories=("C",), disambiguation=True)
        for number in range(5):
            text = f"Words {number}.\n\n\n== More ==\nOf {number}." if number != 2 else ""
            wiki.add(f"Page {number}", text, categories=("C",))
        wiki.add("Elsewhere", "Words.\n\n\n== More ==\nElsewhere.")
        self.server = server

    def working(self, folder: Path):
        return {
            "contact": "ops@example.org",
            "api_url": self.server.api_url,
            "delay": 0,
            "unit": self.unit,
            "titles": ["Elsewhere", "Nope"],
            "categories": ["C"],
            "depth": 3,
            "search": ["Words"],
        }

    def broken(self, folder: Path):
        return self.working(folder) | {"categories": ["Nonsense"]}


class TestIntroductions(TestArticles):
    unit = "introduction"


class TestWithoutTextExtracts(TestArticles):
    @pytest.fixture(autouse=True)
    def _lacking(self, wiki, _served):
        wiki.has_extracts = False


class TestSections(TestArticles):
    """The sections of a page stay together: a page of two fills a batch of two."""

    unit = "section"
