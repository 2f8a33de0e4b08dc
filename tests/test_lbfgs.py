"""Oracles for course_lib.lbfgs: the two-loop recursion against the matrix it stands for, minima against SciPy's."""
import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from course_lib.engine.search import minimise_lbfgs, two_loop


def bowl(seed=0, size=12, condition=1e3):
    """A quadratic with its minimum, and its value and gradient as one function."""
    rng = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(rng.normal(size=(size, size)))
    hessian = turned @ np.diag(np.geomspace(1, condition, size)) @ turned.T
    centre = rng.uniform(50, 200, size)
    return centre, hessian, lambda x: (0.5 * float((x - centre) @ hessian @ (x - centre)), hessian @ (x - centre))


@pytest.mark.parametrize("count", [0, 1, 3, 8])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_two_loop_is_the_bfgs_matrix_times_the_gradient(count, scale):
    """The matrix itself, updated pair by pair: Nocedal and Wright 2006, equation 6.17."""
    rng, (_, hessian, _) = np.random.default_rng(1), bowl(size=9, condition=20)
    pairs = [(step, hessian @ step) for step in rng.normal(size=(count, 9))]
    if scale is None and not pairs:
        scale = 1.0
    gamma = scale if scale is not None else pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1])
    matrix = gamma * np.eye(9)
    for s, y in pairs:
        rho = 1 / (y @ s)
        left = np.eye(9) - rho * np.outer(s, y)
        matrix = left @ matrix @ left.T + rho * np.outer(s, s)
    gradient = rng.normal(size=9)
    kept = gradient.copy()
    np.testing.assert_allclose(two_loop(gradient, pairs, scale), matrix @ gradient, rtol=1e-9)
    np.testing.assert_array_equal(gradient, kept)


def test_a_picture_shaped_bowl_is_emptied():
    rng = np.random.default_rng(2)
    goal, weight = rng.uniform(20, 230, (1, 6, 5, 3)), rng.uniform(1, 40, (1, 6, 5, 3))
    found = minimise_lbfgs(lambda x: (float(np.sum(weight * (x - goal) ** 2)), 2 * weight * (x - goal)),
                           np.full(goal.shape, 128.0), steps=60)
    assert found.shape == goal.shape
    np.testing.assert_allclose(found, goal, atol=1e-3)


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_it_is_as_good_as_scipy_at_equal_evaluations_whatever_the_units_of_the_loss(factor):
    centre, _, evaluate = bowl()
    start = np.full(12, 128.0)
    ours = minimise_lbfgs(lambda x: tuple(factor * part for part in evaluate(x)), start, steps=60)
    theirs = minimize(evaluate, start, jac=True, method="L-BFGS-B", bounds=[(0, 255)] * 12, options=dict(maxfun=60)).x
    assert evaluate(ours)[0] <= 2 * evaluate(theirs)[0] + 1e-6
    np.testing.assert_allclose(ours, centre, atol=0.1)


def test_rosenbrocks_valley():
    start = np.array([-1.2, 1.0, -0.5, 0.8])
    found = minimise_lbfgs(lambda x: (rosen(x), rosen_der(x)), start, steps=300, low=-2.0, high=2.0, first_step=0.1)
    np.testing.assert_allclose(found, 1, atol=1e-3)


def test_a_minimum_outside_the_box_is_met_at_its_wall():
    """SciPy's bounded minimum of a bowl whose centre lies outside is the oracle."""
    centre, hessian, _ = bowl(seed=3, condition=30)
    centre = centre + np.where(np.arange(12) % 3 == 0, 200, 0)
    evaluate = lambda x: (0.5 * float((x - centre) @ hessian @ (x - centre)), hessian @ (x - centre))
    inside = []
    ours = minimise_lbfgs(lambda x: (inside.append(x.copy()), evaluate(x))[1], np.full(12, 128.0), steps=400)
    theirs = minimize(evaluate, np.full(12, 128.0), jac=True, method="L-BFGS-B", bounds=[(0, 255)] * 12,
                      options=dict(maxfun=1000, ftol=1e-15)).x
    assert min(x.min() for x in inside) >= 0 and max(x.max() for x in inside) <= 255
    assert (theirs == 255).any() and evaluate(ours)[0] == pytest.approx(evaluate(theirs)[0], rel=2e-2)


def test_the_first_step_is_as_long_as_told_and_no_evaluation_is_too_many():
    seen = []

    def steep(x):
        seen.append(x.copy())
        return float(np.sum(1e8 * (x - 100) ** 2)), 2e8 * (x - 100)
    minimise_lbfgs(steep, np.full((1, 4, 4, 3), 150.0), steps=2, first_step=5.0)
    assert len(seen) == 2 and np.sqrt(np.mean((seen[1] - seen[0]) ** 2)) == pytest.approx(5.0)
    seen.clear()
    minimise_lbfgs(steep, np.full((1, 4, 4, 3), 150.0), steps=1)
    assert len(seen) == 1


def test_a_step_into_nan_is_taken_back():
    def cliff(x):
        value = float(np.sum((x - 120) ** 2))
        return (np.nan, np.full_like(x, np.nan)) if x.max() > 124 else (value, 2 * (x - 120))
    found = minimise_lbfgs(cliff, np.full(3, 100.0), steps=40, first_step=30.0)
    np.testing.assert_allclose(found, 120, atol=0.1)


def test_it_stops_where_it_is_told_enough_or_at_rest():
    centre, _, evaluate = bowl()
    seen = []
    minimise_lbfgs(lambda x: (seen.append(1), evaluate(x))[1], np.full(12, 128.0), steps=50,
                   enough=lambda value: len(seen) >= 7)
    assert 7 <= len(seen) < 12
    seen.clear()
    at_rest = minimise_lbfgs(lambda x: (seen.append(1), evaluate(x))[1], centre.copy(), steps=50)
    assert len(seen) == 1 and (at_rest == centre).all()


def test_stopped_at_any_evaluation_it_goes_on_to_the_same_last_bit():
    """Rosenbrock's valley, where line searches take several trials; the state is copied when an evaluation begins."""
    settings = dict(low=-2.0, high=2.0, first_step=0.3, memory=3)
    start, steps = np.array([-1.2, 1.0, -0.5, 0.8]), 40
    whole, states, state = [], [], {}

    def evaluate(x):
        whole.append(x)
        states.append(dict(state))
        return rosen(x), rosen_der(x)
    end = minimise_lbfgs(evaluate, start, steps, **settings, state=state)
    assert any(state.get("step", 1) < 1 for state in states) and any(len(s.get("pairs", ())) == 3 for s in states)
    np.testing.assert_array_equal(end, minimise_lbfgs(lambda x: (rosen(x), rosen_der(x)), start, steps, **settings))
    for done, kept in enumerate(states):
        again = []
        found = minimise_lbfgs(lambda x: (again.append(x), (rosen(x), rosen_der(x)))[1], start, steps - done, **settings,
                               state=dict(kept))
        np.testing.assert_array_equal(again, whole[done:])
        np.testing.assert_array_equal(found, end)


def test_amid_a_line_search_nobody_asks_whether_it_is_enough():
    """Neither does a run without a break."""
    state = dict(x=np.zeros(2), value=2.0, gradient=np.array([-2.0, -2.0]), pairs=(), step=0.2)
    for step, evaluations in ((0.2, 1), (1.0, 0)):
        seen = []
        minimise_lbfgs(lambda x: (seen.append(x), (float(np.sum((x - 1) ** 2)), 2 * (x - 1)))[1], np.zeros(2), 5,
                       enough=lambda value: True, state={**state, "step": step})
        assert len(seen) == evaluations


@pytest.mark.parametrize("change, error, message", [
    (dict(evaluate=3), TypeError, "evaluate is 3; give a function."),
    (dict(enough=True), TypeError, "enough is True; give a function."),
    (dict(steps=0), ValueError, "steps is 0; give a whole number from 1."),
    (dict(steps=True), ValueError, "steps is True; give a whole number from 1."),
    (dict(steps=2.0), ValueError, "steps is 2.0; give a whole number from 1."),
    (dict(memory=0), ValueError, "memory is 0; give a whole number from 1."),
    (dict(first_step=0), ValueError, "first_step is 0; give a number above 0."),
    (dict(first_step=float("nan")), ValueError, "first_step is nan; give a number above 0."),
    (dict(low=3.0, high=3.0), ValueError, "low is 3.0 and high 3.0; low must be below high."),
    (dict(high=float("nan")), ValueError, "low is 0.0 and high nan; low must be below high."),
    (dict(low="0"), ValueError, "low is '0' and high 255.0; low must be below high."),
    (dict(start=np.array([1.0, np.nan])), ValueError, "start is an array of shape (2,); give finite numbers, at least one."),
    (dict(start=np.zeros(0)), ValueError, "start is an array of shape (0,); give finite numbers, at least one."),
    (dict(start="middle"), ValueError, "start is 'middle'; give finite numbers, at least one."),
    (dict(evaluate=lambda x: 3.0), ValueError, "evaluate gave 3.0; it must give a number and a gradient of shape (2,)."),
    (dict(evaluate=lambda x: (x, x)), ValueError, "evaluate gave ("),
    (dict(evaluate=lambda x: (1.0, np.zeros(3))), ValueError, "evaluate gave (")])
def test_a_wrong_argument_is_named(change, error, message):
    settings = dict(evaluate=lambda x: (float(np.sum(x ** 2)), 2 * x), start=np.ones(2), steps=3)
    with pytest.raises(error) as caught:
        minimise_lbfgs(**{**settings, **change})
    assert str(caught.value).startswith(message)
