"""Experiments as a table: many runs of `stylize`, each measured, each one row of a CSV file.
Built in lesson 09: a grid of settings in, a table and a contact sheet out.
Must not know formulas: `stylize` makes the pictures, `judge` measures them, `Settings` lists what can be varied.
"""
import dataclasses
import functools
import hashlib
import itertools
import json
import os
import platform
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from course_lib._base import capped, check_choice, check_whole, shown, tf
from course_lib.engine.checkpoint import fingerprint, network_fingerprint
from course_lib.engine.run import Run
from course_lib.images import check_image, load_image, resize_image, to_uint8
from course_lib.lab.evaluate import transfer_measures
from course_lib.lab.measures import BETTER, HELD_OUT, judge
from course_lib.lab.methods import CONTROLS, finished, function_of, made_by, mask_of, method_settings, style_argument
from course_lib.lab.table import read_table, Table, table_path
from course_lib.language import label, say
from course_lib.optimise import stylize
from course_lib.precision import fastest_precision
from course_lib.samples import painting_names, photo_names, sample_painting, sample_photo
from course_lib.settings import Settings
from course_lib.show import show_images
from course_lib.vgg import load_vgg

NAMED = ("content", "style", "size", "network", *CONTROLS)  # what an experiment varies beside settings of `stylize`
PICTURES = ("content", "style", "also", "mask")
#: What an experiment may vary, with its defaults: pictures, network, and every setting that decides the picture.
DEFAULTS = dict(content=None, style=None, size=300, network="course") | CONTROLS | {
    field.name: field.default for field in dataclasses.fields(Settings) if field.metadata["identity"]}


# -------------------------------------------------------------------------------------------------- what lessons call

def settings_grid(**values):
    """List every combination of some values, the last name changing fastest.

    Args:
        **values: for each name a list, a range or an array of values to try; anything else, a tuple too, is one value.

    Returns:
        A list of dicts.

    Raises:
        ValueError: a list is empty.

    >>> settings_grid(style=["flow", "ink"], steps=(36, 20))
    [{'style': 'flow', 'steps': (36, 20)}, {'style': 'ink', 'steps': (36, 20)}]

    Built in lesson 09.
    """
    several = [list(value) if isinstance(value, (list, range, np.ndarray)) else [value] for value in values.values()]
    for name, each in zip(values, several):
        if not each:
            raise ValueError(f"{name} is empty; give at least one value.")
    return [dict(zip(values, chosen)) for chosen in itertools.product(*several)]


def run_experiments(grid, folder, pictures=None, workers=1, progress=True, methods=None):
    """Run `stylize` once for each combination of settings, measure each picture, and keep everything in a table.

    A row contains every setting, defaults too; the number of evaluations, the seconds, the final loss; the measures
    that `judge` gives for the picture in the file; versions; and a key, the hash of the settings and of the pixels.
    The table is written after every run. A row with status 'done' is not run again. A row with status 'failed'
    contains its error; the other runs continue, and the next call tries it again. After Ctrl-C or Jupyter's stop
    button the same call continues. Columns that you add to the file are kept. Do not run two calls on one folder at
    the same time.

    Args:
        grid: a dict of setting -> value or list of values (`settings_grid`), or a list of dicts, one for each run.
            `content` and `style` are names: of `pictures`, of `photo_names()` or `painting_names()`, or of a file. The
            others are size (of both pictures, as in `load_image`; default 300), network (as in `load_vgg`), the
            settings of `stylize`, and
            method: 'stylize'; for comparison 'photograph' (unchanged), 'colours' (the photograph in the painting's
            colours), 'article' (`ARTICLE`), 'gatys' (one scale, from noise), or one of `methods`;
            also, also_weight: the name of a second painting, and its weight beside the first one's 1;
            mask: a picture or file, white where `style` belongs; elsewhere `also`, or the photograph;
            keep_colours: as `how` in `keep_colours`. The measures compare with `style` alone.
        folder: gets `table.csv` and the pictures as PNG; it is created if it does not exist.
        pictures: your own pictures, a dict of name -> (1, H, W, 3) RGB 0-255.
        workers: processes that share this computer's cores; 1 runs here, -1 takes one for each core. On a cluster, put
            the same call into `joblib.parallel_config(backend="dask")` after connecting a Dask client.
        progress: show a bar.
        methods: your own methods, a dict of name -> function (content, style) -> picture (1, H, W, 3). The key of a
            row knows the name only: after changing a function, change its name.

    Returns:
        The rows of this grid in its order, as `read_table` gives them.

    Raises:
        TypeError or ValueError: a setting is wrong, or names a layer that `judge` uses; nothing has been run.

    >>> rows = run_experiments(dict(content=["cat", "rocket"], style="flow", style_weight=[40, 400]), "results/alpha")
    >>> contact_sheet("results/alpha", rows, measures=["edges"]); plt.show()

    Built in lesson 09.
    """
    runs = [_complete(settings, methods) for settings in
            (settings_grid(**grid) if isinstance(grid, dict) else _listed(grid))]
    check_choice(progress, "progress", (True, False))
    if workers != -1:
        check_whole(workers, "workers", 1)
    table = Table(folder, DEFAULTS)
    find = functools.cache(functools.partial(_picture, _checked_pictures(pictures)))
    plan = [_planned(settings, find) for settings in runs]
    keys = [key for key, *_ in plan]
    table.forget_failures(runs)
    todo = {key: (settings, ready, function_of(settings["method"], methods))
            for key, settings, ready in plan if not table.has(key)}
    try:
        with _bar(len(set(keys)), len(todo), progress) as bar:
            for key, facts, picture in _results(todo, workers):
                table.add(key, facts, picture, keys, bar.write)
                bar.set_postfix_str(f"{facts['content']} × {facts['style']}: {facts['status']}", refresh=False)
                bar.update()
    except KeyboardInterrupt:
        say(f"stopped by hand: {sum(map(table.has, keys))} of {len(plan)} runs are in {table.path.name}; "
            "the same call continues with the others")
    table.finish()
    return [table.rows[key] for key in keys if key in table.rows]


def contact_sheet(folder, table=None, measures=(), columns=6, width=11.0, caption=None):
    """Draw the pictures of a table side by side, each under the settings in which the rows differ.

    Args:
        folder: the folder of `run_experiments`.
        table: some of its rows, in the order wanted; None takes all. Rows that failed are left out.
        measures: names of columns whose numbers are shown below the settings.
        columns, width, caption: as in `show_images`.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError or ValueError: no finished row is left, or a measure is not a column.
        FileNotFoundError: a picture is missing.

    >>> contact_sheet("results/alpha", measures=["bands", "edges"]); plt.show()

    Built in lesson 09.
    """
    rows = _finished(read_table(folder) if table is None else table)
    check_whole(columns, "columns", 1, 100)
    for name in measures:
        if not isinstance(rows[0].get(name), (int, float)):
            raise ValueError(f"measures contains {shown(name)}, which is not a column; give some of "
                             f"{', '.join(BETTER)}.")
    differ = _differing(rows)
    place, pictures = table_path(folder).parent, {}
    for number, row in enumerate(rows, 1):
        title = "\n".join([_title(row, differ)] + [f"{name} {row[name]:.2f}" for name in measures])
        pictures[title if title not in pictures else f"{number}: {title}"] = load_image(place / row["picture"])
    return show_images(pictures, caption, columns=min(columns, len(pictures)), width=width)


def pictures_of(rows, kind="content", pictures=None):
    """Load the photographs or the paintings of a table, for a figure that shows them.

    Args:
        rows: of `run_experiments` or `read_table`.
        kind: 'content' or 'style'.
        pictures: your own pictures, as in `run_experiments`.

    Returns:
        A dict of name -> (1, H, W, 3) RGB 0-255, at the size of the run; each name once.

    Raises:
        TypeError, ValueError: an argument does not fit.
        FileNotFoundError: a name is none of a picture.

    >>> list(pictures_of([dict(status="done", content="cat", size=64)]))
    ['cat']

    Used in lesson 09.
    """
    check_choice(kind, "kind", ("content", "style"))
    pictures, found = _checked_pictures(pictures), {}
    for row in _finished(rows):
        size = row.get("size")
        name = row.get(kind)
        if name not in found:
            found[name] = _picture(pictures, kind, name, tuple(size) if isinstance(size, list) else size)
    return found


def _finished(rows):
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, dict) and "status" in row for row in rows):
        raise TypeError(f"table is {shown(rows)}; give rows as read_table returns them, or None.")
    rows = [row for row in rows if row["status"] == "done"]
    if not rows:
        raise ValueError("table contains no finished row; let run_experiments finish one.")
    return rows


def _differing(rows):
    """The settings in which the rows differ; those that belong to a method are named by it."""
    methods = {}
    for row in rows:
        methods.setdefault(row.get("method"), []).append(row)
    return [name for name in DEFAULTS if name == "method" and len(methods) > 1 or
            any(len({str(row.get(name)) for row in group}) > 1 for group in methods.values())]


def _title(row, differ):
    names = " · ".join(Path(row[name]).stem for name in ("content", "style") if name in differ)
    others = [f"{name} {_brief(row[name])}" for name in differ if name not in ("content", "style")]
    return "\n".join(filter(None, [names, *others])) or f"{row['content']} · {row['style']}"


def _brief(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# ---------------------------------------------------------------------------------------------------- before a run

def _listed(grid):
    if not isinstance(grid, (list, tuple)) or not grid or not all(isinstance(each, dict) for each in grid):
        raise TypeError(f"grid is {shown(grid)}; give a dict of setting -> values, or a list of dicts.")
    return grid


def _complete(settings, methods=None):
    """The settings of one run with the defaults, in the form in which the table keeps them; checked."""
    unknown = [name for name in settings if name not in DEFAULTS]
    if unknown:
        raise ValueError(f"grid contains {shown(unknown[0])}, which cannot be varied; settings are "
                         f"{', '.join(DEFAULTS)}.")
    settings = DEFAULTS | method_settings(settings, methods)
    for name in ("content", "style", "network"):
        if not isinstance(settings[name], str) or not settings[name]:
            raise TypeError(f"{name} is {shown(settings[name])}; give a name (pictures={{...}} gives a picture one).")
    plain = _plain(settings)
    checked = Settings(**{name: value for name, value in plain.items() if name not in NAMED})
    for kind in ("content", "style"):
        shared = [layer for layer in checked.shares(kind) if layer in HELD_OUT]
        if shared:
            raise ValueError(f"{kind}_layers contains {shared[0]}, which judge uses; take a layer near it.")
    floats = {name: float(plain[name]) for name, default in DEFAULTS.items() if isinstance(default, float)}
    return plain | floats | dict(steps=[capped(count) for count in checked.counts], scales=list(checked.scales))


def _plain(settings):
    """The settings as numbers, texts and lists of them, which a table can keep."""
    try:
        return json.loads(json.dumps(settings, default=lambda value: value.item(), allow_nan=False))
    except (TypeError, ValueError, AttributeError):
        named = next((name for name, value in settings.items() if hasattr(value, "shape")), "grid")
        raise ValueError(f"{named} contains a value that a table cannot keep; give numbers, words or tuples of "
                         "them.") from None


def _checked_pictures(pictures):
    if not isinstance(pictures or {}, dict):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of name -> picture.")
    return {name: check_image(picture, f"{name!r} in pictures") for name, picture in (pictures or {}).items()}


def _planned(settings, find):
    """(key, settings, its pictures by name) of a run; if a picture is missing, the error in place of the pictures."""
    size = tuple(settings["size"]) if isinstance(settings["size"], list) else settings["size"]
    try:
        ready = {kind: find(kind, settings[kind], size) for kind in ("content", "style")}
        shape = ready["content"].shape[1:3]
        ready |= {kind: settings[kind] and find(kind, settings[kind], shape if kind == "mask" else size)
                  for kind in ("also", "mask")}
        known = [fingerprint(ready[kind]) for kind in PICTURES if ready[kind] is not None]
        known.append(_network_fingerprint(settings["network"]))
        hashed = [{name: value for name, value in settings.items() if name not in NAMED}]
        hashed += [{name: value} for name, value in settings.items()
                   if name in CONTROLS and value != CONTROLS[name] and name not in PICTURES]
    except Exception as error:  # a wrong file must not end the other runs
        known, hashed, ready = [], [settings], error
    digest = hashlib.sha256(json.dumps(known + hashed, sort_keys=True).encode()).hexdigest()
    return f"r{digest[:15]}", settings, ready  # with the letter, a spreadsheet does not read it as a number


def _picture(pictures, kind, name, size):
    """A picture of the user, of the course, or from a file."""
    if kind == "mask":
        return mask_of(name, pictures, size)
    if name in pictures:
        return resize_image(pictures[name], size)
    names, make = (photo_names, sample_photo) if kind == "content" else (painting_names, sample_painting)
    return make(name, size) if name in names() else load_image(name, size)


@functools.lru_cache(maxsize=4)
def _network_fingerprint(network):
    return network_fingerprint(load_vgg(network).network)


# ------------------------------------------------------------------------ the runs, here, in processes or on a cluster

def _results(todo, workers):
    """(key, facts, picture) of each run, as they finish."""
    import joblib
    ready = {key: run for key, run in todo.items() if not isinstance(run[1], Exception)}
    for key in todo.keys() - ready.keys():
        settings, error, _ = todo[key]
        yield key, settings | _failed(error), None
    if not ready:
        return
    together = min(joblib.effective_n_jobs(workers), len(ready)) or 1
    threads = max(1, joblib.cpu_count() // together) if together > 1 else None
    runs = (joblib.delayed(_run)(key, *run, threads) for key, run in ready.items())
    try:
        yield from joblib.Parallel(workers, return_as="generator_unordered", pre_dispatch="n_jobs")(runs)
    except Exception as error:
        if type(error).__name__ not in ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker"):
            raise
        raise RuntimeError("a worker was killed, most likely because memory ran out; take fewer workers or smaller "
                           "pictures: finished rows are kept, and the same call continues.") from error


def _run(key, settings, pictures, function, threads):
    """One run, in any process: its key, the facts for its row, and the picture (H, W, 3) uint8, or None."""
    _limit_threads(threads)
    stopped = Run.stopped_at
    content, style = pictures["content"], pictures["style"]
    facts = settings | dict(height=content.shape[1], width=content.shape[2], threads=threads) | _versions()
    try:
        transfer_measures(content, content, style)  # pictures that cannot be measured are refused before the run
        vgg = load_vgg(settings["network"])
        made, picture = _made(settings, pictures, function) if function else _optimised(settings, pictures, vgg)
        if Run.stopped_at != stopped:
            raise KeyboardInterrupt
        picture = to_uint8(picture)
        judgement = judge(picture[None].astype(np.float32), content, style, vgg)
        return key, facts | made | dict(status="done", error=None) | dataclasses.asdict(judgement), picture
    except Exception as error:
        return key, facts | _failed(error), None


def _made(settings, pictures, function):
    """The facts and the picture of a method without an optimisation: it has no loss."""
    began = time.perf_counter()
    picture = made_by(function, pictures["content"], pictures["style"], settings["method"])
    return dict(evaluations=0, seconds=round(time.perf_counter() - began, 2), loss=None), picture


def _optimised(settings, pictures, vgg):
    """The facts and the picture of `stylize`."""
    chosen = {name: value for name, value in settings.items() if name not in NAMED}
    chosen["precision"] = fastest_precision(vgg) if chosen["precision"] == "auto" else chosen["precision"]
    began = time.perf_counter()
    picture, history = stylize(pictures["content"], style_argument(settings, pictures), vgg, progress=False, **chosen)
    facts = dict(evaluations=len(history), seconds=round(time.perf_counter() - began, 2), loss=history[-1].total,
                 precision_used=chosen["precision"])
    return facts, finished(picture, settings, pictures)


def _failed(error):
    return dict(status="failed", error=f"{type(error).__name__}: {' '.join(str(error).split())}")


def _limit_threads(threads):
    """Load TensorFlow with this number of threads, in a worker where it is not loaded yet."""
    if threads is not None and "tensorflow" not in sys.modules:
        os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS=str(threads))
        tf.zeros(1)  # now: joblib takes memory that a worker needs later for a leak


def _versions():
    from importlib.metadata import version

    from course_lib import __version__
    return dict(began=datetime.now(timezone.utc).isoformat(timespec="seconds"), course_lib=__version__,
                tensorflow=version("tensorflow"), numpy=np.__version__, python=platform.python_version(),
                system=f"{platform.system()} {platform.machine()}")


def _bar(runs, waiting, shown):
    from tqdm import tqdm
    return tqdm(total=runs, initial=runs - waiting, desc=label("experiments"), unit="run", file=sys.stdout,
                disable=not shown)
