"""A new document, or a second opinion on one that has a label: which brings more for one answer.

The question of ActiveLab (Goh and Mueller 2023), answered by expected gain in labels. With e the share
of wrong answers, q the probability that a document's label is wrong, and w the harm of a wrong label
in labels (one that is right counts 1):

    a new document       (1 - e) - w e
    a second opinion     w q (1 - e) - (1 - q) e

for where the second person disagrees, the label is gone until a third decides, and that third answer
is worth what a new document is. q is what is left of the people's own sureness once the model's
out-of-fold probability is weighed in (both taken as independent).

The share of wrong answers comes from people alone. A calibrated model cannot tell it: its probabilities
explain the labels as they are, mistakes included, so that the slope of the likelihood in e at 0 is
zero on average whatever the labels are worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labelloop.label_sets import written
from labelloop.records import Answer

HARM = 1.0
"""What a wrong label costs, in right ones."""
MOST_PEOPLE = 5
"""Answers on a document from which on nobody else is asked: an adjudicator decides."""
_PRIOR_PAIRS = 20.0
_PRIOR_DIFFERING = 1.0
"""Before people overlap, one pair in twenty is taken to differ: about one answer in forty wrong."""


@dataclass(frozen=True)
class ErrorRate:
    """How often an answer is wrong.

    Attributes:
        value: Share of wrong answers (0 to 1 - 1/k), the prior weighed in.
        pairs: Pairs of answers of two people on one document that it comes from.
        differing: Of these, the ones that differ.
    """

    value: float
    pairs: int
    differing: int


def error_rate(answers: Iterable[Answer], choices: int) -> ErrorRate:
    """Share of wrong answers, from pairs of independent answers on one document.

    Two people who are wrong at rate e, each other answer alike, agree with probability
    (1 - e)^2 + e^2 / (k - 1). Answers of the lane ``relabel`` do not count: these documents were
    chosen because an answer looked wrong.

    Args:
        answers: Those that count.
        choices: k, how many answers there are to choose from.
    """
    by_document: dict[int, list[str]] = defaultdict(list)
    for answer in answers:
        if answer.lane != "relabel" and not answer.settles:
            by_document[answer.document_id].append(written(answer.labels))
    pairs = differing = 0
    for said in by_document.values():
        for place, one in enumerate(said):
            pairs += len(said) - place - 1
            differing += sum(one != other for other in said[place + 1 :])
    share = (differing + _PRIOR_DIFFERING) / (pairs + _PRIOR_PAIRS)
    return ErrorRate(_rate_of(share, max(2, choices)), pairs, differing)


def _rate_of(differing: float, k: int) -> float:
    """e from 2 e - e^2 k / (k - 1) = differing, the smaller root; people who guess at the most."""
    guessing = (k - 1) / k
    root = 1 - min(1.0, differing / guessing)
    return float(guessing * (1 - root**0.5))


def sureness(agreeing: float, error: float, choices: int) -> float:
    """Probability that a label is right by people alone.

    Args:
        agreeing: Answers for it less those for the next.
        error: Share of wrong answers.
        choices: k.
    """
    k = max(2, choices)
    error = min(max(error, 1e-6), (k - 1) / k)
    odds = ((1 - error) * (k - 1) / error) ** agreeing
    return float(odds / (odds + k - 1))


def wrong_probability(sure: float, probability: float | None, choices: int) -> float:
    """q: probability that a label is wrong, given people and model.

    Args:
        sure: By people alone.
        probability: Of the label by a head that never saw the document; None where there is none.
        choices: k.
    """
    if probability is None:
        return 1 - sure
    others = (1 - sure) * (1 - probability) / max(1, choices - 1)
    return float(others / max(others + sure * probability, 1e-12))


def gain_of_new(error: float, harm: float = HARM) -> float:
    """Expected gain of asking a new document, in right labels."""
    return (1 - error) - harm * error


def gain_of_second(wrong: float, error: float, harm: float = HARM) -> float:
    """Expected gain of asking one more person about a document whose label is wrong with ``wrong``."""
    return harm * wrong * (1 - error) - (1 - wrong) * error


@dataclass(frozen=True)
class Labelled:
    """A document with a label, as seen by who chooses.

    Attributes:
        agreeing: Answers for its label less those for the next.
        answers: All of them.
        posterior: Of the label where people are weighed by their reliability, else None.
        probability: Of the label by a head that never saw the document, else None.
    """

    agreeing: float
    answers: int
    posterior: float | None = None
    probability: float | None = None


def worth_asking(
    labelled: Mapping[int, Labelled], *, error: float, choices: int, harm: float = HARM
) -> dict[int, float]:
    """Documents for which a second opinion brings more than a new document, with its gain.

    A label that two people agree on, and nobody contradicts, is not asked for again.

    Args:
        labelled: By document.
        error: Share of wrong answers.
        choices: k.
        harm: Of a wrong label, in right ones.
    """
    least = gain_of_new(error, harm)
    found = {}
    for document, one in labelled.items():
        agreed = one.answers > 1 and one.agreeing >= one.answers
        if agreed or one.answers >= MOST_PEOPLE:
            continue
        sure = sureness(one.agreeing, error, choices) if one.posterior is None else one.posterior
        gain = gain_of_second(wrong_probability(sure, one.probability, choices), error, harm)
        if gain > least:
            found[document] = gain
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
