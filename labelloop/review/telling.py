"""Which part of a long text to show first: where words of the labels stand closest. Pure.

Words of all labels count alike, never those of the suggested one: a blind question must not
betray its suggestion, and a shown one must not hide what speaks against it.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    looked = text[:_READ]
    met = [
        (found.start(), stem, words[stem])
        for found in _WORD.finditer(looked)
        if (stem := _stem(found[0])) in words
    ]
    breaks = [found.end() for found in _SENTENCE.finditer(looked)]
    starts = dict.fromkeys([0, *(_sentence_before(looked, place, breaks) for place, _, _ in met)])
    begin, best = 0, 0.0
    for start, worth in _worths(met, starts, shown):
        if worth > best * 1.001 or not start:  # on a tie the earlier one, not that of a rounding
            begin, best = start, worth
    return begin, _end(text, begin + shown)


def _worths(
    met: Sequence[tuple[int, str, float]], starts: Iterable[int], shown: int
) -> Iterator[tuple[int, float]]:
    """What the part from each start on is worth. Starts ascend: each word comes and goes once."""
    times: Counter[str] = Counter()
    worth = 0.0
    first = last = 0
    for start in starts:
        while last < len(met) and met[last][0] < start + shown:
            _, stem, weight = met[last]
            worth += math.ldexp(weight, -times[stem])
            times[stem] += 1
            last += 1
        while first < last and met[first][0] < start:
            _, stem, weight = met[first]
            times[stem] -= 1
            worth -= math.ldexp(weight, -times[stem])
            first += 1
        if first == last:
            worth = 0.0  # without what roundings left
        yield start, worth


def _sentence_before(text: str, place: int, breaks: Sequence[int]) -> int:
    """Where the sentence begins that has this place; not far before it. Ascends with the place."""
    earliest = max(0, place - _LEAD)
    number = bisect_right(breaks, place)
    if number and breaks[number - 1] >= earliest:
        return breaks[number - 1]
    if not earliest:
        return 0
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
