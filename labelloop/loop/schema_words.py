"""What a change of the labels would do, in words for terminal and page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelloop.plurals import counted, counted_do

if TYPE_CHECKING:
    from labelloop.loop.schema import Preview


def in_words(seen: Preview) -> list[str]:
    """A preview line by line: the change and the labels after it, then what it touches."""
    lines = [f"{seen.change.for_people()}; the labels are then: {', '.join(seen.after)}"]
    lines += [
        f"{counted_do(count, 'answer', 'give')} {label!r}" for label, count in seen.answers.items()
    ]
    lines += [
        f"{counted_do(count, 'answer', 'become')} {label!r}" for label, count in seen.become.items()
    ]
    if seen.again:
        lines.append(
            f"{seen.again:,} cannot be decided: {counted(seen.documents, 'document')} asked again"
        )
    if seen.suggestions:
        lines.append(
            f"{counted_do(seen.suggestions, 'open question', 'get')} another suggestion, or none"
        )
    if seen.models:
        champion = f", the champion {seen.champion} among them" if seen.champion else ""
        lines.append(f"{counted(seen.models, 'model')} under the new labels from then on{champion}")
    return lines
