"""One decision per document: by majority or by reliability, for one label each or label by label.

Sets of labels are decided label by label, each a question with the answers yes and no.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from labelloop.label_sets import read, written
from labelloop.learning.dawid_skene import Fitted, Method, Rule, Votes, choose_method, fit
from labelloop.records import Answer

LIKELY_ENOUGH = 0.7
"""Posterior from which on a label counts: on simulated answers of three to five people labels above
it were right in .90 to .98, those below in about half. The others are asked again."""
ENOUGH_YES = 20
"""Documents to which somebody gave a label, among those with several answers, from which on people
are weighed for it: of a rare label nearly all answers are no, and everybody looks reliable."""

_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Weighing:
    """How answers are weighed: what the project asks for, and what came of it.

    Attributes:
        rule: The project's setting.
        multi_label: Answers are sets of labels.
        method: What was used.
        reason: Why, in words.
        reliability: Estimated share of right answers by person; empty by majority.
    """

    rule: Rule = "auto"
    multi_label: bool = False
    method: Method = "majority"
    reason: str = ""
    reliability: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """What the answers on one document come to.

    Attributes:
        labels: In alphabetical order; None where nothing is decided.
        agreement: Share of the answers that say so, of sets their mean overlap (Jaccard) with it;
            or its posterior probability, of sets that of the least likely label (0 to 1).
        differ: Not all answers are the same.
        settled: An adjudicator's word.
    """

    labels: tuple[str, ...] | None
    agreement: float
    differ: bool
    settled: bool = False


Given = Mapping[int, Sequence[Answer]]


def weigh(given: Given, asked_for: Weighing) -> tuple[dict[int, Decided], Weighing]:
    """A decision for each document, and how it was come to.

    Args:
        given: The answers that count, by document; at least one each.
        asked_for: The rule, and whether answers are sets.
    """
    questions = _questions(given, asked_for.multi_label)
    choices = 2 if asked_for.multi_label else len({said for _, _, said in questions.get("", ())})
    everybody = tuple((n, one.annotator, "") for n, answers in given.items() for one in answers)
    method, reason = choose_method(everybody, asked_for.rule, max(2, choices))
    weighed = replace(asked_for, method=method, reason=reason)
    fits = {label: _fit(votes, method, label) for label, votes in questions.items()}
    if asked_for.multi_label and method != "majority":  # decided label by label, as _fit does
        weighed = _of_sets(weighed, fits)
    decided = {
        document: _settled(answers) or _decide(document, answers, fits, asked_for.multi_label)
        for document, answers in given.items()
    }
    return decided, replace(weighed, reliability=_mean_reliability(fits.values()))


def _of_sets(weighed: Weighing, fits: Mapping[str, Fitted | None]) -> Weighing:
    """How sets were really decided: people are weighed for the labels that enough of them gave."""
    known = sum(one is not None for one in fits.values())
    if not known:
        few = f"no label stands in {ENOUGH_YES} documents with several answers"
        return replace(weighed, method="majority", reason=few)
    said = f"{known} of {len(fits)} labels by a confusion matrix of each person, the others by majority"
    return replace(weighed, method="dawid_skene", reason=said)


def _questions(given: Given, multi_label: bool) -> dict[str, Votes]:
    """The votes of each question: one question without a name, or one for each label."""
    everything = [(n, one.annotator, one.labels) for n, answers in given.items() for one in answers]
    if not multi_label:
        return {"": tuple((n, who, written(said)) for n, who, said in everything)}
    labels = sorted({label for _, _, said in everything for label in said})
    return {
        label: tuple((n, who, _YES if label in said else _NO) for n, who, said in everything)
        for label in labels
    }


def _fit(votes: Votes, method: Method, label: str) -> Fitted | None:
    """None where the majority decides."""
    if method == "majority":
        return None
    if label:  # one of several: yes or no, for which people err in two ways
        several = Counter(document for document, _, _ in votes)
        yes = {n for n, _, said in votes if said == _YES and several[n] > 1}
        return fit(votes, "dawid_skene") if len(yes) >= ENOUGH_YES else None
    return fit(votes, method)


def _settled(answers: Sequence[Answer]) -> Decided | None:
    """The newest word of an adjudicator, where there is one."""
    final = [answer for answer in answers if answer.settles]
    if not final:
        return None
    newest = max(final, key=lambda answer: (answer.given_at, answer.annotator))
    said = tuple(sorted(newest.labels))
    return Decided(said, 1.0, any(tuple(sorted(one.labels)) != said for one in answers), settled=True)


def _decide(
    document: int, answers: Sequence[Answer], fits: Mapping[str, Fitted | None], multi_label: bool
) -> Decided:
    said = [tuple(sorted(answer.labels)) for answer in answers]
    differ = len(set(said)) > 1
    if not multi_label:
        winner, share = _winner([written(one) for one in said], fits[""], document)
        # A single answer of somebody unreliable is asked again, though nobody disagrees.
        return Decided(None if winner is None else read(winner), share, differ or winner is None)
    return _decide_set(document, said, fits, differ)


def _decide_set(
    document: int, said: Sequence[tuple[str, ...]], fits: Mapping[str, Fitted | None], differ: bool
) -> Decided:
    """Label by label; nothing is decided where one label is not."""
    found = {
        label: _winner([_YES if label in one else _NO for one in said], fitted, document)
        for label, fitted in fits.items()
    }
    labels = tuple(label for label, (winner, _) in found.items() if winner == _YES)
    posteriors = [share for label, (_, share) in found.items() if fits[label]]
    overlap = sum(_overlap(one, labels) for one in said) / len(said)
    undecided = any(winner is None for winner, _ in found.values())
    agreement = min(posteriors, default=overlap)
    return Decided(None if undecided else labels, agreement, differ or undecided)


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0


def _winner(votes: Sequence[str], fitted: Fitted | None, document: int) -> tuple[str | None, float]:
    """The choice that wins with its share or posterior; None on a tie, or where it is not likely."""
    if fitted is None:
        counted = Counter(votes)
        chosen, most = min(counted.items(), key=lambda vote: (-vote[1], vote[0]))
        tie = list(counted.values()).count(most) > 1
        return (None if tie else chosen), most / len(votes)
    posterior = fitted.posterior[document]
    chosen, probability = min(posterior.items(), key=lambda one: (-one[1], one[0]))
    return (chosen if probability >= LIKELY_ENOUGH else None), probability


def _mean_reliability(fits: Iterable[Fitted | None]) -> dict[str, float]:
    """By person, the mean over the questions."""
    found: dict[str, list[float]] = {}
    for fitted in fits:
        for who, value in fitted.reliability.items() if fitted else ():
            found.setdefault(who, []).append(value)
    return {who: sum(values) / len(values) for who, values in sorted(found.items())}
