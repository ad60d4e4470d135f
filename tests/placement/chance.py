"""Chi-square tests without tables."""

from math import sqrt

import numpy as np


def chi_square(observed, expected):
    """The statistic of counts beside the counts expected."""
    observed, expected = np.asarray(observed, float), np.asarray(expected, float)
    return float(((observed - expected) ** 2 / expected).sum())


def deviation(statistic, freedom):
    """How many standard deviations a chi-square statistic lies above its mean.

    Wilson and Hilferty 1931: its cube root is almost normal.
    """
    spread = 2 / (9 * freedom)
    return ((statistic / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread)


def dependence(a, b):
    """The deviation of the contingency table of two placements of the same keys from independence."""
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    return deviation(chi_square(table, expected), (table.shape[0] - 1) * (table.shape[1] - 1))
