"""What somebody who joins finds: the workflow, the templates, the citation, and commands that exist."""
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from test_packaging import SETUP, TESTS, dependencies

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "notebooks/pages/online.md"]


def read(name):
    """A YAML file as Python's own types."""
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def commands(path):
    """The lines of all code blocks of a page, without their comments."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_the_workflow_runs_the_commands_of_the_readme():
    job = read(".github/workflows/tests.yml")["jobs"]["newcomer"]
    run = [step["run"] for step in job["steps"] if "run" in step]
    own = [line for line in run if line.startswith("python -m") and line != "python -m pip check"]
    assert own == [*SETUP.split(" && ")[:2], *TESTS.split(" && ")]


def test_the_workflow_tries_each_system_and_each_python():
    matrix = read(".github/workflows/tests.yml")["jobs"]["newcomer"]["strategy"]["matrix"]
    assert {each.partition("-")[0] for each in matrix["system"]} == {"ubuntu", "windows", "macos"}
    tried = {*matrix["python"], *(each["python"] for each in matrix["include"])}
    assert tried == {"3.11", "3.12", "3.13"} and PROJECT["requires-python"] == ">=3.11,<3.14"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_complete(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert form["name"] and form["description"] and form["body"]
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    assert {part["type"] for part in form["body"]} <= {"input", "textarea", "dropdown", "checkboxes", "markdown"}
    assert all(part["attributes"].get("label") or part["type"] == "markdown" for part in form["body"])


def test_there_is_a_form_for_each_kind_of_issue():
    assert {path.stem for path in FORMS} == {"lesson", "library", "idea"}


def test_citation_and_changelog_have_the_version_of_the_project():
    citation = read("CITATION.cff")
    newest = re.search(r"^## (\S+), (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert citation["version"] == newest[1] == PROJECT["version"]
    assert citation["date-released"] == newest[2]
    assert " AND ".join(citation["license"]) == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_the_commands_of_a_guide_exist(path):
    """Every file that a command names is there, and every module can be run."""
    found = commands(path)
    assert len(found) > 2
    for line in found:
        for name in re.findall(r"(?<=[\s/])(?:tests|notebooks|\.colab)/[\w./-]+", f" {line}"):
            assert (ROOT / name).exists(), f"{path.name}: {line!r} names {name}"
        for module in re.findall(r"python -m (course_lib[\w.]*)", line):
            assert importlib.util.find_spec(module), f"{path.name}: there is no {module}"


def test_the_files_that_contributing_names_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in re.findall(r"`((?:tests|notebooks|art|checks|course_lib|[\w]+\.(?:py|toml|yml))(?:[\w/]*(?:\.py)?))`", text):
        places = [ROOT / name, ROOT / "course_lib" / name]
        assert "NAME" in name or any(place.exists() for place in places), name


def test_colab_gets_what_the_lessons_need_in_looser_versions():
    """Each bound allows the version on which the course is tested."""
    lines = [line for line in (ROOT / ".colab/requirements.txt").read_text("utf-8").splitlines() if line[:1] != "#"]
    bounds = dict(line.split(">=") for line in lines)
    assert set(bounds) == set(dependencies()) - {"jupyterlab", "ipykernel"}
    pinned = {name: line.partition("==")[2] for name, line in dependencies().items()}
    number = {name: [[int(part) for part in text.split(".")] for text in (bounds[name], pinned[name])] for name in bounds}
    assert not {name: pair for name, pair in number.items() if pair[0] > pair[1]}


def test_the_colab_script_holds_what_is_there(tmp_path, monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location("colab_install", ROOT / ".colab/install.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    calls = []

    def pip(*arguments):
        calls.append([*map(str, arguments), *(Path(each).read_text("utf-8") for each in arguments[3:])])
    monkeypatch.setattr(script, "pip", pip)
    there = script.installed()
    of_the_system = {"python-apt": "2.4.0+ubuntu3", "distro-info": "1.1build1"}  # pip refuses these in constraints
    monkeypatch.setattr(script, "installed", lambda: there | of_the_system)
    script.main()
    held = dict(line.split("==") for line in calls[0][4].splitlines())
    assert not held.keys() & of_the_system.keys() and len(held) > 50
    assert held["numpy"] == dict(line.split("==") for line in dependencies().values())["numpy"]
    assert calls[1] == ["--no-deps", str(ROOT)]
    assert "no restart is needed" in capsys.readouterr().out
