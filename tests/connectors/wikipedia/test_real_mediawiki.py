"""The connector against a real MediaWiki: ``pytest -m mediawiki``.

It needs Debian's packages mediawiki, php-cli, php-sqlite3, php-curl, php-intl, php-mbstring
and php-xml; the wiki is installed into a temporary folder and lives as long as the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from labelloop.errors import SourceMisconfigured

pytestmark = pytest.mark.mediawiki

SCRIPT = Path(__file__).parents[4] / "shared" / "servers" / "mediawiki.sh"
STAR = """Astronomy topic 1 is a subject in Astronomy with the number 1. \
It was described in 1910 by Jane Doe.

History
The history of topic 1 has two parts. It started in 1910.

Early years
Early work on Astronomy used simple tools. See Astronomy topic 2.

Uses
First use of topic 1
Second use of topic 1"""


class RealWiki:
    """A MediaWiki with the script's sample pages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.api_url = f"http://127.0.0.1:{self.port}/w/api.php"

    def start(self) -> None:
        """Start it; on a running wiki: take in what was written since."""
        with (self.folder / "start.log").open("ab") as log:
            subprocess.run(
                ["bash", str(SCRIPT), str(self.port), str(self.folder)],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=120,
            )

    def edit(self, title: str, text: str) -> None:
        """Save a further revision of a page, or a new page."""
        seeds = self.folder / "seed"
        number = 1 + len([*seeds.glob(f"{title}.wiki"), *seeds.glob(f"{title}@*.wiki")])
        (seeds / (f"{title}@{number}.wiki" if number > 1 else f"{title}.wiki")).write_text(text)
        self.start()

    def stop(self) -> None:
        subprocess.run(["bash", str(SCRIPT), "stop", str(self.folder)], check=False, timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def real(request, tmp_path_factory):
    if "mediawiki" not in (request.config.getoption("-m") or ""):
        pytest.skip("starts a real MediaWiki: run with -m mediawiki")
    if not SCRIPT.exists():
        pytest.skip("../shared/servers/mediawiki.sh is not there")
    if not (shutil.which("php") and Path("/usr/share/mediawiki").exists()):
        pytest.skip("php and mediawiki are not installed; the head of mediawiki.sh names the packages")
    wiki = RealWiki(tmp_path_factory.mktemp("mediawiki"))
    try:
        wiki.start()
        yield wiki
    finally:
        wiki.stop()


@pytest.fixture(scope="session")
def without_extracts(real):
    """The address of the same wiki without the extension TextExtracts."""
    port = free_port()
    root = real.folder / "root"
    server = subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", "-t", str(root)],
        env=os.environ
        | {"MW_NO_EXTRACTS": "1", "MW_PORT": str(port), "MW_INSTALL_PATH": str(root / "w")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/w/api.php"
    try:
        for _ in range(100):
            try:
                urlopen(f"{address}?action=query&meta=siteinfo&format=json", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def read(source, cursor=None):
    batches = list(source.batches(cursor))
    documents = [document for batch in batches for document in batch.documents]
    return documents, json.loads(json.dumps(batches[-1].cursor)), batches[-1]


def test_categories_in_a_cycle(real, source):
    """Science > Biology > Chemistry > Science, and Science > Astronomy."""
    counts = {}
    for depth in (0, 1, 2, 9):
        documents, _, last = read(source(real.api_url, categories=["Science"], depth=depth))
        counts[depth] = len(documents)
        assert last.skipped["disambiguation page"] == 1  # Mercury
        assert len({document.external_id for document in documents}) == len(documents)
    assert counts[0] == 0
    assert counts[0] < counts[1] < counts[2] == counts[9]
    assert last.skipped["no text"] == 1  # Stub
    assert {"Astronomy topic 1", "Jane Doe", "Zürich – 東京 (naïve)"} <= {row.title for row in documents}


def test_redirect_disambiguation_stub_and_no_page(real, source):
    titles = [
        "Star science",
        "Astronomy topic 1",
        "Mercury",
        "Stub",
        "No such page",
        "a<b",
        "Special:Version",
    ]
    (star,), _, last = read(source(real.api_url, titles=titles))
    assert star.text == STAR
    assert star.title == "Astronomy topic 1"
    assert star.url.startswith(f"http://127.0.0.1:{real.port}/wiki/Astronomy_topic_1?oldid=")
    with urlopen(star.url) as answer:
        assert "The history of topic 1 has two parts." in answer.read().decode()
    assert last.skipped == {"disambiguation page": 1, "no text": 1}
    assert {row.place: row.reason for row in last.rejected} == {
        "title 'No such page'": "no such page",
        "title 'a<b'": "not a possible title",
        "title 'Special:Version'": "no such page",
    }


def test_a_title_in_many_scripts(real, source):
    (page,), _, _ = read(source(real.api_url, titles=["Zürich – 東京 (naïve)"]))
    assert page.text == "Zürich und 東京 — naïve café. Parsed branch."
    with urlopen(page.url) as answer:
        assert "Parsed branch." in answer.read().decode()


def test_an_edit_between_two_runs(real, source):
    real.edit("Tide", "First text of the tide.\n[[Category:Oceans]]")
    real.edit("Wave", "The wave stays.\n[[Category:Oceans]]")
    connector = source(real.api_url, categories=["Oceans"])
    first, cursor, _ = read(connector)
    assert {row.text for row in first} == {"First text of the tide.", "The wave stays."}
    nothing, cursor, last = read(connector, cursor)
    assert (nothing, last.unchanged) == ([], 2)
    real.edit("Tide", "Second text of the tide.\n[[Category:Oceans]]")
    (changed,), cursor, last = read(connector, cursor)
    assert changed.text == "Second text of the tide."
    before = next(row for row in first if row.title == "Tide")
    assert changed.external_id == before.external_id
    assert int(changed.revision) > int(before.revision)
    assert last.unchanged == 1
    nothing, _, last = read(connector, cursor)
    assert (nothing, last.unchanged) == ([], 2)


def test_sections_of_a_page(real, source):
    documents, _, _ = read(source(real.api_url, titles=["Biology topic 3"], unit="section"))
    assert [row.metadata["heading_path"] for row in documents] == [
        [], ["History"], ["History", "Early years"], ["Uses"],
    ]  # fmt: skip
    assert documents[3].text == "First use of topic 3\nSecond use of topic 3"
    assert documents[2].external_id.endswith("#History/Early years")
    assert documents[2].url.endswith("#Early_years")


def test_introductions_by_search(real, source):
    documents, cursor, _ = read(source(real.api_url, search=["described"], unit="introduction"))
    assert len(documents) == 24  # three subjects of eight pages
    assert all("History" not in row.text and "It was described in" in row.text for row in documents)
    again, _, last = read(source(real.api_url, search=["described"], unit="introduction"), cursor)
    assert (again, last.unchanged) == ([], 24)


@pytest.mark.parametrize("unit", ["article", "introduction", "section"])
def test_without_textextracts_the_texts_are_the_same(real, without_extracts, source, unit):
    about = {"titles": ["Astronomy topic 1", "Jane Doe", "Stub", "Zürich – 東京 (naïve)"], "unit": unit}
    extracted, _, last = read(source(real.api_url, **about))
    parsed, cursor, parsed_last = read(source(without_extracts, **about))
    assert {row.external_id: row.text for row in parsed} == {
        row.external_id: row.text for row in extracted
    }
    assert {row.external_id: row.revision for row in parsed} == {
        row.external_id: row.revision for row in extracted
    }
    assert parsed_last.skipped == last.skipped == {"no text": 1}
    assert read(source(without_extracts, **about), cursor)[0] == []


def test_an_unknown_category_and_what_check_says(real, source):
    with pytest.raises(SourceMisconfigured, match="no category 'Alchemy'"):
        source(real.api_url, categories=["Science", "Alchemy"]).check()
    summary = source(real.api_url, categories=["category:science"], search=["described"]).check().summary
    assert summary.endswith("category 'Science': 1 page, 2 subcategories; search 'described': 24 pages")
    assert summary.startswith("TestWiki (MediaWiki 1.")


def test_an_address_beside_the_api(real, source):
    beside = real.api_url.replace("api.php", "index.php")
    with pytest.raises(SourceMisconfigured, match=r"an api_url ends in api\.php"):
        source(beside, titles=["Stub"]).check()
