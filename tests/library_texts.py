"""The English texts of the library that a student may read, as templates: what the Chinese catalogue must hold.

`python tests/library_texts.py` puts new ones into course_lib/data/zh.po, without a translation, and takes out those
that are gone from the source. Must not run the library: the source is only read.
"""
import ast
import functools
import re
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "course_lib"
PLACE = re.compile(r"\{[a-z_]*\}")                 # what str.format fills
WORD = re.compile(r"[A-Za-z]{2,}")                 # a message has a blank and two words
PLACED = re.compile(r"(?:(?<!\{)|(?<=\{\{))\{\d+\}(?!\})")
TAG = re.compile(r"</?(?:code|b)>")
CODE = re.compile(r"^\s*[<.#{]|\.\*\?|[=;{]\s*\n|rgba?\(|</|font-")


class Collector(ast.NodeVisitor):
    """Every text of one file that reads as prose, docstrings left out, as {template: line}."""

    def __init__(self):
        self.found = {}

    def visit_body(self, node):
        first, *rest = node.body
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        for each in ast.iter_child_nodes(node):
            if not (documented and each is first):
                self.visit(each)

    visit_Module = visit_ClassDef = visit_FunctionDef = visit_body

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            self.keep(_escaped(node.value), node)

    def visit_JoinedStr(self, node):
        self.keep(_template(node), node)
        for part in _inner(node):
            self.visit(part)

    def visit_BinOp(self, node):
        if isinstance(node.op, ast.Add) and (template := _template(node)) is not None:
            self.keep(template, node)
            for part in _inner(node):
                self.visit(part)
        else:
            self.generic_visit(node)

    def keep(self, template, node):
        numbers = iter(range(99))
        template = re.sub("\0", lambda _: f"{{{next(numbers)}}}", template)
        bare = PLACED.sub("", template)
        if " " in template.strip() and len(WORD.findall(bare)) > 1 and not CODE.search(TAG.sub("", PLACED.sub("X", template))):
            self.found.setdefault(template, node.lineno)


def _template(node):
    """The text with a NUL for whatever is filled in; None if nothing of it is text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _escaped(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_escaped(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = _template(node.left), _template(node.right)
        return None if sides == (None, None) else "".join("\0" if side is None else side for side in sides)
    return None


def _inner(node):
    """The expressions that fill a template."""
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield part.value
    elif isinstance(node, ast.BinOp):
        for side in (node.left, node.right):
            if _template(side) is None:
                yield side
            else:
                yield from _inner(side)


def _escaped(text):
    """The braces that stay are doubled, as in str.format; those that `format` fills become a NUL."""
    pieces = PLACE.split(text)
    return "\0".join(piece.replace("{", "{{").replace("}", "}}") for piece in pieces)


def collect(source):
    """{template: line} of one file."""
    collector = Collector()
    collector.visit(ast.parse(source))
    return collector.found


# ------------------------------------------------------------------------------------------------ the catalogue

CATALOGUE = LIBRARY / "data" / "zh.po"
SILENT = "no message: a name, a formula, or a label in a figure"  # the note of an entry that stays English
# Files whose texts no student reads: names of painted styles, and what only those meet who make the course.
OUTSIDE = ("art/families/", "art/styles/", "lessons/translat", "train/shrink.py", "train/texture_network.py")
# Single words that stand alone: verdicts, titles of progress bars, labels of sliders.
LABELS = ("✓ right", "✗ wrong", "○ not tried yet", "steps", "stylising", "experiments", "pictures", "training", "run",
          "found", "release", "unfinished", "next", "file", "whole", "network", "layout", "problem",
          "options", "control", "layer", "channel", "left", "right", "values", "channels", "brightness", "contrast")
# Words that are filled into sentences, and what the lessons' own code says.
WORDS = ("black", "white", "two", "three", "row", "column", "my photograph", "my painting", "Adam by hand", "from {0}", "above {0}",
         "timed out", "yes", "NO", "wrote {0}", "wrote {0}/{1}: {2} of {3} cells are in Chinese.",
         "left alone, because you have changed it: {0} (--force replaces it)")
# What Python's own argparse says.
ARGPARSE = ("positional arguments", "show this help message and exit",
            "unrecognized arguments: {0}", "the following arguments are required: {0}", "argument {0}: {1}",
            "expected one argument", "expected at least one argument", "invalid choice: {0} (choose from {1})",
            "invalid {0} value: {1}", "not allowed with argument {0}", "ambiguous option: {0} could match {1}")


@functools.cache
def templates():
    """{(context, text): file and line} of all that the catalogue must hold."""
    found = {("label", text): "" for text in LABELS} | {(None, text): "" for text in (*WORDS, *ARGPARSE)}
    for path in sorted(LIBRARY.rglob("*.py")):
        name = path.relative_to(LIBRARY).as_posix()
        if not name.startswith(OUTSIDE):
            for text, line in collect(path.read_text("utf-8")).items():
                found.setdefault((None, text), name)
    return found


def brought_up_to_date(catalogue):
    """The catalogue with an entry for each template, sorted by file, and no other."""
    import polib
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    new = polib.POFile(encoding="utf-8", wrapwidth=0)
    new.metadata = catalogue.metadata
    for (context, text), name in templates().items():
        entry = known.get((context, text)) or polib.POEntry(msgctxt=context, msgid=text)
        entry.occurrences = [(name, "")] if name else []
        new.append(entry)
    return new


if __name__ == "__main__":
    import polib
    text = str(brought_up_to_date(polib.pofile(str(CATALOGUE), wrapwidth=0)))
    CATALOGUE.write_bytes(f"{text.rstrip()}\n".encode())
