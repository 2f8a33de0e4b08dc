"""A run on its way: its steps, its history, and a picture to show for it whatever stops it and whenever.
Lesson 07 stops runs and lets them go on; `stylize` makes one for each call.
It knows points, losses and scales: nothing of networks or layers.
"""
import dataclasses
import functools
import sys
import time

import numpy as np

from .checkpoint import Moment, check_same_run, write_checkpoint
from .counting import capped
from .images import resize_image
from .minimisers import minimiser

__all__ = ["Step", "NotFinite"]


@dataclasses.dataclass(frozen=True)
class Step:
    """One evaluation of the loss, as the history keeps it and a callback receives it.

    `step` counts from 1 to `steps` over all scales; `scale` is the picture's size as a fraction of the final one;
    `total`, `content`, `style`, `tv` are the weighted terms; `seconds` since the start; `image` the picture
    (1, h, w, 3) float32 RGB 0-255 at that step (in the history: only where a snapshot was asked for, else None).
    Built in lesson 07.
    """
    step: int
    steps: int
    scale: float
    total: float
    content: float
    style: float
    tv: float
    seconds: float
    image: np.ndarray | None = None


class NotFinite(FloatingPointError):
    """The loss or its gradient became NaN or infinite: the run has stopped, and the message says where and why.

    `picture`: the last good one, (1, H, W, 3) float32 RGB 0-255 of the content's size; `history`: the steps before.

    >>> try:
    ...     picture, history = stylize(photo, painting, vgg)
    ... except NotFinite as stopped:
    ...     picture, history = stopped.picture, stopped.history

    Used in lesson 07.
    """

    def __init__(self, message, picture, history):
        super().__init__(message)
        self.picture, self.history = picture, history


class Run:
    """A run of `stylize`, coarse to fine, that has a picture to show whatever stops it and whenever. Lesson 07.

    begin: where it starts; detailed: whose fine detail each larger scale is given back, or None; given: the settings
    of `stylize`, checked; path: of its checkpoint, or None. `settings`: what makes it this run and no other.
    """
    stopped_at = -np.inf  # the last Ctrl-C in any run: two within a second stop more than one run

    def __init__(self, begin, detailed, given, path):
        self.picture, self.size, self.detailed, self.given, self.path = begin, begin.shape[1:3], detailed, given, path
        self.settings = None
        self.counts = [capped(count) for count in given["steps"]]
        self.history, self.latest, self.index, self.done, self.state = [], None, 0, 0, {}
        self.moment, self.saved, self.began, self.bar = None, 0, time.perf_counter(), None

    def go(self, objective_at):
        """Minimise at every scale in turn, each starting from the one before, enlarged. Lesson 07."""
        from tqdm import tqdm
        minimise = minimiser(self.given["optimizer"], self.given["learning_rate"])
        with tqdm(total=sum(self.counts), initial=len(self.history), disable=not self.given["progress"],
                  desc="stylising", unit="step", file=sys.stdout) as self.bar:
            for self.index in range(self.index, len(self.counts)):
                scale, count = self.given["scales"][self.index], self.counts[self.index]
                if not self.state:
                    size = scaled_size(self.size, scale)
                    self.picture = resized(self.picture, size, self.detailed if self.index else None)
                    self.state, self.done = {"x": self.picture}, 0
                self.flat, objective = Flat(self.given["tolerance"]), objective_at(scale)
                for past in self.history[len(self.history) - self.done:]:
                    self.flat.see(past.total)
                evaluate = functools.partial(self.evaluate, objective, scale)
                self.picture = minimise(evaluate, self.state, count - self.done, lambda: bool(self.flat))
                self.tell_if_flat(scale, count)
                self.state = {}
        self.moment = len(self.counts), 0, {"x": self.picture}, len(self.history)
        self.end_with_a_picture()
        self.save()

    def evaluate(self, objective, scale, image):
        """One evaluation for the optimiser, noted for everybody else. Lesson 07."""
        from ._tensorflow import tf
        self.moment = self.index, self.done, dict(self.state), len(self.history)  # one assignment: never half a moment
        if len(self.history) - self.saved >= self.given["save_every"]:
            self.save()
        terms, gradient = objective(tf.constant(image))
        terms, gradient = [float(term) for term in terms], gradient.numpy()
        number = len(self.history) + 1
        step = Step(number, sum(self.counts), scale, sum(terms), *terms, time.perf_counter() - self.began, image)
        if not (np.isfinite(step.total) and np.isfinite(gradient).all()):
            raise NotFinite(_not_finite(step, self.given), *self.result())
        keep = self.given["snapshot_every"] and number % self.given["snapshot_every"] == 0
        self.history.append(step if keep else dataclasses.replace(step, image=None))
        self.latest, self.done = step, self.done + 1
        self.flat.see(step.total)
        if self.given["optimizer"] == "adam" or step.total == self.flat.best[-1]:
            self.picture = image
        if self.given["callback"]:
            self.given["callback"](step)
        self.bar.set_postfix(loss=f"{step.total:.3g}", scale=f"{scale:g}", refresh=False)
        self.bar.update()
        return step.total, gradient

    def tell_if_flat(self, scale, count):
        """Say so where a scale has ended before its steps were over. Lesson 07."""
        if self.flat and self.given["progress"]:
            tolerance, seen = self.given["tolerance"], self.flat.seen
            self.bar.write(f"scale {scale:g}: stopped after {seen} of {count} steps, as the loss is flat "
                           f"(fallen by less than {tolerance:g} of itself in {Flat.window} steps)")
            self.bar.total -= count - seen

    def end_with_a_picture(self):
        """Let the history end with one, if it holds any at all. Lesson 07."""
        if self.given["snapshot_every"] and self.latest:
            self.history[-1] = self.latest

    def interrupted(self):
        """Ctrl-C or Jupyter's stop button: end with what there is; False where pressed twice. Lesson 07."""
        again, Run.stopped_at = time.monotonic() - Run.stopped_at < 1, time.monotonic()
        self.save()
        self.end_with_a_picture()
        ending = f"; resume=True goes on from {self.path.name}" if self.path and self.moment else ""
        print(f"stopped by hand at step {len(self.history)} of {sum(self.counts)}: this is the picture so far{ending}")
        return not again

    def save(self):
        """Write the last moment to the checkpoint, if there is one; a full disk is no reason to stop. Lesson 07."""
        if not self.path or not self.moment:
            return
        index, done, state, count = self.moment
        rows = [vars(step) for step in self.history[:count]]
        try:
            write_checkpoint(self.path, Moment(self.settings, index, done, state, rows))
        except OSError as error:
            print(f"{self.path.name} could not be written, the run goes on without: {error}")
        self.saved = count

    def go_on_from(self, moment):
        """Take over where another run of the same settings was stopped. Lesson 07."""
        check_same_run(self.path, moment.settings, self.settings)
        scale = (*self.given["scales"], 1.0)[moment.index:][:1]
        if not scale or moment.state["x"].shape[1:3] != scaled_size(self.size, scale[0]):
            raise ValueError(f"{self.path.name} does not fit its own settings; delete it.")
        self.index, self.done, self.state = moment.index, moment.done, moment.state
        self.picture, self.history = moment.state["x"], [Step(**row) for row in moment.rows]
        self.saved = len(self.history)
        self.began -= self.history[-1].seconds if self.history else 0

    def result(self):
        """The picture so far in the content's size, and the history. Lesson 07."""
        same = self.picture.shape[1:3] == self.size
        return self.picture if same else resized(self.picture, self.size, self.detailed), tuple(self.history)


class Flat:
    """True once the smallest loss has fallen by less than `tolerance` of itself in 20 evaluations. Lesson 07."""
    window = 20

    def __init__(self, tolerance):
        self.tolerance, self.best = tolerance, []

    def see(self, loss):
        """Take note of one evaluation. Used in lesson 07."""
        self.best.append(min([loss, *self.best[-1:]]))

    @property
    def seen(self):
        """How many evaluations there were. Lesson 07."""
        return len(self.best)

    def __bool__(self):
        if self.seen <= self.window or not self.tolerance:
            return False
        before, now = self.best[-1 - self.window], self.best[-1]
        return before - now <= self.tolerance * abs(before)


def _not_finite(step, given):
    """The sentence for a loss or gradient that is NaN or infinite: step, term, likely cause."""
    wrong = [name for name in ("content", "style", "tv") if not np.isfinite(getattr(step, name))]
    weights = {name: given[f"{name}_weight"] for name in wrong or ("content", "style", "tv")}
    largest = max(weights, key=weights.get)
    if weights[largest] > 1e6:
        cause = f"{largest}_weight is {weights[largest]:g}: take a smaller one"
    else:
        cause = "values inside the network beyond float32 (3.4e38): check the file, or take other layers"
    what = f"{wrong[0]} term" if wrong else "total" if not np.isfinite(step.total) else "gradient"
    return (f"the {what} is not finite at step {step.step} of {step.steps} (scale {step.scale:g}); likely cause: "
            f"{cause}. The last good picture is in this error's .picture.")


def resized(picture, size, detailed=None):
    """The picture at another size, with the fine detail of `detailed` that it was too small to hold. Lesson 07."""
    resized = resize_image(picture, size)
    if detailed is None:
        return resized
    held = resize_image(resize_image(detailed, picture.shape[1:3]), size)
    return np.clip(resized + resize_image(detailed, size) - held, 0, 255)


def scaled_size(size, scale):
    """(height, width) at a scale, no side below 16 unless it was. Used in lesson 07."""
    return tuple(max(min(16, extent), round(extent * scale)) for extent in size)


def scaled(image, scale):
    """The picture at a scale. Used in lesson 07."""
    return resize_image(image, scaled_size(image.shape[1:3], scale)) if scale != 1 else image
