"""How many pairs an experiment needs: chance and effect are simulated before anything is run.
Built in lesson 09.
Must not know networks, losses or optimising: only numbers drawn by chance.
"""
import functools

import numpy as np

from course_lib._base import check_number, check_whole
from course_lib.lab.pairs import LEVEL


def power(pairs, effect, spread, seeds=1, seed_spread=0.0, tests=1, trials=2000):
    """Simulate an experiment many times: in which share of them does the sign test show the effect?

    The difference of pair i is drawn as

        d_i = effect + spread · z_i + seed_spread / sqrt(seeds) · e_i,      z_i, e_i: standard normal

    and the experiment succeeds if the sign test gives p below 0.05 / tests.

    Args:
        pairs: the number of matched pairs.
        effect: the true mean difference that should be found.
        spread: the standard deviation of the differences from pair to pair.
        seeds: runs of each pair with other noise. More seeds lower the second kind of chance only.
        seed_spread: the standard deviation of one pair's difference from seed to seed.
        tests: hypotheses that share the level.
        trials: simulated experiments.

    Returns:
        The share of experiments that succeed, 0 to 1: the power. 0.8 is a usual goal.

    Raises:
        ValueError: an argument is out of range.

    >>> power(5, effect=1, spread=0), power(6, effect=1, spread=0)      # five pairs cannot show anything
    (0.0, 1.0)

    Built in lesson 09.
    """
    check_whole(pairs, "pairs", 1, 10_000)
    check_whole(seeds, "seeds", 1, 10_000)
    check_whole(tests, "tests", 1, 1000)
    check_whole(trials, "trials", 1, 100_000)
    check_number(effect, "effect", -1e9, 1e9)
    for name, value in (("spread", spread), ("seed_spread", seed_spread)):
        check_number(value, name, 0, 1e9)
    rng = np.random.default_rng(0)
    sigma = np.hypot(spread, seed_spread / np.sqrt(seeds))
    above = sum((effect + sigma * rng.normal(size=trials) > 0).astype(int) for _ in range(pairs))
    return float(np.mean(_chances(pairs)[above] < LEVEL / tests))


@functools.lru_cache(maxsize=512)
def _chances(pairs):
    """The p-value of the sign test for 0 to `pairs` pairs above 0."""
    from scipy.stats import binomtest
    return np.array([binomtest(above, pairs).pvalue for above in range(pairs + 1)])


def pairs_needed(effect, spread, seeds=1, seed_spread=0.0, tests=1, wanted=0.8, most=200):
    """Find the smallest number of pairs from which on the power is at least `wanted`.

    Args:
        effect, spread, seeds, seed_spread, tests: as in `power`.
        wanted: the power, 0.5 to 0.99.
        most: the largest number that is tried.

    Returns:
        The number of pairs; None if `most` are too few.

    Raises:
        ValueError: an argument is out of range.

    >>> pairs_needed(effect=0.05, spread=0.0), pairs_needed(effect=0.05, spread=0.05)
    (6, 17)

    Built in lesson 09.
    """
    check_number(wanted, "wanted", 0.5, 0.99)
    check_whole(most, "most", 1, 1000)
    few = 0
    for pairs in range(1, most + 1):
        if power(pairs, effect, spread, seeds, seed_spread, tests) < wanted:
            few = pairs
        elif pairs - few > 6:   # the sign test's power goes up in teeth
            break
    return few + 1 if few < most else None
