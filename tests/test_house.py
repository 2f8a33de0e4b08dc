"""How `course_lib` is laid out: who may import whom, how large it is, and what each header promises."""
import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import course_lib
import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "course_lib"
FILES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(LIBRARY.rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in FILES.items()}
CORE = ("images", "vgg", "losses", "objective", "optimise", "show")
LINES = {name: len(text.splitlines()) for name, text in FILES.items()}
LIMITS = {"names at the front door": 28, "lines of a function": 40, "parameters of a function": 10,
          "lines of the core": 1100, "lines loaded by stylize": 2300}


def module_of(name):
    """course_lib/mat/reader.py -> course_lib.mat.reader"""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(name): name for name in FILES}


# ------------------------------------------------------------------------------------------------ who may import whom

def rows():
    """The rows of the contract, the highest first, as lists of names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert not [contract for contract in contracts if "ignore_imports" in contract]
    layers, = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [re.split(r"\s*[|:]\s*", layer) for layer in layers]


def lint_imports(folder):
    """Run import-linter in a folder with a pyproject.toml and the library: (is the contract kept?, the report)."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, encoding="utf-8",
                          env=os.environ | {"PYTHONIOENCODING": "utf-8"})
    return done.returncode == 0, done.stdout + done.stderr


def test_the_contract_is_kept(say):
    kept, report = lint_imports(ROOT)
    assert kept, report
    say("\n".join(["Who imports whom: a row imports from the rows below it, never from its own.",
                   *("    " + "   ".join(row) for row in rows()), *report.split("---")[-1].strip("-\n").splitlines()]))


@pytest.mark.parametrize("file, line, said", [
    ("images.py", "from course_lib.losses import content_loss", "course_lib.images -> course_lib.losses"),
    ("_base.py", "def late():\n    import course_lib.show", "course_lib._base -> course_lib.show"),
    ("train/transform.py", "from course_lib.lab import judge", "course_lib.train.transform -> course_lib.lab"),
    ("mat/matbytes.py", "from course_lib.mat import reader", "course_lib.mat"),
    ("newcomer.py", "", "newcomer"),
], ids=["upwards", "inside a function", "sideways", "in a circle", "without a row"])
def test_a_broken_contract_would_be_seen(tmp_path, file, line, said):
    shutil.copytree(LIBRARY, tmp_path / "course_lib", ignore=shutil.ignore_patterns("data", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with open(tmp_path / "course_lib" / file, "a", encoding="utf-8") as changed:
        changed.write(f"\n{line}\n")
    kept, report = lint_imports(tmp_path)
    assert not kept and " 0 broken" not in report and said in report, report


def imports(tree):
    """(module, name) of every import of the course, wherever it stands; name is None for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("course_lib"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield (whole, None) if whole in MODULES else (node.module, alias.name)


def test_imports_are_absolute():
    relative = [f"{name}:{node.lineno}" for name, tree in TREES.items() for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.level]
    assert not relative


def test_only_the_checks_come_in_by_the_front_door():
    """A room that imported from the front door could import any other room, and no contract would see it."""
    names = {name: {each for module, each in imports(tree) if module == "course_lib"} for name, tree in TREES.items()}
    assert not {name: found for name, found in names.items()
                if found - {"__version__"} and not name.startswith("course_lib/checks/")}


def private_uses(tree):
    """Names with a leading underscore that a module takes from another one."""
    for module, name in imports(tree):
        if name and name.startswith("_") and not name.startswith("__"):
            yield f"{module}.{name}"
    aliases = {alias.asname or alias.name.rpartition(".")[2] for node in ast.walk(tree)
               if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names
               if alias.name in MODULES or f"{getattr(node, 'module', None)}.{alias.name}" in MODULES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            if node.attr.startswith("_") and not node.attr.startswith("__"):
                yield f"{node.value.id}.{node.attr}"


def test_no_module_takes_a_private_name_of_another():
    uses = {name: found for name, tree in TREES.items() if (found := sorted(set(private_uses(tree))))}
    assert not uses


def test_a_private_name_would_be_seen():
    source = "from course_lib.vgg import Vgg, _load\nfrom course_lib.lab import table\ntable._cell(1)\ntable.Table._x"
    assert list(private_uses(ast.parse(source))) == ["course_lib.vgg._load", "table._cell"]


# ------------------------------------------------------------------------------------------------ figures of the house

def functions(tree):
    """(name, lines without the docstring, parameters without self) of every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            said = first.end_lineno - first.lineno + 1 if ast.get_docstring(node, clean=False) is not None else 0
            args = node.args
            every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
            names = [arg.arg for arg in every if arg]
            parameters = len(names) - (names[:1] in (["self"], ["cls"]))
            yield node.name, node.end_lineno - node.lineno + 1 - said, parameters


def test_functions_are_measured():
    source = 'def f(a, *b, c=1, **d):\n  """One.\n\n  Two.\n  """\n  return a\nclass G:\n  def m(self, x): return x'
    assert sorted(functions(ast.parse(source))) == [("f", 2, 4), ("m", 1, 1)]


def loaded_by(code):
    """The modules of the course that a fresh Python has loaded after some code."""
    code += "\nimport sys\nprint(*(name for name in sys.modules if name.partition('.')[0] == 'course_lib'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.fixture(scope="module")
def figures():
    """Everything that has a limit, and where the largest stands: {what: (value, where)}."""
    measured = [(f"{name}: {function}", lines, parameters) for name, tree in TREES.items()
                for function, lines, parameters in functions(tree)]
    longest, widest = (max(measured, key=lambda each: each[place]) for place in (1, 2))
    core = sum(LINES[f"course_lib/{name}.py"] for name in CORE)
    loaded = loaded_by("from course_lib import stylize")
    return {"names at the front door": (len(course_lib.__all__) - 1, "and __version__"),
            "lines of a function": (longest[1], f"in {longest[0]}"),
            "parameters of a function": (widest[2], f"in {widest[0]}"),
            "lines of the core": (core, f"in {', '.join(CORE)}"),
            "lines loaded by stylize": (sum(LINES[MODULES[name]] for name in loaded), f"in {len(loaded)} modules")}


@pytest.mark.parametrize("what", LIMITS)
def test_house_limits(figures, what):
    value, where = figures[what]
    assert value <= LIMITS[what], f"{what}: {value} {where}, should be at most {LIMITS[what]}"


def test_the_figures_are_printed(figures, say):
    lines = [f"    {value:6}  {what} (at most {LIMITS[what]}) {where}" for what, (value, where) in figures.items()]
    say("\n".join([f"The library: {len(FILES)} modules, {sum(LINES.values())} lines.", *lines]))


def test_no_line_is_longer_than_119_characters():
    long = [f"{name}:{number}" for name, text in FILES.items()
            for number, line in enumerate(text.splitlines(), 1) if len(line) > 119]
    assert not long


# ------------------------------------------------------------------------------------------------ what headers promise

# What a "must not know" line may name, and what a module that says so does not import.
TENSORFLOW = {"tensorflow", "keras", "course_lib._base.tf", "course_lib._tensors"}
MUST_NOT = {
    "TensorFlow": TENSORFLOW,
    "Keras": {"keras"},
    "networks?": {"course_lib.vgg", "course_lib.mat", "course_lib.train"},
    "loss(?:es)?": {"course_lib.losses", "course_lib.objective"},
    "formulas?": {"course_lib.losses"},
    "features": {"course_lib.vgg", "course_lib.views"},
    "optimis(?:ing|ers?|ation)|stylising": {f"course_lib.{room}" for room in ("optimise", "engine.run", "engine.search")},
    "figures": {"course_lib.show", "matplotlib"},
    "pictures": {"course_lib.images", "course_lib.art", "cv2", "PIL", "skimage"},
    "files": {"course_lib.mat", "course_lib.engine.checkpoint", "pathlib", "shutil", "tempfile"},
    "experiments": {"course_lib.lab.experiments"},
    "training": {"course_lib.train.transform_training", "course_lib.train.texture_network"},
    "notebooks": {"nbformat", "nbconvert", "IPython"},
    "anything of the course": {"course_lib"},
    "the rest of the (?:course|library)": {*MODULES} - {"course_lib", "course_lib._base"},
}
# These words name no module.
NOT_MEANT = r"the lesson's \w+(?: or \w+)?|folders of pictures|(?<=formulas) of the losses"


def header(name):
    return ast.get_docstring(TREES[name]) or ""


def refused(text):
    """What a header says that its module must not know: the words from "must not" to the colon or the full stop."""
    found = re.search(r"[Mm]ust not (?:know|import)\b([^.:;]*)", text)
    return found and re.sub(NOT_MEANT, "", found[1])


def forbidden(words):
    """The modules and packages that these words rule out: those of the table, and modules between backquotes."""
    modules = set().union(*(ruled_out for word, ruled_out in MUST_NOT.items() if re.search(rf"\b(?:{word})\b", words)))
    for name in re.findall(r"`(\w+)`", words):
        modules |= {module for module in MODULES if module.rpartition(".")[2] == name}
    return modules


def all_imports(tree):
    """Every module that is imported, and every name from a module, by its whole name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_header_is_read():
    assert refused("Draws.\nMust not know networks, figures or `masks`: only numbers.") == " networks, figures or `masks`"
    assert {"course_lib.vgg", "matplotlib", "course_lib.masks"} <= forbidden(" networks, figures or `masks`")
    assert not forbidden(refused("It must not know the lesson's pictures: every check draws its own."))
    assert list(all_imports(ast.parse("import a.b\ndef f():\n  from c import d"))) == ["a.b", "c.d"]


@pytest.mark.parametrize("name", FILES)
def test_each_header_names_a_lesson_and_what_it_must_not_know(name):
    """The file of a folder, `__init__.py`, says what the room is for, and promises nothing."""
    assert re.search(r"[Ll]essons? \w\d|(?:every|all|each) (?:\w+ )?lessons?|of (?:single )?lessons", header(name))
    if not name.endswith("__init__.py"):
        assert refused(header(name)), f"{name} does not say what it must not know"


TESTABLE = [name for name in FILES if refused(header(name)) and forbidden(refused(header(name)))]


@pytest.mark.parametrize("name", TESTABLE)
def test_what_a_header_rules_out_is_not_imported(name):
    wrong = [each for each in all_imports(TREES[name]) for ruled_out in forbidden(refused(header(name)))
             if f"{each}.".startswith(f"{ruled_out}.")]
    assert not wrong, f"{name} must not know{refused(header(name))}, and imports {', '.join(wrong)}"


def test_most_headers_can_be_tested():
    assert len(TESTABLE) > 0.7 * len([name for name in FILES if refused(header(name))])
