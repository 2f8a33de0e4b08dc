"""The package as a whole: what importing it costs, which names it offers, and what every docstring must tell."""
import importlib
import inspect
import os
import re
import subprocess
import sys

import course_lib
import pytest
from public_names import has_contract, modules, public, ROOT

MODULES, PUBLIC = modules(), public()
LESSON = re.compile(r"[Ll]essons? (\d\d|A\d)|(every|all) (later )?lessons?")


def python(code, **environment):
    """Run code in a Python of its own, in the project's folder, and give what it wrote."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("TF_")} | environment
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True)


# ------------------------------------------------------------------------------------------------ what importing costs

def test_importing_it_imports_nothing_heavy():
    done = python("import sys; before = set(sys.modules); import course_lib; dir(course_lib); "
                  "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))")
    assert done.returncode == 0 and done.stderr == ""
    imported = set(done.stdout.split())
    assert "course_lib" in imported
    assert not imported & {"tensorflow", "keras", "numpy", "scipy", "cv2", "skimage", "matplotlib", "tqdm", "PIL"}


def test_pictures_and_files_do_without_tensorflow_and_figures():
    done = python("import sys, course_lib; course_lib.paint('flow', 40); course_lib.resize_image; course_lib.Vgg; "
                  "course_lib.stylize; course_lib.gram_matrix; course_lib.show_images; "
                  "print(*{'tensorflow', 'keras', 'matplotlib', 'skimage'} & set(sys.modules))")
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_importing_tensorflow_writes_nothing_and_leaves_the_error_stream_open():
    done = python("import os, sys; from course_lib import tf; print(tf.zeros(2).numpy().sum()); "
                  "print('seen', file=sys.stderr, flush=True); os.write(2, b'and seen')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.0\n", "seen\nand seen")


@pytest.mark.parametrize("ending", ["def zeros(n): os.write(2, b'noise')", "raise ImportError('broken')"])
def test_only_the_noise_of_the_import_itself_is_swallowed(tmp_path, ending):
    """A stand-in that is noisy, or breaks: what is written afterwards is seen."""
    (tmp_path / "tensorflow.py").write_text(f"import os\nos.write(2, b'noise')\n{ending}\n")
    done = python("import sys\nfrom course_lib import tf\n"
                  "try:\n    tf.zeros\nexcept ImportError as error:\n    print(error)\n"
                  "print('still here', file=sys.stderr, end='')", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "still here")
    assert done.stdout == ("broken\n" if "broken" in ending else "")


# ------------------------------------------------------------------------------------------------ the names

@pytest.mark.parametrize("name", course_lib.__all__)
def test_every_name_is_there_and_is_that_of_its_module(name):
    value = getattr(course_lib, name)
    assert value is not None
    if name in course_lib._HOME:
        assert value is getattr(importlib.import_module(f"course_lib.{course_lib._HOME[name]}"), name)


def test_the_front_door_is_small_and_its_text_shows_the_rooms():
    assert len(course_lib.__all__) <= 28
    folders = {module.__name__.split(".")[1] for module in MODULES[1:] if hasattr(module, "__path__")}
    homes = {home.split(".")[0] for home in course_lib._ROOMS} - {"_base"}
    assert len(folders) > 5 and folders | homes | {"objective"} <= set(re.findall(r"\w+", course_lib.__doc__))


def test_no_name_is_offered_twice_and_dir_lists_them_all():
    assert len(course_lib.__all__) == len(set(course_lib.__all__)) == 1 + sum(map(len, course_lib._ROOMS.values()))
    assert dir(course_lib) == sorted(course_lib.__all__)
    everything = {}
    exec("from course_lib import *", everything)
    assert set(course_lib.__all__) <= set(everything)


def test_no_module_hides_a_name_that_is_offered():
    """Importing course_lib.progress, say, would put the module where the function is looked up."""
    assert not set(course_lib.__all__) & {module.__name__.rpartition(".")[2] for module in MODULES}


def test_an_unknown_name_is_named_with_those_that_there_are():
    with pytest.raises(AttributeError) as caught:
        course_lib.stylise
    message = str(caught.value)
    assert message.startswith("course_lib has no 'stylise'; it offers ") and "stylize" in message
    with pytest.raises(ImportError, match="stylise"):
        exec("from course_lib import stylise")
    assert not hasattr(course_lib, "__wrapped__")            # as inspect and doctest ask


# ------------------------------------------------------------------------------------------------ the docstrings

def test_the_public_ones_are_found():
    offered = {f"{value.__module__}.{value.__qualname__}" for value in (getattr(course_lib, name) for name
               in course_lib.__all__) if inspect.isfunction(value) or inspect.isclass(value)}
    assert offered <= set(PUBLIC) and len(offered) > 20 and len(PUBLIC) > 200
    assert {"course_lib.vgg.Vgg.features", "course_lib.lessons.grams.show_grams"} <= set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_docstring_names_a_lesson(name):
    """A helper with a line of help, which only other modules call, may leave it to the header of its module."""
    value = PUBLIC[name]
    said = inspect.getdoc(value) or ""
    assert said, f"{name} has no docstring"
    if not has_contract(value):
        said += sys.modules[value.__module__].__doc__
    assert LESSON.search(said), f"{name} does not say which lesson builds or uses it"
