"""Bad input by the thousand: damaged and lying files for the reader and the loader, wrong arguments for every call.

Each part runs in a process of its own, so that a crash is seen and memory is measured; `fuzz_files.py` and
`fuzz_calls.py` hold the inputs, which hypothesis draws from a fixed seed: the same ones on every computer.
"""
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from public_names import has_contract, public

HERE = Path(__file__).resolve().parent
SEED = 20_261_124
AT_LEAST = {"reader": 1400, "pictures": 850, "calls": 1400}     # distinct inputs of each part
COMMANDS = {"reader": ["fuzz_files.py", "reader"], "pictures": ["fuzz_files.py", "pictures"],
            "calls": ["fuzz_calls.py"]}


@pytest.fixture(scope="module")
def reports():
    """What each part found, the three running side by side."""
    pipe = subprocess.PIPE
    started = {part: subprocess.Popen([sys.executable, *command], cwd=HERE, stdout=pipe, stderr=pipe, text=True)
               for part, command in COMMANDS.items()}
    try:
        return {part: (*process.communicate(timeout=1500), process.returncode) for part, process in started.items()}
    finally:
        for process in started.values():
            process.kill()


def report(reports, part):
    out, error, code = reports[part]
    assert code == 0, f"{part} ended with {code}:\n{error[-3000:]}"
    return json.loads(out.strip().splitlines()[-1])


@pytest.mark.parametrize("part", COMMANDS)
def test_nothing_crashes_hangs_or_takes_a_gigabyte(reports, part):
    found = report(reports, part)
    assert found["seed"] == SEED and found["inputs"] >= AT_LEAST[part]
    assert found["mib"] < 950, f"{part} took {found['mib']} MiB more than it began with"
    assert sum(found["outcomes"].values()) >= found["inputs"]
    assert {"refused" in name for name in found["outcomes"]} == {True, False}


def test_every_call_answers_wrong_arguments_by_a_sentence_that_names_one(reports):
    faults = report(reports, "calls")["faults"]
    assert not faults, "\n".join(faults)


def test_there_were_two_thousand_inputs(reports):
    assert sum(report(reports, part)["inputs"] for part in COMMANDS) >= 2000


def test_every_function_that_is_offered_is_called():
    """A new function must be put into the table of calls, or be named here with the reason."""
    from fuzz_calls import CALLS
    others = {"stylize", "synthesize_texture", "fastest_precision",                   # test_optimise
              "minimiser", "minimise_lbfgs", "two_loop", "adam_step", "check_styles",  # beside the loop
              "round_kernels", "style_argument", "to_palette",    # of values that the library made
              "find_imagenet", "find_vgg16", "painting_names", "photo_names", "simple_pictures", "style_names",
              "family_names"}                                                            # take no arguments
    offered = {value.__name__ for name, value in public().items() if inspect.isfunction(value) and has_contract(value)
               and value.__qualname__ == value.__name__ and name.startswith(MINE)}
    assert len(offered) > 50 and offered - others <= set(CALLS)


MINE = tuple(f"course_lib.{room}." for room in (
    "_base", "images", "mat.network", "mat.reader", "mat.writer", "mat.golden", "vgg", "losses", "views", "receptive",
    "styles", "colours", "masks", "optimise", "show",
    "art", "engine.search", "lab.evaluate", "lab.measures", "lab.pairs", "lab.design", "lab.blind", "lab.credits",
    "lab.formulas", "lab.fonts", "lab.methods", "lessons.costs", "lessons.smoothing", "lessons.feature_maps",
    "lessons.grams", "lessons.constants", "lessons.moments", "lessons.film"))
