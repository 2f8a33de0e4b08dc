"""A run of an optimisation: its steps, its history, and a picture to return whatever stops it.
Lesson 07 stops runs and resumes them; `stylize` makes one for each call.
Must not know networks or layers: only points, losses and scales.
"""
import dataclasses
import functools
import sys
import time

import numpy as np

from course_lib._base import capped, tf
from course_lib.views import resized, scaled_size


IN_PICTURE = " The last good picture is in this error's .picture."


@dataclasses.dataclass(frozen=True)
class Step:
    """One evaluation of the loss, as the history keeps it and a callback receives it.

    Args:
        step: from 1 to `steps`, counted over all scales.
        scale: the picture's size as a fraction of the final size.
        total: the loss, the sum of the terms.
        terms: {name: weighted loss}: content, style, tv; each is an attribute too (`step.content`).
        seconds: since the start.
        image: the picture at that step, (1, h, w, 3) float32 RGB 0-255; in the history only for snapshots, else None.

    Built in lesson 07.
    """
    step: int
    steps: int
    scale: float
    total: float
    terms: dict
    seconds: float
    image: np.ndarray | None = None

    def __getattr__(self, name):
        if name != "terms" and name in self.terms:
            return self.terms[name]
        raise AttributeError(f"a step has no {name!r}.")


class NotFinite(FloatingPointError):
    """The loss or its gradient became NaN or infinite: the run has stopped, and the message says where and why.

    Args:
        message: the sentence.
        picture: the last good one, (1, H, W, 3) float32 RGB 0-255 of the content's size.
        history: the steps before.

    >>> try:
    ...     picture, history = stylize(photo, painting, vgg)
    ... except NotFinite as stopped:
    ...     picture, history = stopped.picture, stopped.history

    Used in lesson 07.
    """

    def __init__(self, message, picture=None, history=()):
        super().__init__(message)
        self.picture, self.history = picture, history


class Run:
    """A run of `stylize`, coarse to fine, with a picture to return at every moment.

    Args:
        begin: the picture that it starts from.
        detailed: the picture whose fine detail each larger scale gets back, or None.
        settings: `Settings`.
        callback, progress: as in `stylize`.
        keeper: None, or a `Keeper` of checkpoints.

    Used in lesson 07, by way of `stylize`.
    """
    stopped_at = -np.inf  # time of the last Ctrl-C in any run: two within a second stop a loop of runs too

    def __init__(self, begin, detailed, settings, callback=None, progress=True, keeper=None):
        self.picture, self.size, self.detailed, self.settings = begin, begin.shape[1:3], detailed, settings
        self.callback, self.progress, self.keeper = callback, progress, keeper
        self.counts = [capped(count) for count in settings.counts]
        self.history, self.latest, self.index, self.done, self.state = [], None, 0, 0, {}
        self.moment, self.saved, self.began, self.bar = None, 0, time.perf_counter(), None

    def go(self, objective_at):
        """Minimise at every scale in turn, each starting from the picture of the one before, enlarged."""
        from tqdm import tqdm

        from course_lib.engine.search import minimiser  # the optimisers, once a run begins
        from course_lib.language import label
        minimise = minimiser(self.settings.optimizer, self.settings.learning_rate)
        with tqdm(total=sum(self.counts), initial=len(self.history), disable=not self.progress,
                  desc=label("stylising"), unit="step", file=sys.stdout) as self.bar:
            for self.index in range(self.index, len(self.counts)):
                scale, count = self.settings.scales[self.index], self.counts[self.index]
                if not self.state:
                    size = scaled_size(self.size, scale)
                    self.picture = resized(self.picture, size, self.detailed if self.index else None)
                    self.state, self.done = {"x": self.picture}, 0
                self.flat, objective = Flat(self.settings.tolerance), objective_at(scale)
                for past in self.history[len(self.history) - self.done:]:
                    self.flat.see(past.total)
                evaluate = functools.partial(self.evaluate, objective, scale)
                self.picture = minimise(evaluate, self.state, count - self.done, lambda: bool(self.flat))
                self.report_if_flat(scale, count)
                self.state = {}
        self.moment = len(self.counts), 0, {"x": self.picture}, len(self.history)
        self.end_with_a_picture()
        self.save()

    def evaluate(self, objective, scale, image):
        """Evaluate the loss once, for the optimiser, and record it."""
        self.moment = self.index, self.done, dict(self.state), len(self.history)  # one assignment: never half a moment
        if len(self.history) - self.saved >= self.settings.save_every:
            self.save()
        terms, gradient = objective(tf.constant(image))
        terms, gradient = {name: float(term) for name, term in terms.items()}, gradient.numpy()
        seconds, number = time.perf_counter() - self.began, len(self.history) + 1
        step = Step(number, sum(self.counts), scale, sum(terms.values()), terms, seconds, image)
        if not (np.isfinite(step.total) and np.isfinite(gradient).all()):
            raise NotFinite(_not_finite(step, self.settings), *self.result())
        self.record(step)
        return step.total, gradient

    def record(self, step):
        """Keep a step in the history, show it, and hand it to the callback."""
        every = self.settings.snapshot_every
        self.history.append(step if every and step.step % every == 0 else dataclasses.replace(step, image=None))
        self.latest, self.done = step, self.done + 1
        self.flat.see(step.total)
        if self.settings.optimizer == "adam" or step.total == self.flat.best[-1]:
            self.picture = step.image
        if self.callback:
            self.callback(step)
        self.bar.set_postfix(loss=f"{step.total:.3g}", scale=f"{step.scale:g}", refresh=False)
        self.bar.update()

    def report_if_flat(self, scale, count):
        """Print a line where a scale has stopped early."""
        if self.flat and self.progress:
            from course_lib.language import translated
            self.bar.write(translated(
                f"scale {scale:g}: stopped after {self.flat.seen} of {count} steps, as the loss is flat "
                f"(fallen by less than {self.settings.tolerance:g} of itself in {Flat.window} steps)"))
            self.bar.total -= count - self.flat.seen

    def end_with_a_picture(self):
        """Let the history end with a picture, if snapshots were asked for."""
        if self.settings.snapshot_every and self.latest:
            self.history[-1] = self.latest

    def interrupted(self):
        """After Ctrl-C or Jupyter's stop button: end with the picture so far; False if it was pressed twice."""
        again, Run.stopped_at = time.monotonic() - Run.stopped_at < 1, time.monotonic()
        self.save()
        self.end_with_a_picture()
        ending = f"; resume=True goes on from {self.keeper.path.name}" if self.keeper and self.moment else ""
        from course_lib.language import say
        say(f"stopped by hand at step {len(self.history)} of {sum(self.counts)}: this is the picture so far{ending}")
        return not again

    def save(self):
        """Write the last moment to the checkpoint, if there is one."""
        if self.keeper and self.moment:
            index, done, state, count = self.moment
            self.keeper.save(index, done, state, [vars(step) for step in self.history[:count]])
            self.saved = count

    def resume(self):
        """Continue from the checkpoint, at the step where it was written."""
        moment = self.keeper.moment
        scale = (*self.settings.scales, 1.0)[moment.index:][:1]
        if not scale or moment.state["x"].shape[1:3] != scaled_size(self.size, scale[0]):
            raise ValueError(f"{self.keeper.path.name} does not fit its own settings; delete it.")
        self.index, self.done, self.state = moment.index, moment.done, moment.state
        self.picture, self.history = moment.state["x"], [Step(**row) for row in moment.rows]
        self.saved = len(self.history)
        self.began -= self.history[-1].seconds if self.history else 0

    def result(self):
        """The picture so far in the content's size, and the history."""
        same = self.picture.shape[1:3] == self.size
        return self.picture if same else resized(self.picture, self.size, self.detailed), tuple(self.history)


class Flat:
    """True once the smallest loss has fallen by less than `tolerance` of itself in 20 evaluations."""
    window = 20

    def __init__(self, tolerance):
        self.tolerance, self.best = tolerance, []

    def see(self, loss):
        """Add one evaluation."""
        self.best.append(min([loss, *self.best[-1:]]))

    @property
    def seen(self):
        """The number of evaluations."""
        return len(self.best)

    def __bool__(self):
        if self.seen <= self.window or not self.tolerance:
            return False
        before, now = self.best[-1 - self.window], self.best[-1]
        return before - now <= self.tolerance * abs(before)


def _not_finite(step, settings):
    """The sentence for a loss or gradient that is NaN or infinite: step, term, likely cause."""
    wrong = [name for name, value in step.terms.items() if not np.isfinite(value)]
    weights = {name: settings.weight(name) for name in wrong or step.terms}
    largest = max(weights, key=weights.get)
    if weights[largest] > 1e6:
        cause = f"{largest}_weight is {weights[largest]:g}: take a smaller one"
    else:
        cause = "values inside the network beyond float32 (3.4e38): check the file, or take other layers"
    what = f"{wrong[0]} term" if wrong else "total" if not np.isfinite(step.total) else "gradient"
    return (f"the {what} is not finite at step {step.step} of {step.steps} (scale {step.scale:g}); likely cause: "
            f"{cause}.{IN_PICTURE}")
