import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.insight.percentiles import median_and_p90, quantile

VALUES = st.lists(st.integers(0, 10**9), min_size=1)


@given(VALUES)
def test_the_median_is_that_of_the_standard_library(values):
    assert median_and_p90(values)[0] == statistics.median(values)


@given(st.lists(st.integers(0, 10**6), min_size=2))
def test_p90_is_the_inclusive_one_of_the_standard_library(values):
    expected = statistics.quantiles(values, n=10, method="inclusive")[8]
    assert median_and_p90(values)[1] == pytest.approx(expected)


def test_known_values():
    assert median_and_p90([4, 1, 3, 2]) == (2.5, pytest.approx(3.7))
    assert median_and_p90([7]) == (7, 7)
    assert (quantile([1, 9], 0), quantile([1, 9], 1)) == (1, 9)


def test_no_values_have_no_percentile():
    assert median_and_p90([]) == (None, None)
