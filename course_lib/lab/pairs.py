"""Matched pairs of a table: runs that differ in one setting; their differences, sign test, interval and verdict.
Built in lesson 09: two settings are compared pair by pair, and the sentences of a report come from the table.
Must not know networks, losses or figures: only rows of a table and numbers.
"""
import dataclasses

import numpy as np

from course_lib._base import check_choice, check_number, check_whole, is_number, shown
from course_lib.lab.methods import CONTROLS
from course_lib.settings import names

PLACE = ("content", "style")  # what two runs of one pair have in common: the pictures
REPEAT = "seed"               # and what only repeats them
LEVEL = 0.05                  # a smaller chance than this counts as shown; several hypotheses share it
RESAMPLES = 9999
#: Columns in which the two runs of a pair must agree, but for one of them. All others say what came of the run.
ALIKE = {*names(), *CONTROLS, "size", "network"}


class Statement(str):
    """A sentence for a report, made from the table; a notebook shows it as Markdown. Used in lesson 09."""

    def _repr_markdown_(self):
        return str(self)


@dataclasses.dataclass(frozen=True)
class Pairs:
    """One measure of matched pairs: what `matched_pairs` returns.

    Args:
        measure, setting: names of columns.
        first, second: the two values of the setting.
        names: of the pairs, such as 'cat · flow'.
        firsts, seconds: (pairs, seeds) values of the measure.

    >>> pairs = Pairs("edges", "pooling", "max", "average", ("cat · flow", "cat · ink"), np.array([[.5], [.4]]),
    ...               np.array([[.3], [.3]]))
    >>> round(pairs.mean, 2), pairs.above, pairs.p_value
    (0.15, 2, 0.5)

    Built in lesson 09.
    """
    measure: str
    setting: str
    first: object
    second: object
    names: tuple
    firsts: np.ndarray
    seconds: np.ndarray

    @property
    def differences(self):
        """First minus second of each pair, the mean over the seeds: (pairs,). Used in lesson 09."""
        return (self.firsts - self.seconds).mean(1)

    @property
    def mean(self):
        """The mean difference. Used in lesson 09."""
        return float(self.differences.mean())

    @property
    def spread(self):
        """The standard deviation of the differences over the pairs; 0 for one pair. Used in lesson 09."""
        return float(self.differences.std(ddof=1)) if len(self.names) > 1 else 0.0

    @property
    def seed_spread(self):
        """The standard deviation of one pair's difference over the seeds, mean of all pairs; None for one seed."""
        changes = self.firsts - self.seconds
        return float(changes.std(1, ddof=1).mean()) if changes.shape[1] > 1 else None

    @property
    def above(self):
        """The number of pairs in which the first value gives the larger measure. Used in lesson 09."""
        return int((self.differences > 0).sum())

    @property
    def p_value(self):
        """The sign test, two-sided: how often would chance alone be as one-sided? Equal pairs do not count."""
        from scipy.stats import binomtest
        decided = int((self.differences != 0).sum())
        return float(binomtest(self.above, decided).pvalue) if decided else 1.0

    def interval(self, level=0.95):
        """Compute an interval for the mean difference by the bootstrap: the pairs are drawn again, with replacement.

        Args:
            level: the share of the resampled means that the interval contains.

        Returns:
            (low, high). With fewer than about ten pairs it is too narrow: look at the single pairs as well.

        Source: Efron 1979; computed by SciPy (percentile method).

        Used in lesson 09.
        """
        check_number(level, "level", 0.5, 0.999)
        values = self.differences
        if np.ptp(values) < 1e-12:
            return float(values.mean()), float(values.mean())
        from scipy.stats import bootstrap
        found = bootstrap((values,), np.mean, confidence_level=level, n_resamples=RESAMPLES, method="percentile",
                          rng=np.random.default_rng(0)).confidence_interval
        return float(found.low), float(found.high)

    def verdict(self, expected, tests=1):
        """Decide about a hypothesis by the sign test.

        Args:
            expected: 'higher' or 'lower': what the hypothesis says about `first`, compared with `second`.
            tests: the number of hypotheses tested on this table, which share the level of 0.05 (Bonferroni).

        Returns:
            'supported', 'contradicted' or 'not shown'. 'Not shown' says that these pairs cannot tell, and not that
            there is no difference.

        Used in lesson 09.
        """
        check_choice(expected, "expected", ("higher", "lower"))
        check_whole(tests, "tests", 1, 1000)
        if self.p_value >= LEVEL / tests:
            return "not shown"
        rises = 2 * self.above > int((self.differences != 0).sum())
        return "supported" if rises == (expected == "higher") else "contradicted"

    def sentence(self):
        """State the result in one sentence, all numbers of which come from the table.

        Returns:
            A `Statement`.

        Used in lesson 09.
        """
        low, high = self.interval()
        side, count = ("higher", self.above) if self.mean >= 0 else ("lower", int((self.differences < 0).sum()))
        seeds = "" if self.seed_spread is None else f"; standard deviation between seeds {self.seed_spread:.3f}"
        return Statement(
            f"With {self.setting} = {self.first}, {self.measure} is {side} than with {self.setting} = {self.second} "
            f"in {count} of {len(self.names)} pairs; the mean difference is {self.mean:+.3f} (standard deviation over "
            f"the pairs {self.spread:.3f}{seeds}; 95 % bootstrap interval {low:+.3f} to {high:+.3f}; sign test "
            f"p {_chance(self.p_value)}).")


def matched_pairs(rows, measure, setting, first, second, same=PLACE, **fixed):
    """Find the runs of a table that differ in one setting only, and compare one measure.

    Args:
        rows: of `run_experiments` or `read_table`; rows that failed are left out.
        measure: the column to compare, such as 'edges'.
        setting: the column that differs.
        first, second: its two values; differences are first minus second.
        same: the columns that name a pair. Runs of one pair that differ in `seed` only are repeats: their mean counts.
        **fixed: other columns with the only value to take, such as style_weight=400.0.

    Returns:
        `Pairs`.

    Raises:
        TypeError or ValueError: a column is missing, another setting varies too, or a run has no partner.

    >>> matched_pairs(rows, "edges", "pooling", "max", "average", style_weight=400.0).above         # doctest: +SKIP
    8

    Built in lesson 09.
    """
    rows = _chosen(rows, fixed, _names((measure, setting), same, "same"))
    for value, name in ((first, "first"), (second, "second")):
        if np.ndim(value) or isinstance(value, (dict, set)):
            raise TypeError(f"{name} is {shown(value)}; give one value of {setting}.")
    sides = [{_place(row, same): row for row in rows if row[setting] == value} for value in (first, second)]
    for value, side in zip((first, second), sides):
        if not side:
            raise ValueError(f"{setting} is never {shown(value)} in these rows; it is "
                             f"{', '.join(sorted({str(row[setting]) for row in rows}))}.")
    _check_alone(rows, setting, same, (first, second))
    for (one, value), other in zip(zip(sides, (second, first)), reversed(sides)):
        lonely = [place for place in one if place not in other]
        if lonely:
            raise ValueError(f"the run {' · '.join(map(str, lonely[0]))} has no partner with {setting} = {value}; "
                             "run it, or leave the first one out.")
    names = list(dict.fromkeys(place[:-1] for place in sides[0]))
    seeds = [[place for place in sides[0] if place[:-1] == name] for name in names]
    if len({len(each) for each in seeds}) > 1:
        raise ValueError("rows have different numbers of seeds for different pairs; run the missing ones.")
    values = [np.array([[_number(side[place], measure) for place in each] for each in seeds]) for side in sides]
    return Pairs(measure, setting, first, second, tuple(" · ".join(map(str, name)) for name in names), *values)


def _names(first, others, name):
    """All names of columns, those of an argument checked."""
    if not isinstance(others, (list, tuple)) or not all(isinstance(other, str) for other in others):
        raise TypeError(f"{name} is {shown(others)}; give a list of columns.")
    return (*first, *others)


def _chosen(rows, fixed, needed):
    """The finished rows with these values of other columns."""
    if not isinstance(rows, (list, tuple)) or not rows or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"rows is {shown(rows)}; give rows as read_table returns them.")
    for name in (*needed, *fixed):
        if not isinstance(name, str) or name not in rows[0]:
            raise ValueError(f"rows have no column {shown(name)}; they have {', '.join(map(str, rows[0]))}.")
    kept = [row for row in rows if row.get("status", "done") == "done"
            and all(row[name] == value for name, value in fixed.items())]
    if not kept:
        raise ValueError("no finished row is left; take fewer values as fixed, or run the experiments.")
    return kept


def _place(row, same):
    return (*(row[name] for name in same), row.get(REPEAT))


def _check_alone(rows, setting, same, values):
    """Raise ValueError if two runs at one place differ in more than the setting; a method has its own settings."""
    seen = {}
    for row in rows:
        if row[setting] in values:
            for other in seen.setdefault(_place(row, same), []):
                differ = [name for name in row if name in ALIKE - {setting} and row[name] != other.get(name)]
                differ = [] if setting == "method" else differ
                if differ:
                    name = differ[0]
                    raise ValueError(f"two runs of one pair differ in {name} too ({shown(other.get(name))} and "
                                     f"{shown(row[name])}); choose one: {name}={shown(row[name])}.")
                if row[setting] == other[setting]:
                    raise ValueError(f"two runs are {' · '.join(map(str, _place(row, same)))} with {setting} = "
                                     f"{shown(row[setting])}, of other pictures with these names; leave one out.")
            seen[_place(row, same)].append(row)


def _number(row, measure):
    if not is_number(row[measure]):
        raise ValueError(f"{measure} is {shown(row[measure])} in one row; give a column of numbers.")
    return row[measure]


def _chance(p):
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


# ------------------------------------------------------------------------------------------------ several hypotheses

@dataclasses.dataclass(frozen=True)
class Hypothesis:
    """A sentence that was written before the runs, and the pairs that decide about it.

    Args:
        text: the hypothesis, without a full stop.
        pairs: `Pairs`.
        expected: 'higher' or 'lower': the measure with `first`, compared with `second`.

    >>> Hypothesis("max pooling makes the picture rougher", pairs, "higher")                        # doctest: +SKIP

    Built in lesson 09.
    """
    text: str
    pairs: Pairs
    expected: str

    def __post_init__(self):
        if not isinstance(self.text, str) or not isinstance(self.pairs, Pairs):
            raise TypeError(f"text is {shown(self.text)} and pairs is {shown(self.pairs)}; give a sentence, and what "
                            "matched_pairs returns.")
        check_choice(self.expected, "expected", ("higher", "lower"))


def verdicts(hypotheses):
    """State for each hypothesis whether the table supports it.

    Args:
        hypotheses: a list of `Hypothesis`. All of them share the level of 0.05: with three, each p must be below
            0.05 / 3.

    Returns:
        A `Statement` of one paragraph for each hypothesis.

    Raises:
        TypeError: there is none, or one is something else.

    Built in lesson 09.
    """
    hypotheses = _checked(hypotheses)
    tests = len(hypotheses)
    shared = f" With {tests} hypotheses, p must be below {LEVEL} / {tests} = {LEVEL / tests:.4f}." if tests > 1 else ""
    texts = []
    for number, each in enumerate(hypotheses, 1):
        word = each.pairs.verdict(each.expected, tests)
        text = f"**Hypothesis {number} ({each.text}): {word}.** {each.pairs.sentence()}{shared}"
        if word == "not shown":
            text += " This does not say that there is no difference: these pairs cannot tell."
        texts.append(text)
    return Statement("\n\n".join(texts))


def verdict_words(hypotheses):
    """State all verdicts in one short sentence, for an abstract.

    Args:
        hypotheses: as in `verdicts`.

    Returns:
        A `Statement`, such as 'Hypothesis 1 is supported, hypothesis 2 is not shown.'

    Raises:
        TypeError: as in `verdicts`.

    Used in lesson 09.
    """
    hypotheses = _checked(hypotheses)
    words = [f"hypothesis {number} is {each.pairs.verdict(each.expected, len(hypotheses))}"
             for number, each in enumerate(hypotheses, 1)]
    text = ", ".join(words)
    return Statement(f"{text[0].upper()}{text[1:]} ({len(hypotheses[0].pairs.names)} matched pairs).")


def _checked(hypotheses):
    listed = isinstance(hypotheses, (list, tuple)) and bool(hypotheses)
    if not listed or not all(isinstance(each, Hypothesis) for each in hypotheses):
        raise TypeError(f"hypotheses is {shown(hypotheses)}; give a list of Hypothesis.")
    return hypotheses


def summary(rows, by, measures, same=PLACE):
    """Make a table of means and standard deviations over the pairs, one line for each value of a setting.

    Args:
        rows: as in `matched_pairs`.
        by: the column that names the lines, such as 'pooling' or 'method'.
        measures: names of columns.
        same: the columns that name a pair: the mean over its seeds is taken first.

    Returns:
        A list of dicts: by, pairs, seeds, and each measure as text, 'mean ± standard deviation over the pairs'.

    Raises:
        TypeError or ValueError: a column is missing or contains no numbers.

    >>> rows = [dict(content=c, style="ink", seed=0, pooling="max", edges=e) for c, e in (("cat", .4), ("cup", .6))]
    >>> summary(rows, "pooling", ["edges"])
    [{'pooling': 'max', 'pairs': 2, 'seeds': 1, 'edges': '0.500 ± 0.141'}]

    Built in lesson 09.
    """
    rows = _chosen(rows, {}, _names(_names((by,), measures, "measures"), same, "same"))
    table = []
    for value in dict.fromkeys(row[by] for row in rows):
        ours = [row for row in rows if row[by] == value]
        places = list(dict.fromkeys(tuple(row[name] for name in same) for row in ours))
        groups = [[row for row in ours if tuple(row[name] for name in same) == place] for place in places]
        line = {by: value, "pairs": len(places), "seeds": len(groups[0])}
        for measure in measures:
            means = np.array([np.mean([_number(row, measure) for row in group]) for group in groups])
            line[measure] = f"{means.mean():.3f} ± {means.std(ddof=1) if len(means) > 1 else 0:.3f}"
        table.append(line)
    return table
