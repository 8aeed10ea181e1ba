from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.wikipedia.text import Section, article, from_html, introduction, sections, tidy


def test_sections_follow_the_headings():
    found = sections("Intro.\n\n\n== A ==\na\n\n\n=== B ===\nb\n\n\n==== C ====\nc\n\n\n== D ==\nd")
    assert found == [
        Section((), "Intro."),
        Section(("A",), "a"),
        Section(("A", "B"), "b"),
        Section(("A", "B", "C"), "c"),
        Section(("D",), "d"),
    ]


def test_a_level_left_out_does_not_break_the_path():
    found = sections("== A ==\n==== C ====\nc\n=== B ===\nb")
    assert [section.path for section in found] == [(), ("A",), ("A", "C"), ("A", "B")]


def test_an_article_that_opens_with_a_heading_has_no_introduction():
    assert introduction("== A ==\ntext") == ""
    assert article("== A ==\ntext") == "A\ntext"


def test_headings_with_nothing_below_are_left_out():
    text = "Intro.\n\n\n== A ==\n\n\n=== B ===\nb\n\n\n== References ==\n\n\n== External links ==\n"
    assert article(text) == "Intro.\n\nA\n\nB\nb"


def test_equal_signs_in_the_text_are_no_headings():
    formula = "a == b and c === d\nx == 3"
    assert sections(formula) == [Section((), formula)]


def test_html_becomes_what_the_extract_would_be():
    html = """<div class="mw-parser-output"><style>.a{}</style>
    <div class="hatnote">For the planet, see there.</div>
    <table class="infobox"><tbody><tr><th>Name</th></tr></tbody></table>
    <p><b>Solar</b> power
    is heat.<sup class="reference"><a href="#1">[1]</a></sup></p>
    <div class="mw-heading mw-heading2"><h2 id="Uses">Uses</h2>
      <span class="mw-editsection">[edit]</span></div>
    <ul><li>Roofs</li>
    <li>Fields<ul><li>South</li></ul></li></ul>
    <figure><figcaption>A roof.</figcaption></figure>
    <h3><span class="mw-headline">Costs <i>today</i></span></h3>
    <dl><dt>Cells</dt><dd>Cheap</dd></dl>
    <div class="navbox"><p>More on energy</p></div>
    <h2>References</h2><ol class="references"><li>Book</li></ol></div>"""
    text = from_html(html)
    assert article(text) == (
        "Solar power is heat.\n\nUses\nRoofs\nFields\nSouth\n\nCosts today\nCells\nCheap"
    )
    assert [section.path for section in sections(text)][1:] == [
        ("Uses",),
        ("Uses", "Costs today"),
        ("References",),
    ]


def test_a_page_of_templates_only_has_no_text():
    assert article(from_html('<table class="infobox"><tr><td>x</td></tr></table>')) == ""


@given(st.text(alphabet="= ab\n\t", max_size=200))
def test_nothing_but_headings_and_space_is_lost(text):
    kept = "".join(section.text for section in sections(text))
    headings = [line for line in tidy(text).splitlines() if line.startswith("==")]
    for letter in "ab":
        assert kept.count(letter) >= text.count(letter) - sum(line.count(letter) for line in headings)


@given(st.text(max_size=300))
def test_tidy_is_stable(text):
    assert tidy(tidy(text)) == tidy(text)
