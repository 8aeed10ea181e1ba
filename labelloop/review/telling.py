"""Which part of a long text to show first: where words of the labels stand closest. Pure.

Words of all labels count alike, never those of the suggested one: a blind question must not
betray its suggestion, and a shown one must not hide what speaks against it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

LONG = 1400
"""Characters from which on a text is folded."""

SHOWN = 1000
"""Characters of it that are shown first."""

_READ = 200_000  # characters looked at; the rest of a book is a key away
_LEAD = 150  # characters before the first telling word, so that one sees where it stands
_STEM = 5  # letters that tell words apart: 'turbine' and 'turbines' are one
_WORD = re.compile(r"\w{2,}")
_SHORT = 3  # letters of 'and', 'for', 'the': in a description they tell nothing, in a name they may
_SENTENCE = re.compile(r"(?<=[.!?…。])\s+|\n+")


def telling_words(labels: Mapping[str, str]) -> dict[str, float]:
    """Weights of the words in names and descriptions; those of every label weigh nothing.

    As in TF-IDF the weight is log(labels / labels that have the word); of a name twice that.
    """
    named = [_stems(name) for name in labels]
    said = [
        own | {stem for stem in _stems(described) if len(stem) > _SHORT}
        for own, described in zip(named, labels.values(), strict=True)
    ]
    spread = Counter(stem for stems in said for stem in stems)
    names = set().union(*named) if named else set()
    weights = {
        stem: math.log(len(said) / count) * (2 if stem in names else 1) for stem, count in spread.items()
    }
    return {stem: weight for stem, weight in weights.items() if weight > 0}


def telling_part(text: str, words: Mapping[str, float], *, shown: int = SHOWN) -> tuple[int, int]:
    """Begin and end (characters) of the part of about ``shown`` characters that tells most.

    The beginning where no telling word stands anywhere, or no part tells more than it does.
    A word that comes again in a part adds half as much each time.
    """
    met = [
        (found.start(), stem, words[stem])
        for found in _WORD.finditer(text[:_READ])
        if (stem := _stem(found[0])) in words
    ]
    begin, best = 0, _worth(met, 0, shown)
    for place, _, _ in met:
        start = _sentence_before(text, place)
        worth = _worth(met, start, start + shown)
        if worth > best * 1.001:  # on a tie the earlier one, not the one of another rounding
            begin, best = start, worth
    return begin, _end(text, begin + shown)


def _worth(met: list[tuple[int, str, float]], begin: int, end: int) -> float:
    times: Counter[str] = Counter()
    worth = 0.0
    for place, stem, weight in met:
        if begin <= place < end:
            worth += weight / 2 ** times[stem]
            times[stem] += 1
    return worth


def _sentence_before(text: str, place: int) -> int:
    """Where the sentence begins that has this place; not far before it."""
    earliest = max(0, place - _LEAD)
    breaks = [found.end() for found in _SENTENCE.finditer(text, earliest, place)]
    if breaks or not earliest:
        return breaks[-1] if breaks else 0
    space = text.find(" ", earliest, place)
    return space + 1 if space >= 0 else place


def _end(text: str, place: int) -> int:
    """The last space before, so that no word is cut; a giant word is."""
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - SHOWN // 2, place)
    return space if space > 0 else place


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text)}


def _stem(word: str) -> str:
    return word.casefold()[:_STEM]
