import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from labelloop.learning.uncertainty import entropy, least_confidence, margin

_WEIGHTS = arrays(
    np.float32, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9),
    elements=st.floats(0.125, 1, width=32),
)  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "sure", "even"), [(least_confidence, 0, 2 / 3), (margin, 0, 1), (entropy, 0, np.log(3))]
)
def test_sure_is_zero_and_even_is_most(measure, sure, even):
    scores = measure(np.float32([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]]))
    assert scores == pytest.approx([sure, even], abs=1e-6)


def test_by_hand():
    p = np.float32([[0.5, 0.3, 0.2]])
    assert least_confidence(p) == pytest.approx([0.5])
    assert margin(p) == pytest.approx([0.8])
    assert entropy(p) == pytest.approx([1.02965], abs=1e-4)


@given(_WEIGHTS)
def test_the_order_of_the_labels_does_not_matter(weights):
    p = weights / weights.sum(axis=1, keepdims=True)
    for measure in (least_confidence, margin, entropy):
        assert measure(p) == pytest.approx(measure(p[:, ::-1]), abs=1e-5)
        assert measure(p).shape == (len(p),)
        assert (measure(p) >= -1e-6).all()
