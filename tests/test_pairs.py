"""Matched pairs: each number against NumPy and SciPy by hand, verdicts, sentences that change with the table."""
import doctest
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.stats

from course_lib.lab import pairs as module
from course_lib.lab.design import pairs_needed, power
from course_lib.lab import design
from course_lib.lab.pairs import Hypothesis, matched_pairs, Pairs, Statement, summary, verdict_words, verdicts
from course_lib.lab.pairs_figure import FALLS, RISES, show_pairs


def table(effect=0.1, contents=4, styles=2, seeds=2, spread=0.02, measure="edges"):
    """Rows of max and average pooling; the difference of each pair is `effect` and something drawn by chance."""
    rng = np.random.default_rng(1)
    rows = []
    for content in range(contents):
        for style in range(styles):
            own, change = rng.uniform(0.3, 0.6), effect + spread * rng.normal()
            for pooling, added in (("max", change), ("average", 0.0)):
                for seed in range(seeds):
                    rows.append(dict(status="done", content=f"photo{content}", style=f"painting{style}", seed=seed,
                                     pooling=pooling, style_weight=400.0, key=f"r{len(rows)}",
                                     **{measure: own + added + 0.004 * rng.normal()}))
    return rows


def by_hand(rows, measure="edges"):
    """The differences of the pairs, written as loops."""
    found = []
    for name in dict.fromkeys((row["content"], row["style"]) for row in rows):
        sides = [[row[measure] for row in rows if (row["content"], row["style"], row["pooling"]) == (*name, pooling)]
                 for pooling in ("max", "average")]
        found.append(np.mean(sides[0]) - np.mean(sides[1]))
    return np.array(found)


def test_differences_are_those_of_two_loops_in_any_order_of_the_rows():
    rows = table()
    pairs = matched_pairs(rows, "edges", "pooling", "max", "average")
    np.testing.assert_allclose(pairs.differences, by_hand(rows))
    assert pairs.names[0] == "photo0 · painting0" and len(pairs.names) == 8
    shuffled = [rows[place] for place in np.random.default_rng(0).permutation(len(rows))]
    again = matched_pairs(shuffled, "edges", "pooling", "max", "average")
    np.testing.assert_allclose(sorted(again.differences), sorted(pairs.differences))
    turned = matched_pairs(rows, "edges", "pooling", "average", "max")
    np.testing.assert_allclose(turned.differences, -pairs.differences)


def test_mean_spread_sign_test_and_interval_are_those_of_numpy_and_scipy():
    rows = table(effect=0.01)
    pairs, values = matched_pairs(rows, "edges", "pooling", "max", "average"), by_hand(rows)
    assert pairs.mean == pytest.approx(values.mean()) and pairs.spread == pytest.approx(values.std(ddof=1))
    assert pairs.above == (values > 0).sum() not in (0, 8)
    assert pairs.p_value == scipy.stats.binomtest(pairs.above, 8).pvalue
    low, high = pairs.interval()
    drawn = np.random.default_rng(5).choice(values, (20_000, 8)).mean(1)
    np.testing.assert_allclose([low, high], np.quantile(drawn, [0.025, 0.975]), atol=0.03 * values.std())
    narrow = pairs.interval(0.5)
    assert low < narrow[0] < narrow[1] < high and pairs.interval() == (low, high)
    seeds = (pairs.firsts - pairs.seconds).std(1, ddof=1).mean()
    assert pairs.seed_spread == pytest.approx(seeds)
    assert matched_pairs(table(seeds=1), "edges", "pooling", "max", "average").seed_spread is None


def made(differences):
    values = np.array(differences, float)[:, None]
    return Pairs("edges", "pooling", "max", "average", tuple(map(str, range(len(values)))), values, 0 * values)


@pytest.mark.parametrize("differences, expected, tests, word", [
    ([1] * 6, "higher", 1, "supported"), ([1] * 6, "lower", 1, "contradicted"), ([1] * 5, "higher", 1, "not shown"),
    ([-1] * 6, "lower", 1, "supported"), ([1] * 6, "higher", 2, "not shown"), ([1] * 8, "higher", 3, "supported"),
    ([1] * 8 + [-1], "higher", 1, "supported"), ([1, -1] * 5, "higher", 1, "not shown"),
    ([0] * 9, "higher", 1, "not shown"), ([0, 0] + [1] * 6, "higher", 1, "supported"),
    ([9] * 3 + [-1] * 7, "higher", 1, "not shown")])
def test_verdicts(differences, expected, tests, word):
    assert made(differences).verdict(expected, tests) == word


def test_the_sentence_says_what_the_table_says_and_changes_with_it():
    rows = table()
    pairs = matched_pairs(rows, "edges", "pooling", "max", "average")
    text, values = pairs.sentence(), by_hand(rows)
    assert "With pooling = max, edges is higher than with pooling = average in 8 of 8 pairs" in text
    assert f"{values.mean():+.3f}" in text and f"{values.std(ddof=1):.3f}" in text and "p = 0.008" in text
    assert isinstance(text, Statement) and text._repr_markdown_() == text
    for row in rows:
        row["edges"] = 1 - row["edges"]
    turned = matched_pairs(rows, "edges", "pooling", "max", "average").sentence()
    assert "is lower than" in turned and f"{-values.mean():+.3f}" in turned and turned != text


def test_hypotheses_share_the_level_and_one_that_is_not_shown_says_what_that_means():
    clear, weak = made([1] * 6), made([1, 1, 1, -1, -1, 1])
    one = verdicts([Hypothesis("it rises", clear, "higher")])
    assert "**Hypothesis 1 (it rises): supported.**" in one and "must be below" not in one
    two = verdicts([Hypothesis("it rises", clear, "higher"), Hypothesis("it falls", weak, "lower")])
    assert two.count("not shown") == 2 and "0.05 / 2 = 0.0250" in two and two.count("does not say that there is") == 2
    assert verdict_words([Hypothesis("it rises", clear, "lower")]) == (
        "Hypothesis 1 is contradicted (6 matched pairs).")


def test_the_summary_is_the_mean_and_the_spread_over_the_pairs():
    rows = table()
    line = summary(rows, "pooling", ["edges"])[0]
    means = [np.mean([row["edges"] for row in rows if (row["content"], row["style"], row["pooling"])
                      == (content, style, "max")]) for content in sorted({row["content"] for row in rows})
             for style in ("painting0", "painting1")]
    assert line == dict(pooling="max", pairs=8, seeds=2,
                        edges=f"{np.mean(means):.3f} ± {np.std(means, ddof=1):.3f}")


@pytest.mark.parametrize("change, words", [
    (lambda rows: rows.pop(), "has no partner"), (lambda rows: rows[0].update(style_weight=40.0), "style_weight too"),
    (lambda rows: rows.append(rows[0] | dict(key="r99")), "two runs are photo0 · painting0 · 0 with pooling"),
    (lambda rows: rows.clear(), "give rows"),
    (lambda rows: rows[0].update(edges="high"), "edges is 'high'"),
    (lambda rows: [row.update(status="failed") for row in rows], "no finished row"),
    (lambda rows: [row.update(pooling="max") for row in rows[2:4]], "two runs are .*of other pictures")])
def test_what_is_no_matched_pair_is_named(change, words):
    rows = table()
    change(rows)
    with pytest.raises((ValueError, TypeError), match=words):
        matched_pairs(rows, "edges", "pooling", "max", "average")


@pytest.mark.parametrize("arguments, words", [
    (("colour", "pooling", "max", "average"), "no column 'colour'"), (("edges", "pool", 1, 2), "no column 'pool'"),
    (("edges", "pooling", "max", "mean"), "pooling is never 'mean' in these rows; it is average, max")])
def test_wrong_columns_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        matched_pairs(table(), *arguments)


def test_another_setting_may_be_chosen_and_methods_may_differ_in_theirs():
    rows = table() + [row | dict(style_weight=40.0, edges=0.9) for row in table()]
    with pytest.raises(ValueError, match=r"style_weight too \(400.0 and 40.0\); choose one"):
        matched_pairs(rows, "edges", "pooling", "max", "average")
    assert len(matched_pairs(rows, "edges", "pooling", "max", "average", style_weight=400.0).names) == 8
    methods = [row | dict(method="article" if row["pooling"] == "max" else "stylize") for row in table()]
    assert matched_pairs(methods, "edges", "method", "article", "stylize").above == 8
    measured = [row | dict(my_measure=number / 7) for number, row in enumerate(table())]   # a column of one's own
    assert matched_pairs(measured, "my_measure", "pooling", "max", "average").above == 0


def test_the_figure_joins_every_pair_in_the_colour_of_its_direction():
    figure = show_pairs(made([1, 2, -1]), made([1, 1, 1]))
    left, right = ([line.get_color() for line in axis.lines if len(line.get_xdata()) == 2] for axis in figure.axes)
    assert (left.count(RISES), left.count(FALLS), right.count(RISES)) == (2, 1, 3)
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["average", "max"]
    plt.close(figure)
    for wrong in ((), ("edges",)):
        with pytest.raises(TypeError, match="matched_pairs"):
            show_pairs(*wrong)


# ---- the number of pairs

@pytest.mark.parametrize("pairs, effect, spread, seeds, seed_spread, tests", [
    (8, 0.05, 0.05, 1, 0, 1), (12, 0.05, 0.05, 2, 0.06, 1), (20, -0.1, 0.2, 3, 0.1, 3), (6, 0, 1, 1, 0, 1)])
def test_the_simulated_power_is_that_of_the_binomial_distribution(pairs, effect, spread, seeds, seed_spread, tests):
    above = scipy.stats.norm.cdf(effect / np.hypot(spread, seed_spread / seeds ** 0.5))
    exact = sum(scipy.stats.binom.pmf(k, pairs, above) for k in range(pairs + 1)
                if scipy.stats.binomtest(k, pairs).pvalue < 0.05 / tests)
    assert power(pairs, effect, spread, seeds, seed_spread, tests, trials=20_000) == pytest.approx(exact, abs=0.012)


def test_the_number_of_pairs_is_enough_and_one_less_is_not():
    needed = pairs_needed(0.05, 0.06, tests=2)
    assert power(needed, 0.05, 0.06, tests=2) >= 0.8 > power(needed - 1, 0.05, 0.06, tests=2)
    assert pairs_needed(0.001, 1.0, most=30) is None
    assert re.search("effect is", str(pytest.raises(ValueError, power, 5, "x", 1).value))


def test_examples():
    for each in (module, design):
        result = doctest.testmod(each, extraglobs={"np": np})
        assert result.attempted > 1 and not result.failed
