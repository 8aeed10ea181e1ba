"""Dawid–Skene: what several people's answers come to when each is as reliable as they have shown.

The fit is crowd-kit's (Apache-2.0), imported where it is used: it takes seconds to load. What
stands here is the rule when it is used, and the E-step that gives a posterior to documents with
one answer, which the fit leaves out: such an answer always agrees with itself, and would make its
giver look better than they are.

Dawid and Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm (1979);
the form with one number per person: Zhang, Chen, Zhou and Jordan, Spectral Methods Meet EM (2016).
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from labelloop.errors import MissingExtra
from labelloop.learning.arrays import Float64
from labelloop.plurals import counted

if TYPE_CHECKING:
    import pandas as pd

Rule = Literal["auto", "majority", "dawid_skene"]
Method = Literal["majority", "one_coin", "dawid_skene"]
"""``one_coin``: Dawid–Skene with one reliability per person in place of a confusion matrix."""

Votes = tuple[tuple[int, str, str], ...]
"""Document, person, and what they chose."""

ENOUGH_DOCUMENTS = 50
"""Documents with two answers or more, from which on ``auto`` weighs people. On 60 simulated ones with
two answers each the posterior labels were right in .85 against the majority's .83, on 150 and more
between level and .16 ahead."""
ENOUGH_EACH = 20
"""Answers on such documents that make a person's reliability their own; those with fewer share one."""
ENOUGH_PEOPLE = 3
"""Two people who differ can both be the one who is wrong: the model has no single solution."""
ENOUGH_PER_LABEL = 50
"""Such answers per label and person for whole confusion matrices. With fewer, the one-coin form was
ahead unless people confuse labels one way; with 50 it was .02 behind where they do, .01 ahead
elsewhere."""

_NEWCOMERS = "\0newcomers"
_ITERATIONS = 100
_LEAST = 1e-3  # an answer that was never seen is not impossible


@dataclass(frozen=True)
class Fitted:
    """Everybody's reliability, and what follows for each document.

    Attributes:
        posterior: Probability of each choice, by document.
        reliability: Estimated share of right answers by person; those with few answers on
            documents that others answered too are left out.
    """

    posterior: Mapping[int, Mapping[str, float]]
    reliability: Mapping[str, float] = field(default_factory=dict)


def choose_method(votes: Votes, rule: Rule, choices: int) -> tuple[Method, str]:
    """Which method these votes are weighed by, and why, in words.

    Args:
        votes: All votes.
        rule: The project's setting.
        choices: How many choices there are.

    Raises:
        MissingExtra: ``dawid_skene`` is asked for and crowd-kit is not installed.
    """
    if rule == "majority":
        return "majority", "the project file says majority"
    overlap = _overlaps(votes)
    regular = [count for count in overlap.people.values() if count >= ENOUGH_EACH]
    lacking = _lacking(overlap, len(regular), rule)
    if lacking:
        return "majority", lacking
    if find_spec("crowdkit") is None:
        if rule == "dawid_skene":
            raise MissingExtra(
                'consensus = "dawid_skene" needs crowd-kit', remedy="pip install crowd-kit"
            )
        return "majority", "crowd-kit is not installed (pip install crowd-kit)"
    said = f"{overlap.documents:,} documents have answers of two people or more"
    if regular and min(regular) >= ENOUGH_PER_LABEL * choices:
        return "dawid_skene", f"{said}, enough for a confusion matrix of each person"
    return "one_coin", f"{said}, enough for one reliability of each person"


@dataclass(frozen=True)
class _Overlap:
    documents: int
    people: Mapping[str, int]


def _overlaps(votes: Votes) -> _Overlap:
    """Documents with answers of two people or more, and the answers of each person on them."""
    per_document = Counter(document for document, _, _ in votes)
    people = Counter(who for document, who, _ in votes if per_document[document] > 1)
    return _Overlap(sum(count > 1 for count in per_document.values()), people)


def _lacking(overlap: _Overlap, regular: int, rule: Rule) -> str:
    """What keeps the votes from being weighed; empty where nothing does."""
    if rule == "dawid_skene":
        return "" if overlap.documents else "no document has answers of two people yet"
    if overlap.documents < ENOUGH_DOCUMENTS:
        return (
            f"{counted(overlap.documents, 'document')} with answers of two people or more,"
            f" {ENOUGH_DOCUMENTS} are needed to weigh people by their reliability"
        )
    if regular < ENOUGH_PEOPLE:
        people = "1 person has" if regular == 1 else f"{regular} people have"
        return (
            f"{people} {ENOUGH_EACH} answers on documents that others answered too,"
            f" {ENOUGH_PEOPLE} such people are needed to weigh them by their reliability"
        )
    return ""


def fit(votes: Iterable[tuple[int, str, str]], method: Method) -> Fitted:
    """Weigh the votes; the same votes in any order give the same result.

    Args:
        votes: At most one per document and person.
        method: ``one_coin`` or ``dawid_skene``.
    """
    return _fit(tuple(sorted(votes)), method)


@lru_cache(maxsize=256)  # a turn looks at the same answers half a dozen times, label by label for sets
def _fit(votes: Votes, method: Method) -> Fitted:
    import pandas as pd

    overlap = _overlaps(votes)
    regular = {who for who, count in overlap.people.items() if count >= ENOUGH_EACH}
    table = pd.DataFrame(
        [(document, who if who in regular else _NEWCOMERS, chosen) for document, who, chosen in votes],
        columns=["task", "worker", "label"],
    )
    shared = table[table.groupby("task")["task"].transform("size") > 1]
    choices = sorted({chosen for _, _, chosen in votes})
    if len(choices) < 2 or shared.empty:  # nobody ever differed, or there is nothing to compare
        return Fitted({document: {chosen: 1.0} for document, _, chosen in votes})
    fitted = _fitted(shared, method)
    priors = _shares(fitted.priors_, choices)
    errors = (
        _coins(fitted.skills_, len(choices))
        if method == "one_coin"
        else _matrices(fitted.errors_, choices)
    )
    return Fitted(_posteriors(votes, choices, priors, errors), _reliable(errors, priors, regular))


def _fitted(shared: pd.DataFrame, method: Method) -> Any:
    from crowdkit.aggregation import DawidSkene, OneCoinDawidSkene

    model = (DawidSkene if method == "dawid_skene" else OneCoinDawidSkene)(n_iter=_ITERATIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crowd-kit 1.4 calls pandas 3 in ways that pandas 4 will drop
        return model.fit(shared)


def _shares(priors: pd.Series[Any], choices: list[str]) -> Float64:
    found = priors.reindex(choices, fill_value=0.0).to_numpy(dtype=np.float64)
    found = np.maximum(found, _LEAST)
    return np.asarray(found / found.sum(), dtype=np.float64)


def _coins(skills: pd.Series[Any], k: int) -> dict[str, Float64]:
    """The matrix that one reliability stands for: all mistakes are equally likely."""
    found = {}
    for who, skill in skills.items():
        right = float(np.clip(skill, _LEAST, 1 - _LEAST))
        matrix = np.full((k, k), (1 - right) / (k - 1))
        np.fill_diagonal(matrix, right)
        found[str(who)] = matrix
    return found


def _matrices(errors: pd.DataFrame, choices: list[str]) -> dict[str, Float64]:
    """By person (said, true): probability of what they say, given what is true."""
    found = {}
    for who, rows in errors.groupby("worker"):
        table = rows.droplevel("worker").reindex(index=choices, columns=choices, fill_value=0.0)
        matrix = np.maximum(table.to_numpy(dtype=np.float64), _LEAST)
        found[str(who)] = np.asarray(matrix / matrix.sum(axis=0), dtype=np.float64)
    return found


def _posteriors(
    votes: Votes, choices: list[str], priors: Float64, errors: Mapping[str, Float64]
) -> dict[int, dict[str, float]]:
    """The E-step for every document, those with one answer too."""
    place = {chosen: number for number, chosen in enumerate(choices)}
    unknown = errors.get(_NEWCOMERS, np.mean(list(errors.values()), axis=0))
    logs: dict[int, Float64] = defaultdict(lambda: np.log(priors))
    for document, who, chosen in votes:
        logs[document] = logs[document] + np.log(errors.get(who, unknown)[place[chosen]])
    found = {}
    for document, log in logs.items():
        likely = np.exp(log - log.max())
        found[document] = dict(zip(choices, (likely / likely.sum()).tolist(), strict=True))
    return found


def _reliable(errors: Mapping[str, Float64], priors: Float64, people: Iterable[str]) -> dict[str, float]:
    return {who: float(np.diag(errors[who]) @ priors) for who in sorted(people)}
