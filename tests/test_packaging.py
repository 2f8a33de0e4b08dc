"""What a stranger gets: one list of dependencies, a README that tells the truth, a small tree for every system."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path, PurePosixPath

import nbformat
import notebook_rules as rules
import pytest

from course_lib.mat import places

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {  # a new name here is a decision: the first page of the project stays small
    "README.md", "README.zh.md", "LICENSE", "pyproject.toml", "environment.yml", ".gitignore", ".gitattributes", ".ci", ".binder",
    "CONTRIBUTING.md", "CITATION.cff", "CHANGELOG.md", ".github", ".colab",
    "course_lib", "notebooks", "tests",
}
LEFT_BEHIND = {"__pycache__", ".ipynb_checkpoints", "results"}
PICTURES = {".png", ".jpg", ".jpeg", ".gif"}
LARGEST_PICTURE, LARGEST_FILE, LARGEST_TREE = rules.MEGABYTE, 16 * rules.MEGABYTE, 40 * rules.MEGABYTE
# What a package is called on import, where that is not its name; IPython comes with ipykernel.
IMPORTED_AS = {"cv2": "opencv-python", "skimage": "scikit-image", "IPython": "ipykernel", "matplotlib_inline": "ipykernel",
               "PIL": "pillow", "pillow_heif": "pillow-heif", "yaml": "pyyaml"}
REGISTRY = re.compile(
    r"\b(?:pypi|npmjs|anaconda|pythonhosted|debian|ubuntu|golang)\.(?:org|com)\b|\bpypi\.\w+\.\w|\bmirrors?\.\w+\.\w")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def in_git():
    """The names that git tracks, or none where there is no git or no commit."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [name for name in listed.decode().split("\0") if name and (ROOT / name).exists()]


def in_folder():
    """The names in a copy without git: the course's own, less what running it leaves behind."""
    paths = [path for top in sorted(TOP_LEVEL) for path in [ROOT / top, *(ROOT / top).rglob("*")]]
    names = [path.relative_to(ROOT) for path in paths if path.is_file() or path.is_symlink()]
    return [name.as_posix() for name in names if not LEFT_BEHIND & set(name.parts)]


FILES = in_git() or in_folder()


def pyproject():
    """pyproject.toml as a dictionary."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def dependencies(extra=None):
    """What the lessons need, or what an extra adds, as {name: line}."""
    project = pyproject()["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {line.partition("==")[0]: line for line in lines}


def text_of(name):
    """A file's text, or None where it is no text."""
    content = (ROOT / name).read_bytes()
    return None if b"\0" in content else content.decode("utf-8")


# ---- dependencies ------------------------------------------------------------------------------------------------

def pip_part():
    """environment.yml's pip section as (requirement, reason) pairs."""
    section = (ROOT / "environment.yml").read_text("utf-8").partition("- pip:\n")[2]
    lines = [line.strip() for line in section.splitlines()]
    pairs = [line.removeprefix("- ").partition("#") for line in lines if line and not line.startswith("#")]
    return [(requirement.strip(), reason.strip()) for requirement, _, reason in pairs]


@pytest.mark.parametrize("extra, least", [(None, 6), ("test", 6), ("site", 3)])
def test_every_dependency_is_pinned(extra, least):
    loose = [line for line in dependencies(extra).values() if not re.fullmatch(r"[A-Za-z0-9-]+==[0-9.]+", line)]
    assert len(dependencies(extra)) >= least and not loose


def test_four_extras_and_nothing_in_two_lists():
    """Except what shows the slides: a teacher wants it alone, and the tests want it too."""
    assert list(pyproject()["project"]["optional-dependencies"]) == ["vgg16", "site", "slides", "test"]
    assert dependencies("slides").items() <= dependencies("test").items()
    lists = [name for extra in (None, "vgg16", "site", "test") for name in dependencies(extra)]
    assert len(lists) == len(set(lists))


def test_the_extra_vgg16_is_the_package_that_is_read_and_environment_names_it():
    assert list(dependencies("vgg16").values()) == [f"{places.VGG16_PACKAGE}=={places.VGG16_VERSION}"]
    assert f"# - {dependencies('vgg16')[places.VGG16_PACKAGE]} " in (ROOT / "environment.yml").read_text("utf-8")


def test_environment_names_the_packages_of_the_site():
    text = (ROOT / "environment.yml").read_text("utf-8")
    assert not [line for line in dependencies("site").values() if f"      # - {line} " not in text]


def test_environment_lists_the_same_as_pyproject():
    requirements = [requirement for requirement, _ in pip_part()]
    assert requirements == [*dependencies().values(), *dependencies("test").values(), "-e ."]


def test_environment_installs_what_the_course_was_given():
    given = {"jupyterlab", "tensorflow", "numpy", "scipy", "opencv-python", "matplotlib", "nbval"}
    assert given <= {requirement.partition("==")[0] for requirement, _ in pip_part()}


def test_environment_gives_a_reason_for_each_line():
    assert all(len(reason.split()) >= 2 for _, reason in pip_part())


def test_environment_takes_python_and_pip_from_conda_forge_only():
    head = (ROOT / "environment.yml").read_text("utf-8").partition("- pip:\n")[0]
    entries = [line.partition("#")[0].strip() for line in head.splitlines()]
    assert [entry for entry in entries if entry.startswith("-")] == [
        "- conda-forge", "- nodefaults", "- python=3.11", "- pip"]
    assert "name: style-transfer-course" in entries


def imported(source):
    """The top-level names that a piece of Python imports, inside functions too."""
    nodes = list(ast.walk(ast.parse(source)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
    return {name.partition(".")[0] for name in names}


def packages(names, own=frozenset()):
    """The packages that bring these imported names, less Python's own and the course's."""
    return {IMPORTED_AS.get(name, name) for name in names - own - set(sys.stdlib_module_names)}


def test_imports_are_found_wherever_they_stand():
    source = "import os, numpy.linalg\ndef f():\n  from torch.nn import Module\n  from . import x\n  import cv2 as c"
    assert imported(source) == {"os", "numpy", "torch", "cv2"}
    assert packages(imported(source)) - set(dependencies()) == {"torch"}


@pytest.fixture(scope="module")
def used():
    """The packages that each file imports: {file: names}, the lessons' cells included."""
    own = {"course_lib"} | {path.stem for path in (ROOT / "tests").rglob("*.py")}
    sources = {name: text_of(name) for name in FILES if name.endswith(".py")}
    for name in FILES:
        if name.endswith(".ipynb"):
            nb = nbformat.read(ROOT / name, as_version=4)
            sources[name] = "\n".join(rules.python_of(cell) for cell in rules.code_cells(nb))
    return {name: packages(imported(source), own) for name, source in sources.items()}


def test_the_course_imports_only_what_its_list_installs(used):
    """Not what the extra of the tests adds: whoever only reads the lessons does not have it."""
    site = {name for name in used if name.startswith("course_lib/lessons/site/")}  # has an extra of its own
    wrong = {name: names - set(dependencies()) - (set(dependencies("site")) if name in site else set())
             for name, names in used.items() if not name.startswith("tests/")}
    assert wrong and not {name: names for name, names in wrong.items() if names}


def test_the_tests_import_only_what_both_lists_install(used):
    # torch: the benchmarks measure it where it is installed.
    allowed = {*dependencies(), *dependencies("test")}
    wrong = {name: names - allowed - ({"torch"} if name.startswith("tests/benchmarks/") else set())
             for name, names in used.items() if name.startswith("tests/")}
    assert wrong and not {name: names for name, names in wrong.items() if names}


UNIMPORTED = {  # needed, and imported by no line of the course
    "tensorflow": "course_lib imports it by its name, when it is first used", "keras": "used as tf.keras",
    "jupyterlab": "opens the lessons", "pytest-xdist": "-n in pyproject.toml", "nbval": "--nbval-lax in pyproject.toml",
    "import-linter": "run by test_house.py", "sphinx-revealjs": "course_lib.slides reads its files",
}


def test_every_line_of_both_lists_is_needed(used):
    lessons, tests = (set().union(*(names for name, names in used.items() if name.startswith("tests/") is side))
                      for side in (False, True))
    assert set(dependencies()) - lessons <= set(UNIMPORTED)
    assert set(dependencies("test")) - tests <= set(UNIMPORTED)


WITHOUT = """
import importlib, pkgutil, sys
from importlib.machinery import PathFinder
absent = set(sys.argv[1].split())
class Without(PathFinder):
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] in absent else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Without
import course_lib
for module in pkgutil.walk_packages(course_lib.__path__, "course_lib."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from course_lib.lab.experiments import run_experiments
from course_lib.lab import report
report.BROWSERS = ()
rows = run_experiments(dict(content="cat", style="flow", size=96, steps=1, scales=1.0, precision="float32"), "run")
page = report.write_report("report.html", "Is anything missing?", "The tests", ["No.", rows])["html"]
print(rows[0]["status"], page.name)
"""


def test_the_library_runs_without_the_tools_of_the_tests(tmp_path):
    """Every module is imported, an experiment is run, and a report is written."""
    names = {dependency.replace("-", "_").removeprefix("pytest_") for dependency in dependencies("test")}
    names |= {"importlinter", "grimp", "_pytest", "dask"}
    command = [sys.executable, "-c", WITHOUT, " ".join(names)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "done report.html", done.stderr


def test_binder_installs_what_the_lessons_need():
    lines = (ROOT / ".binder/requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-e ."]
    assert (ROOT / ".binder/apt.txt").read_text("utf-8").split() == ["libgl1", "libglib2.0-0"]


def test_the_network_travels_with_the_package():
    settings = pyproject()["tool"]["setuptools"]
    networks = [PurePosixPath(name) for name in FILES if name.startswith("course_lib/") and name.endswith(".mat")]
    assert networks, "course_lib/data/ holds no network"
    patterns = settings["package-data"]["course_lib"]
    assert all(any(path.relative_to("course_lib").match(pattern) for pattern in patterns) for path in networks)


# ---- README and CI -----------------------------------------------------------------------------------------------

SETUP = "python -m pip install -e . && python -m course_lib && jupyter lab notebooks"
TESTS = 'python -m pip install -e ".[test,site]" && python -m pytest'


def test_readme_shows_both_commands():
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert SETUP in lines and TESTS in lines, "each command stands alone on a line of a code block, to be copied"


def blocks(name):
    """The lines of all blocks of code of a page."""
    found = re.findall(r"^```\w*\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


def test_the_chinese_readme_shows_the_same_commands_and_the_one_for_chinese():
    lines, command = blocks("README.zh.md"), "python -m course_lib.lessons.translate"
    assert command in lines and [line for line in lines if line != command] == blocks("README.md")
    assert "](README.zh.md)" in (ROOT / "README.md").read_text("utf-8").partition("## ")[0]
    assert len((ROOT / "README.zh.md").read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "notebooks/pages/troubles.zh.md"])
def test_links_of_a_page_lead_somewhere(name):
    links = re.findall(r"\]\(([^)#]+)", (ROOT / name).read_text("utf-8"))
    assert not [link for link in links if not re.match("[a-z]+:", link) and not ((ROOT / name).parent / link).exists()]


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci/run").read_text("utf-8")
    commands = re.findall(r'^phase "[^"]+" (python .*)$', script, re.MULTILINE)
    install, picture, *tests = commands
    assert [install, picture.partition(" -o ")[0]] == SETUP.split(" && ")[:2] and tests == TESTS.split(" && ")


# ---- the tree ----------------------------------------------------------------------------------------------------

def test_the_top_level_stays_small():
    assert {PurePosixPath(name).parts[0] for name in FILES} <= TOP_LEVEL


def test_a_copy_without_git_is_listed_too():
    names = in_folder()
    assert {"pyproject.toml", ".ci/run", "tests/test_packaging.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith(".git/")]
    assert set(FILES) <= set(names)


@pytest.mark.parametrize("folder", ["home", "root", "work", "Users", "mnt", "media", "content"])
def test_a_machine_path_would_be_seen(folder):
    for line in (f"see /{folder}/x", f"'/{folder}/x'", f"file:///{folder}/x"):
        assert rules.MACHINE_PATH.search(line)


@pytest.mark.parametrize("slash", ["\\", "\\\\"])
def test_a_windows_path_would_be_seen(slash):
    assert rules.MACHINE_PATH.search(f"D:{slash}Users{slash}li")


@pytest.mark.parametrize("host", ["//pypi." + "org/simple", "files.pythonhosted." + "org", "pypi." + "tuna.example.cn"])
def test_a_registry_would_be_seen(host):
    assert REGISTRY.search(host)


def test_no_file_names_a_machine_or_a_registry():
    texts = {name: text_of(name) or "" for name in FILES}
    hits = [(name, pattern.search(text)) for name, text in texts.items() for pattern in (rules.MACHINE_PATH, REGISTRY)]
    found = [f"{name}: {hit.group()}" for name, hit in hits if hit]
    assert any(texts.values()) and not found, "\n".join(found)


def test_files_are_small():
    sizes = {name: (ROOT / name).lstat().st_size for name in FILES}
    large = [name for name, size in sizes.items()
             if size > (LARGEST_PICTURE if PurePosixPath(name).suffix.lower() in PICTURES else LARGEST_FILE)]
    assert not large and sum(sizes.values()) < LARGEST_TREE


def unportable(names):
    """Names that Windows or macOS cannot hold, or holds only one of."""
    parents = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    folded = Counter(name.casefold() for name in set(names) | parents)
    twins = [name for name in names if folded[name.casefold()] > 1
             or any(folded[str(parent).casefold()] > 1 for parent in PurePosixPath(name).parents)]
    wrong = [name for name in names if len(name) > 120 or any(
        RESERVED.match(part) or re.search(r'[<>:"|?*\\]|[. ]$', part) for part in PurePosixPath(name).parts)]
    return twins + wrong


@pytest.mark.parametrize("names", [
    ["a.py", "A.py"], ["Data/a", "data/b"], ["nul.txt"], ["aux/x.py"], ["what?.md"], ["a:b"], ["end. /a"], ["x" * 121]])
def test_unportable_names_would_be_seen(names):
    assert unportable(names)


def test_names_work_on_every_system():
    assert unportable(["a/con_tent.py", "a/b.py", "README.md"]) == []
    assert unportable(FILES) == []


def test_there_are_no_symbolic_links():
    assert not [name for name in FILES if (ROOT / name).is_symlink()]


def test_matplotlibrc_has_only_settings_that_exist():
    from matplotlib import rc_params_from_file

    path = ROOT / "notebooks/matplotlibrc"
    written = re.findall(r"^([a-z][\w.]*):", path.read_text("utf-8"), re.MULTILINE)
    known = rc_params_from_file(path, fail_on_error=True, use_default_template=False)  # leaves out what it does not know
    assert len(written) > 10 and sorted(written) == sorted(known)


# ---- how the notebooks are run -----------------------------------------------------------------------------------

SAMPLE = [  # (source of a cell, its stored output, does it pass?), with the marker or not
    ("print('never compared')", "another text\n", True),
    (f"{rules.MARKER}\nimport sys\nprint('left out', file=sys.stderr)\nprint(6 * 7)", "42\n", True),
    (f"{rules.MARKER}\nprint('a wrong number', 6 * 7)", "a wrong number 41\n", False),
    (f"{rules.MARKER}\nimport os\nprint('loops end after', os.environ['COURSE_LIB_MAX_STEPS'])", "loops end after 3\n",
     True),
    (f"{rules.MARKER}\nimport matplotlib as m\nprint('inline' in m.get_backend(), m.rcParams['figure.dpi'])",
     "True 90.0\n", True),
]


def test_notebooks_are_run_and_compared_as_configured(tmp_path):
    """One pytest inside this one, with the project's own settings, over a notebook written here."""
    for name in ("conftest.py", "matplotlibrc"):
        (tmp_path / name).write_bytes((ROOT / "notebooks" / name).read_bytes())
    cells = [nbformat.v4.new_code_cell(source, execution_count=number,
                                       outputs=[nbformat.v4.new_output("stream", name="stdout", text=stored)])
             for number, (source, stored, _) in enumerate(SAMPLE, 1)]
    kernel = {"kernelspec": {"name": "a-kernel-of-another-machine", "display_name": "Other"}}
    (tmp_path / "results").mkdir()
    for path in (tmp_path / "sample.ipynb", tmp_path / "results" / "report.ipynb"):  # the second one is no test
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-v",
               str(tmp_path)]
    uncapped = {name: value for name, value in os.environ.items() if name != "COURSE_LIB_MAX_STEPS"}
    run = subprocess.run(command, cwd=ROOT, env=uncapped, capture_output=True, text=True, timeout=300)
    for number, (source, _, passes) in enumerate(SAMPLE):
        word = "PASSED" if passes else "FAILED"  # before the address where two processes run side by side
        place = rf"\S*sample\.ipynb::Cell {number}"
        assert re.search(f"{word} {place}|{place} {word}", run.stdout), source
    assert run.returncode == 1 and "1 failed, 4 passed" in run.stdout, run.stdout + run.stderr
