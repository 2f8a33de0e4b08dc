"""Experiments as a table: many runs of `stylize`, each one measured, one row each in a CSV file.
Lesson 09 asks its question with it: a grid of settings in, a table and a contact sheet out.
It knows settings, files and processes; it must not know how a picture is made, nor what makes it good.
"""
import contextlib
import csv
import dataclasses
import functools
import hashlib
import inspect
import io
import itertools
import json
import math
import os
import platform
import re
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from .checkpoint import _beside, fingerprint, network_fingerprint
from .counting import capped
from .evaluate import transfer_measures
from .images import PHOTOS, check_image, load_image, resize_image, sample_photo, save_image, to_uint8
from .measures import BETTER, HELD_OUT, judge
from .optimise import fastest_precision, stylize
from .painting import STYLES, paint
from .run import Run
from .settings import check_choice, check_stylize, check_whole, layer_shares, shown
from .show import show_images
from .vgg import load_vgg

__all__ = ["run_experiments", "settings_grid", "read_table", "contact_sheet"]

TABLE = "table.csv"
NOT_VARIED = dict(content=None, style=None, vgg=None, callback=None, progress=False, snapshot_every=0, checkpoint=None,
                  save_every=1, resume=False)
DEFAULTS = dict(content=None, style=None, size=300, network="course") | {
    name: each.default for name, each in inspect.signature(stylize).parameters.items() if name not in NOT_VARIED}
NAMED = ("content", "style", "size", "network")  # what a key knows by its content
NUMBERS = ("height", "width", "threads", "evaluations", "seconds", "loss", *BETTER)
WORDS = ("status", "content", "style", "network", "picture", "error", "precision_used", "began", "course_lib",
         "tensorflow", "numpy", "python", "system", "key")
COLUMNS = ("status", *DEFAULTS, *NUMBERS, *WORDS[4:])
NEEDED = ("status", "content", "style", "picture", "error", "key")  # the key last: a line that breaks off shows it


def settings_grid(**values):
    """Return every combination of the values: a list of dicts, the last name changing fastest.

    A list, a range or an array holds several values to try; anything else, a tuple too, is one value.

    >>> settings_grid(style=["flow", "ink"], steps=(36, 20))
    [{'style': 'flow', 'steps': (36, 20)}, {'style': 'ink', 'steps': (36, 20)}]

    Built in lesson 09.
    """
    several = [list(value) if isinstance(value, (list, range, np.ndarray)) else [value] for value in values.values()]
    for name, each in zip(values, several):
        if not each:
            raise ValueError(f"{name} is empty; give at least one value.")
    return [dict(zip(values, chosen)) for chosen in itertools.product(*several)]


def run_experiments(grid, folder, pictures=None, workers=1, progress=True):
    """Run `stylize` once for each combination of settings, measure each picture, and keep all of it as a table.

    grid: a dict of setting -> value or list of values (`settings_grid`), or a list of dicts, one a run. `content` and
    `style` are names: of `pictures`, a dict of name -> (1, H, W, 3) RGB 0-255, of `photo_names()` or `style_names()`,
    or of a file. Beside them: size (as in `load_image`, of both pictures; default 300), network (as in `load_vgg`), and
    every setting of `stylize`. folder: is made where it is missing, and gets `table.csv` and the pictures as PNG.
    Returns the rows of this grid in its order, as `read_table` gives them.

    A row holds every setting, defaults too; the number of evaluations, the seconds, the final loss; what `judge` says
    of the picture as it is in the file; versions; and a key, the hash of settings and pictures (of their pixels, not
    of their names). The table is written anew beside the old one, and renamed, after each row. A row that is `done` is
    not run again; one that has `failed` holds its error in place of measures, does not end the others, and is tried
    again next time. Ctrl-C or Jupyter's stop button ends it with the rows so far; the same call goes on. Columns that
    you add to the file yourself are kept. Do not run two calls on one folder at once.

    workers: processes that share this computer's cores; 1 runs here, -1 takes one for each core. On a cluster: the same
    call inside `joblib.parallel_config(backend="dask")`, once a Dask client is connected; only this process writes.
    ValueError or TypeError, before anything is run, where a setting is wrong, or names a layer that `judge` looks at.

    >>> rows = run_experiments(dict(content=["cat", "rocket"], style="flow", style_weight=[40, 400]), "results/alpha")
    >>> contact_sheet("results/alpha", rows, measures=["edges"]); plt.show()

    Built in lesson 09.
    """
    runs = [_complete(settings) for settings in (settings_grid(**grid) if isinstance(grid, dict) else _listed(grid))]
    check_choice(progress, "progress", (True, False))
    if workers != -1:
        check_whole(workers, "workers", 1)
    table = _Table(folder)
    find = functools.cache(functools.partial(_picture, _checked_pictures(pictures)))
    plan = [_planned(settings, find) for settings in runs]
    table.forget_failures(runs)
    todo = {key: ready for key, *ready in plan if not table.has(key)}
    try:
        with _bar(len(dict.fromkeys(key for key, *_ in plan)), len(todo), progress) as bar:
            for key, facts, picture in _results(todo, workers):
                table.add(key, facts, picture, [key for key, *_ in plan], bar.write)
                bar.set_postfix_str(f"{facts['content']} × {facts['style']}: {facts['status']}", refresh=False)
                bar.update()
    except KeyboardInterrupt:
        print(f"stopped by hand: {table.count(plan)} of {len(plan)} runs are in {table.path.name}; "
              "the same call goes on with the others")
    table.settle()
    return [table.rows[key] for key, *_ in plan if key in table.rows]


def read_table(folder):
    """Return the rows of an experiment table, a list of dicts: column -> number, word, list, bool or None.

    folder: where `run_experiments` wrote its `table.csv`, or the path of such a file. Empty cells are None. Fits into a
    data frame as it is: `pandas.DataFrame(read_table(folder))`. FileNotFoundError; ValueError names the file, the line
    and what is wrong there: not UTF-8, a quotation mark that never ends, too few cells, no number where one belongs.

    >>> best = min(read_table("results/alpha"), key=lambda row: row["bands"])

    Built in lesson 09.
    """
    path = _table_path(folder)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path.name} in {path.parent.absolute()}; run_experiments writes it.")
    lines = _lines(path)
    header = lines[0][1] if lines else []
    for name in NEEDED:
        if name not in header:
            raise ValueError(f"{path.name}, line 1: there is no column {name!r}; keep the first line as it was, its "
                             "names parted by commas.")
    if len(set(header)) < len(header):
        raise ValueError(f"{path.name}, line 1: two columns have one name; rename one.")
    rows, seen = [], {}
    for line, cells in lines[1:]:
        with _at(path, line):
            rows.append(_row(header, cells))
            first = seen.setdefault(rows[-1]["key"], line)
            _need(first == line, f"the same key as in line {first}; delete one of the two")
    return rows


def contact_sheet(folder, table=None, measures=(), columns=6, width=11.0, caption=None):
    """Draw the pictures of a table side by side, each under the settings that differ; returns the matplotlib figure.

    folder: of `run_experiments`. table: its rows, all or some of them, in the order wanted; None takes all. measures:
    names of columns whose numbers stand below the settings. columns, width, caption: as in `show_images`. Rows that
    failed are left out. ValueError where no picture is left or a measure is no column; FileNotFoundError: a picture.

    >>> contact_sheet("results/alpha", measures=["bands", "edges"]); plt.show()

    Built in lesson 09.
    """
    rows = read_table(folder) if table is None else table
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, dict) and "status" in row for row in rows):
        raise TypeError(f"table is {shown(rows)}; give rows as read_table returns them, or None.")
    rows = [row for row in rows if row["status"] == "done"]
    if not rows:
        raise ValueError("table holds no finished row; let run_experiments finish one.")
    check_whole(columns, "columns", 1, 100)
    for name in measures:
        if not isinstance(rows[0].get(name), (int, float)):
            raise ValueError(f"measures holds {shown(name)}, which is no column; such are {', '.join(BETTER)}.")
    differ = [name for name in DEFAULTS if len({str(row.get(name)) for row in rows}) > 1]
    place, pictures = _table_path(folder).parent, {}
    for number, row in enumerate(rows, 1):
        title = "\n".join([_title(row, differ)] + [f"{name} {row[name]:.2f}" for name in measures])
        pictures[title if title not in pictures else f"{number}: {title}"] = load_image(place / row["picture"])
    return show_images(pictures, caption, columns=min(columns, len(pictures)), width=width)


def _title(row, differ):
    names = " · ".join(Path(row[name]).stem for name in ("content", "style") if name in differ)
    others = [f"{name} {_brief(row[name])}" for name in differ if name not in ("content", "style")]
    return "\n".join(filter(None, [names, *others])) or f"{row['content']} · {row['style']}"


def _brief(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# ---- before a run: settings, pictures, key

def _listed(grid):
    if not isinstance(grid, (list, tuple)) or not grid or not all(isinstance(each, dict) for each in grid):
        raise TypeError(f"grid is {shown(grid)}; give a dict of setting -> values, or a list of dicts.")
    return grid


def _complete(settings):
    """The settings of one run, defaults filled in, as JSON keeps them; an error where `stylize` would refuse them."""
    unknown = [name for name in settings if name not in DEFAULTS]
    if unknown:
        raise ValueError(f"grid holds {shown(unknown[0])}, which cannot be varied; settings are {', '.join(DEFAULTS)}.")
    settings = DEFAULTS | settings
    for name in ("content", "style", "network"):
        if not isinstance(settings[name], str) or not settings[name]:
            raise TypeError(f"{name} is {shown(settings[name])}; give a name (pictures={{...}} gives a picture one).")
    try:
        plain = json.loads(json.dumps(settings, default=lambda value: value.item(), allow_nan=False))
    except (TypeError, ValueError, AttributeError):
        named = next((name for name, value in settings.items() if hasattr(value, "shape")), "grid")
        raise ValueError(f"{named} holds what no table can keep; give numbers, words or tuples of them.") from None
    checked = check_stylize(NOT_VARIED | settings)
    for name in ("content_layers", "style_layers"):
        judged = [layer for layer in layer_shares(settings[name], name) if layer in HELD_OUT]
        if judged:
            raise ValueError(f"{name} holds {judged[0]}, at which judge measures; take a layer beside it.")
    floats = {name: float(plain[name]) for name, default in DEFAULTS.items() if isinstance(default, float)}
    return plain | floats | dict(steps=[capped(count) for count in checked["steps"]], scales=list(checked["scales"]))


def _checked_pictures(pictures):
    if not isinstance(pictures or {}, dict):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of name -> picture.")
    return {name: check_image(picture, f"{name!r} in pictures") for name, picture in (pictures or {}).items()}


def _planned(settings, find):
    """(key, settings, content, style) of a run; in place of the pictures None and the error, where one is missing."""
    size = tuple(settings["size"]) if isinstance(settings["size"], list) else settings["size"]
    try:
        content, style = (find(kind, settings[kind], size) for kind in ("content", "style"))
        known = [fingerprint(content), fingerprint(style), _network_fingerprint(settings["network"])]
        hashed = [{name: value for name, value in settings.items() if name not in NAMED}]
        ready = content, style
    except Exception as error:  # whatever is wrong with a file, the other runs can do without it
        known, hashed, ready = [], [settings], (None, error)
    digest = hashlib.sha256(json.dumps(known + hashed, sort_keys=True).encode()).hexdigest()
    return f"r{digest[:15]}", settings, *ready  # the letter keeps spreadsheets from taking it for a number


def _picture(pictures, kind, name, size):
    """A picture of the user's, of the course, or of a file; a grid names the same one again and again."""
    if name in pictures:
        return resize_image(pictures[name], size)
    built_in, make = (PHOTOS, sample_photo) if kind == "content" else (STYLES, _painted)
    return make(name, size) if name in built_in else load_image(name, size)


def _painted(name, size):
    if size is None:
        return paint(name)
    return paint(name, (round(size * 3 / 4), size) if isinstance(size, int) else size)


@functools.lru_cache(maxsize=4)
def _network_fingerprint(network):
    return network_fingerprint(load_vgg(network).network)


# ---- the runs, here, in processes or on a cluster

def _results(todo, workers):
    """(key, facts, picture) of each run, as they finish."""
    import joblib
    ready = {key: run for key, run in todo.items() if run[1] is not None}
    for key in todo.keys() - ready.keys():
        settings, _, error = todo[key]
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
        raise RuntimeError("a worker was killed, most likely for lack of memory; take fewer workers or smaller "
                           "pictures: finished rows are kept, and the same call goes on.") from error


def _run(key, settings, content, style, threads):
    """One run, in whichever process: its key, what its row says, and the picture (H, W, 3) uint8, or None."""
    _limit_threads(threads)
    stopped = Run.stopped_at
    facts = settings | dict(height=content.shape[1], width=content.shape[2], threads=threads) | _versions()
    try:
        transfer_measures(content, content, style)  # refuses what cannot be judged before time is spent on it
        vgg = load_vgg(settings["network"])
        chosen = {name: _as_given(value) for name, value in settings.items()
                  if name not in NAMED}
        chosen["precision"] = facts["precision_used"] = (
            fastest_precision(vgg) if chosen["precision"] == "auto" else chosen["precision"])
        began = time.perf_counter()
        picture, history = stylize(content, style, vgg, progress=False, **chosen)
        if Run.stopped_at != stopped:
            raise KeyboardInterrupt
        facts |= dict(evaluations=len(history), seconds=round(time.perf_counter() - began, 2), loss=history[-1].total)
        picture = to_uint8(picture)
        judged = judge(picture[None].astype(np.float32), content, style, vgg)
        return key, facts | dict(status="done", error=None) | dataclasses.asdict(judged), picture
    except Exception as error:
        return key, facts | _failed(error), None


def _as_given(value):
    """JSON's lists as the tuples that they were."""
    return tuple(map(_as_given, value)) if isinstance(value, list) else value


def _failed(error):
    return dict(status="failed", error=f"{type(error).__name__}: {' '.join(str(error).split())}")


def _limit_threads(threads):
    """Load TensorFlow with so many threads, in a worker where it is not loaded yet."""
    if threads is not None and "tensorflow" not in sys.modules:
        os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS=str(threads))
        from . import _tensorflow  # noqa: F401; now, for joblib takes memory that a worker gains later for a leak


def _versions():
    from importlib.metadata import version

    from . import __version__
    return dict(began=datetime.now(timezone.utc).isoformat(timespec="seconds"), course_lib=__version__,
                tensorflow=version("tensorflow"), numpy=np.__version__, python=platform.python_version(),
                system=f"{platform.system()} {platform.machine()}")


def _bar(runs, waiting, shown):
    from tqdm import tqdm
    return tqdm(total=runs, initial=runs - waiting, desc="experiments", unit="run", file=sys.stdout, disable=not shown)


# ---- the table

class _Table:
    """The rows by key, and the file that holds them."""

    def __init__(self, folder):
        self.path, self.unsaved = _table_path(folder), False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = {row["key"]: row for row in read_table(self.path)} if self.path.exists() else {}

    def forget_failures(self, runs):
        """Drop the failed rows of runs that are to be tried again."""
        again = [tuple(map(repr, settings.values())) for settings in runs]
        self.rows = {key: row for key, row in self.rows.items()
                     if row["status"] == "done" or tuple(repr(row.get(name)) for name in DEFAULTS) not in again}

    def has(self, key):
        """Is this run done, and its picture still there?"""
        row = self.rows.get(key, {})
        return row.get("status") == "done" and (self.path.parent / row["picture"]).is_file()

    def count(self, plan):
        return sum(self.has(key) for key, *_ in plan)

    def add(self, key, facts, picture, order, say):
        """Keep one more run: its picture first, then the table, in the order of the grid."""
        name = None
        if picture is not None:
            words = [re.sub(r"\W+", "-", Path(facts[each]).stem)[:20] for each in ("content", "style")]
            name = f"{'_'.join(words)}_{key}.png"
            save_image(picture[None], self.path.parent / name)
        self.rows[key] = self.rows.get(key, {}) | dict.fromkeys(COLUMNS) | facts | dict(key=key, picture=name)
        first = {each: row for each, row in self.rows.items() if each not in order}
        self.rows = first | {each: self.rows[each] for each in order if each in self.rows}
        try:
            self.write()
        except OSError as error:
            say(f"{self.path.name} could not be written ({error.strerror}): is it open in another program? The row is "
                "kept, and written with the next one.")

    def write(self):
        """Write the file anew, beside the old one, and rename it; a mark at its start tells Excel that it is UTF-8."""
        columns = [name for name in dict.fromkeys([*COLUMNS, *itertools.chain(*self.rows.values())]) if name != "key"]
        columns += ["key"]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([columns, *([_cell(name, row.get(name)) for name in columns] for row in self.rows.values())])
        self.unsaved = True
        with _beside(self.path) as file:
            file.write(text.getvalue().encode("utf-8-sig"))
        self.unsaved = False

    def settle(self):
        """A last try to write what could not be written."""
        if self.unsaved:
            self.write()


def _table_path(folder):
    if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
        raise TypeError(f"folder is {shown(folder)}; give the name of a folder.")
    path = Path(folder)
    return path if path.suffix.lower() == ".csv" else path / TABLE


def _cell(name, value):
    """A value as text: words as they are, all else as JSON, and so are words that JSON would read otherwise."""
    if value is None or name in WORDS:
        return value or ""
    return value if isinstance(value, str) and _value(value) == value else json.dumps(value, ensure_ascii=False)


def _value(cell):
    """What `_cell` wrote."""
    try:
        return json.loads(cell) if cell else None
    except ValueError:
        return cell


def _lines(path):
    """(number of its last line in the file, cells) of every row, the first line included."""
    data = path.read_bytes()
    try:
        reader = csv.reader(io.StringIO(data.decode().removeprefix("\ufeff"), newline=""), strict=True)
        return [(reader.line_num, cells) for cells in reader if any(cells)]
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}, line {line}: this is no UTF-8; save it as 'CSV UTF-8'.") from None
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {reader.line_num}: {error}; mend that line, or delete it.") from None


@contextlib.contextmanager
def _at(path, line):
    """Name file and line in front of what is wrong there."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path.name}, line {line}: {error}.") from None


def _row(header, cells):
    _need(len(cells) == len(header), f"{len(cells)} cells where the first line has {len(header)}; mend or delete it")
    row = {name: (cell or None) if name in WORDS else _value(cell) for name, cell in zip(header, cells)}
    _need(re.fullmatch("r[0-9a-f]{15}", row["key"] or ""), f"key is {shown(row['key'])}; delete the line")
    _need(row["status"] in ("done", "failed"), f"status is {shown(row['status'])}; it is done or failed")
    for name in NUMBERS:
        number = type(row.get(name)) in (int, float) and math.isfinite(row[name])
        needed = row["status"] == "done" and name != "threads"
        _need(number or row.get(name) is None and not needed, f"{name} is {shown(row.get(name))}; give a number")
    _need(row["picture"] or row["status"] == "failed", "picture is empty; delete the line to run it again")
    return row


def _need(fits, otherwise):
    if not fits:
        raise ValueError(otherwise)
