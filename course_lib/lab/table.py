"""The table of experiments as a CSV file, which a spreadsheet can edit: read, checked line by line, written safely.
Used in lesson 09, by way of `run_experiments`.
Must not know networks, losses or optimising: only names of columns, cells and pictures.
"""
import contextlib
import csv
import io
import itertools
import json
import math
import os
import re
from pathlib import Path

from course_lib._base import beside, shown
from course_lib.images import save_image
from course_lib.lab.measures import BETTER

TABLE = "table.csv"
NUMBERS = ("height", "width", "threads", "evaluations", "seconds", "loss", *BETTER)
FACTS = ("picture", "error", "precision_used", "began", "course_lib", "tensorflow", "numpy", "python", "system", "key")
TEXTS = ("status", "content", "style", "network", *FACTS)  # columns of text; all other cells are JSON
NEEDED = ("status", "content", "style", "picture", "error", "key")  # the key is last, so that it shows a cut line


def read_table(folder):
    """Read a table of experiments.

    The rows fit into a data frame as they are: `pandas.DataFrame(read_table(folder))`.

    Args:
        folder: the folder of `run_experiments`, or the path of a `.csv` file.

    Returns:
        A list of rows, each a dict: column -> number, text, list, bool or None. Empty cells are None.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged. The error names the file, the line and the fault: text that is not UTF-8, a
            quotation mark that is not closed, missing cells, text in place of a number.

    >>> best = min(read_table("results/alpha"), key=lambda row: row["bands"])

    Built in lesson 09.
    """
    path = table_path(folder)
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path.name} in {path.parent.absolute()}; run_experiments writes it.")
    lines = _lines(path)
    header = lines[0][1] if lines else []
    _check_header(path, header)
    rows, seen = [], {}
    for line, cells in lines[1:]:
        with _at(path, line):
            rows.append(_row(header, cells))
            first = seen.setdefault(rows[-1]["key"], line)
            _need(first == line, f"the same key as in line {first}; delete one of the two")
    return rows


def table_path(folder):
    """Find the path of the table in a folder; the path of a `.csv` file stays as it is.

    Args:
        folder: a folder, or a `.csv` file.

    Returns:
        A Path.

    Raises:
        TypeError: `folder` is not a name.

    Used in lesson 09, by way of `read_table`.
    """
    if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
        raise TypeError(f"folder is {shown(folder)}; give the name of a folder.")
    path = Path(folder)
    return path if path.suffix.lower() == ".csv" else path / TABLE


class Table:
    """The rows of a table by their keys, and the file that contains them.

    Args:
        folder: as in `read_table`; it is created if it does not exist.
        settings: the names of the columns that contain settings.

    Used in lesson 09, by way of `run_experiments`.
    """

    def __init__(self, folder, settings):
        self.path, self.settings, self.unsaved = table_path(folder), tuple(settings), False
        self.columns = ("status", *self.settings, *NUMBERS, *FACTS)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.rows = {row["key"]: row for row in read_table(self.path)} if self.path.exists() else {}

    def forget_failures(self, runs):
        """Remove the failed rows of runs that will be tried again."""
        again = [tuple(map(repr, settings.values())) for settings in runs]
        self.rows = {key: row for key, row in self.rows.items()
                     if row["status"] == "done" or tuple(repr(row.get(name)) for name in self.settings) not in again}

    def has(self, key):
        """True if this run is done and its picture exists."""
        row = self.rows.get(key, {})
        return row.get("status") == "done" and (self.path.parent / row["picture"]).is_file()

    def add(self, key, facts, picture, order, report):
        """Keep one more run: first its picture, then the table with its rows in the order of the keys `order`.

        A file that cannot be written does not end the experiments: `report` gets a line of text.
        """
        name = None
        if picture is not None:
            words = [re.sub(r"\W+", "-", Path(facts[each]).stem)[:20] for each in ("content", "style")]
            name = f"{'_'.join(words)}_{key}.png"
            save_image(picture[None], self.path.parent / name)
        self.rows[key] = self.rows.get(key, {}) | dict.fromkeys(self.columns) | facts | dict(key=key, picture=name)
        first = {each: row for each, row in self.rows.items() if each not in order}
        self.rows = first | {each: self.rows[each] for each in order if each in self.rows}
        try:
            self.write()
        except OSError as error:
            report(f"{self.path.name} could not be written ({error.strerror}): is it open in another program? The row "
                   "is kept and will be written with the next one.")

    def write(self):
        """Write the file; a mark at its beginning lets Excel read it as UTF-8."""
        columns = dict.fromkeys([*self.columns, *itertools.chain(*self.rows.values())])
        columns = [name for name in columns if name != "key"] + ["key"]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([columns, *([_cell(name, row.get(name)) for name in columns] for row in self.rows.values())])
        self.unsaved = True
        with beside(self.path) as file:
            file.write(text.getvalue().encode("utf-8-sig"))
        self.unsaved = False

    def finish(self):
        """Try once more to write rows that could not be written."""
        if self.unsaved:
            self.write()


def _cell(name, value):
    """A value as text: text as it is, everything else as JSON; text that JSON would read otherwise is JSON too."""
    if value is None or name in TEXTS:
        return value or ""
    return value if isinstance(value, str) and _value(value) == value else json.dumps(value, ensure_ascii=False)


def _value(cell):
    """The value that `_cell` wrote."""
    try:
        return json.loads(cell) if cell else None
    except ValueError:
        return cell


def _lines(path):
    """(number of its last line in the file, cells) of every row that is not empty, the header included."""
    data = path.read_bytes()
    try:
        reader = csv.reader(io.StringIO(data.decode().removeprefix("\ufeff"), newline=""), strict=True)
        return [(reader.line_num, cells) for cells in reader if any(cells)]
    except UnicodeDecodeError as error:
        line = data[:error.start].count(b"\n") + 1
        raise ValueError(f"{path.name}, line {line}: the text is not UTF-8; save the file as 'CSV UTF-8'.") from None
    except csv.Error as error:
        raise ValueError(f"{path.name}, line {reader.line_num}: {error}; correct this line, or delete it.") from None


def _check_header(path, header):
    for name in NEEDED:
        if name not in header:
            raise ValueError(f"{path.name}, line 1: there is no column {name!r}; keep the first line as it was: "
                             "names with commas between them.")
    if len(set(header)) < len(header):
        raise ValueError(f"{path.name}, line 1: two columns have the same name; rename one.")


def _row(header, cells):
    _need(len(cells) == len(header), f"{len(cells)} cells where the first line has {len(header)}; correct this line, "
                                     "or delete it")
    row = {name: (cell or None) if name in TEXTS else _value(cell) for name, cell in zip(header, cells)}
    _need(re.fullmatch("r[0-9a-f]{15}", row["key"] or ""), f"key is {shown(row['key'])}; delete the line")
    _need(row["status"] in ("done", "failed"), f"status is {shown(row['status'])}; give done or failed")
    for name in NUMBERS:
        number = type(row.get(name)) in (int, float) and math.isfinite(row[name])
        needed = row["status"] == "done" and name not in ("threads", "loss")
        _need(number or row.get(name) is None and not needed, f"{name} is {shown(row.get(name))}; give a number")
    _need(row["picture"] or row["status"] == "failed", "picture is empty; delete the line to run it again")
    return row


@contextlib.contextmanager
def _at(path, line):
    """Put the file and the line in front of an error."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{path.name}, line {line}: {error}.") from None


def _need(fits, otherwise):
    if not fits:
        raise ValueError(otherwise)
