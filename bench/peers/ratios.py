# SPDX-License-Identifier: Apache-2.0
"""Medians of paired ratios, with intervals that assume nothing of their distribution."""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple


class Interval(NamedTuple):
    middle: float
    low: float
    high: float
    confidence: float


def coverage(count: int, rank: int) -> float:
    """How probably the true median lies between the rank-th smallest and the rank-th largest of count values: each value is
    below it with probability 1/2, so 1 - 2 P(Binomial(count, 1/2) < rank)."""
    return 1 - 2 * sum(math.comb(count, i) for i in range(rank)) / 2**count


def interval(values: list[float], confidence: float = 0.95) -> Interval:
    """The median and the narrowest interval of order statistics that reaches the confidence; with fewer than 6 values the
    whole range, whose confidence is less."""
    ordered = sorted(values)
    count = len(ordered)
    rank = max([1, *(r for r in range(1, count // 2 + 1) if coverage(count, r) >= confidence)])
    return Interval(median(ordered), ordered[rank - 1], ordered[count - rank], coverage(count, rank))
