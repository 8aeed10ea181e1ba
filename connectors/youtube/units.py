"""Cues to pieces of text with a place in time: windows, sentences, the whole. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from connectors.youtube.cues import Cue
from connectors.youtube.settings import Unit

TAIL = 0.25
"""A last window shorter than this share of a window joins the one before: it says too little alone."""


APART = 10.0
"""Seconds between two moments of a piece at least: an hour of speech keeps 360 of them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What becomes one document.

    Attributes:
        key: Its name within the video, stable for the same captions and settings; empty for
            the whole video.
        start: Seconds, of the cue in which it begins.
        end: Seconds, of the cue in which it ends.
        text: Never empty.
        moments: When its parts are said: (characters into the text, seconds), ascending. The
            first is its beginning; from then on one after every ``APART`` seconds.
    """

    key: str
    start: float
    end: float
    text: str
    moments: tuple[tuple[int, float], ...] = ()


def cut(cues: Sequence[Cue], unit: Unit, seconds: float) -> list[Piece]:
    """Cut cues (in order of time) into pieces; every word lands in exactly one."""
    if not cues:
        return []
    if unit == "window":
        return windows(cues, seconds)
    return sentences(cues, seconds) if unit == "sentence" else [_piece("", cues)]


def windows(cues: Sequence[Cue], seconds: float) -> list[Piece]:
    """Stretches of about ``seconds``, each beginning with a cue; silence makes no window.

    A window takes every cue that begins less than ``seconds`` after its first. Cues are
    never cut, so a window is as much longer as its last cue is.
    """
    groups = _grouped(cues, seconds)
    if len(groups) > 1 and groups[-1][-1].end - groups[-1][0].start < TAIL * seconds:
        groups[-2:] = [groups[-2] + groups[-1]]
    return [_piece(f"w{seconds:g}-{number}", group) for number, group in enumerate(groups)]


def _grouped(cues: Sequence[Cue], seconds: float) -> list[list[Cue]]:
    groups: list[list[Cue]] = []
    for cue in cues:
        if groups and cue.start - groups[-1][0].start < seconds:
            groups[-1].append(cue)
        else:
            groups.append([cue])
    return groups


def _piece(key: str, cues: Sequence[Cue]) -> Piece:
    text = " ".join(cue.text for cue in cues)
    return Piece(key, cues[0].start, cues[-1].end, text, _moments(cues, _begins(cues)))


def _begins(cues: Sequence[Cue]) -> list[int]:
    """Where each cue begins in their text."""
    return list(accumulate((len(cue.text) + 1 for cue in cues), initial=0))[:-1]


def _moments(cues: Sequence[Cue], begins: Sequence[int]) -> tuple[tuple[int, float], ...]:
    """Of cues that begin at these places; none is named that lies close behind another."""
    kept: list[tuple[int, float]] = []
    for cue, begin in zip(cues, begins, strict=True):
        if not kept or cue.start - kept[-1][1] >= APART:
            kept.append((max(0, begin), cue.start))
    return tuple(kept)


# --- sentences -------------------------------------------------------------------------

# A full stop ends a sentence when a space and no small letter follow; the wide ones always do.
_SENTENCE_END = re.compile(r"""[.!?…]+["'”’»)\]]*(?=\s+(?![a-zà-öø-ÿа-яα-ω]))|[。！？]+[」』”’]*""")
_ABBREVIATION = re.compile(
    r"(?:^|\s|\()(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|No|vs|e\.g|i\.e|etc|approx|z\.B|d\.h|bzw|ca|Nr)\.$",
    re.IGNORECASE,
)


def sentence_ends(text: str) -> list[int]:
    """Offsets after each sentence of ``text``, the last one being its length."""
    ends = [
        stop.end()
        for stop in _SENTENCE_END.finditer(text)
        if not _ABBREVIATION.search(text, max(0, stop.start() - 12), stop.end())
    ]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return ends


def sentences(cues: Sequence[Cue], seconds: float) -> list[Piece]:
    """Sentences; what runs longer than ``seconds`` (no punctuation) is cut there, between cues."""
    text = " ".join(cue.text for cue in cues)
    begins = _begins(cues)
    spans = _bounded(sentence_ends(text), cues, begins, seconds)
    pieces: list[Piece] = []
    for begin, end, first, last in spans:
        words = text[begin:end].strip()
        if words:
            begun = begin + text[begin:end].index(words[0])
            within = slice(first, last + 1)
            moments = _moments(cues[within], [place - begun for place in begins[within]])
            pieces.append(Piece(f"s{len(pieces)}", cues[first].start, cues[last].end, words, moments))
    return pieces


def _bounded(
    ends: Sequence[int], cues: Sequence[Cue], begins: Sequence[int], seconds: float
) -> Iterator[tuple[int, int, int, int]]:
    """Spans (begin, end, first cue, last cue), cut where one grows longer than ``seconds``."""
    begin, first, stops = 0, 0, iter(ends)
    stop = next(stops)
    for number, cue in enumerate(cues):
        cue_end = begins[number] + len(cue.text)
        if begins[number] > begin and cue.start - cues[first].start >= seconds:
            yield begin, begins[number], first, number - 1
            begin, first = begins[number], number
        while stop <= cue_end:
            yield begin, stop, first, number
            begin, first = stop, number if stop < cue_end else number + 1
            following = next(stops, None)
            if following is None:
                return
            stop = following
