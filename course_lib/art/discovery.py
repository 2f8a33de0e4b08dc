"""Finds the files of a folder of drawings, so that a new file needs no entry in a list.
Used in every lesson, by way of `paint`.
Must not know anything of the course.
"""
import importlib
import pkgutil


def modules_in(package):
    """Import every module of a package: {name: module}, in alphabetical order."""
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}
