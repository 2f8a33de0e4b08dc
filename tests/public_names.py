"""The public names of `course_lib`, room by room, for the tests of docstrings and of wrong arguments."""
import ast
import functools
import importlib
import inspect
import pkgutil
from pathlib import Path

import course_lib
import nbformat
from notebook_rules import code_cells, python_of

ROOT = Path(course_lib.__file__).resolve().parent.parent


@functools.cache
def modules():
    """The package and every module in it, imported."""
    names = [module.name for module in pkgutil.walk_packages(course_lib.__path__, "course_lib.")]
    return [course_lib, *(importlib.import_module(name) for name in names if not name.endswith("__main__"))]


def public_in(module):
    """(name, object) of every public function and class that a module defines, and of the methods of its classes."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield f"{module.__name__}.{name}", value
        if inspect.isclass(value):
            yield from ((f"{module.__name__}.{name}.{method}", function) for method, function in vars(value).items()
                        if inspect.isfunction(function) and not method.startswith("_"))


@functools.cache
def public():
    """{whole name: function, class or method} of all rooms."""
    return dict(pair for module in modules() for pair in public_in(module))


@functools.cache
def by_short_name():
    """{name: function or class}: no two rooms that a call is made in have the same one."""
    return {value.__name__: value for name, value in public().items()
            if value.__qualname__ == value.__name__ and not name.startswith("course_lib.checks")}


@functools.cache
def taught():
    """What a reader meets: the front door's names, and whatever the lessons and their solutions import."""
    found = [getattr(course_lib, name) for name in course_lib.__all__]
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        code = [python_of(cell) for cell in code_cells(nbformat.read(path, as_version=4))]
        for node in ast.walk(ast.parse("\n".join(code))):
            if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "course_lib":
                module = importlib.import_module(node.module)
                found += [getattr(module, alias.name) for alias in node.names]
    return [value for value in found if inspect.isfunction(value) or inspect.isclass(value)]


def has_contract(value):
    """Does this name stand for more than a line of help: is it taught, or are its arguments and errors described?"""
    return value in taught() or len((inspect.getdoc(value) or "").splitlines()) >= 5
