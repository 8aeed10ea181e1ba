"""What the documents of each source are like: lengths, languages, duplicates."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """The stored documents of one source.

    Attributes:
        exact_duplicates: Documents with the text of an earlier one, of any source.
        near_duplicates: Documents that say what an earlier one says, but for small edits.
        median_characters: Of the present texts.
        languages: Number of documents by detected language; ``unknown`` where it was not told.
    """

    source: str
    documents: int
    exact_duplicates: int
    near_duplicates: int
    median_characters: int
    languages: dict[str, int]


_COUNTS = """
    SELECT d.source, count(*), count(d.duplicate_of),
           count(CASE WHEN o.content_hash = d.content_hash THEN 1 END),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY length(r.text))
    FROM documents AS d
    JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash
    LEFT JOIN documents AS o ON o.document_id = d.duplicate_of
    GROUP BY d.source ORDER BY d.source
"""
_LANGUAGES = """
    SELECT source, coalesce(language, 'unknown'), count(*) FROM documents
    GROUP BY source, coalesce(language, 'unknown') ORDER BY count(*) DESC
"""
_TEXTS = """
    SELECT r.text FROM documents AS d
    JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash
    WHERE d.source = $source ORDER BY d.document_id DESC LIMIT $limit
"""


def by_source(tx: Transaction) -> list[SourceQuality]:
    """Every source that has documents, by name."""
    languages: dict[str, dict[str, int]] = {}
    for source, language, count in tx.rows(_LANGUAGES):
        languages.setdefault(source, {})[language] = count
    return [
        SourceQuality(source, documents, exact, duplicates - exact, int(median), languages[source])
        for source, documents, duplicates, exact, median in tx.rows(_COUNTS)
    ]


def newest_texts(tx: Transaction, source: str, limit: int) -> list[str]:
    """Present texts of the newest documents of a source."""
    return [text for (text,) in tx.rows(_TEXTS, {"source": source, "limit": limit})]
