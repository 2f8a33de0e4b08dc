"""A folder of pictures in, a folder out: `python -m course_lib photos/ flow -o painted/`; and what was done as JSON.
Lesson 00 does the same in a notebook, for one picture.
Must not know networks, losses or figures: it is given a function that paints one picture.
"""
import argparse
import contextlib
import json
import os
import pathlib
import sys

from course_lib._command import TOLD, sentence
from course_lib._pictures import FORMATS
from course_lib.language import label, say, translated

#: Endings of the files that are taken; one that cannot be read is told, and every other file is passed over.
TAKEN = (*FORMATS, ".gif", ".hdr", ".avif", ".heic", ".heif", ".jp2", ".jfif", ".dib", ".ppm")


def paint_folder(options, done, paint):
    """Paint every picture of a folder; one that fails is told in one line, and the others go on.

    Args:
        options: of the command line; `content` and `output` are folders, and the second is made if it is not there.
        done: a list, to which a dict for each picture is added: content, output, steps, seconds, stopped, error.
        paint: called with the options for one picture and alone=False; returns that dict.

    Returns:
        The exit status: 0, or 1 if a picture failed. Ctrl-C raises KeyboardInterrupt; the pictures before are kept.

    Raises:
        ValueError: the folders or the options do not fit.

    Used in lesson 00, from the command line.
    """
    from tqdm import tqdm
    jobs = _jobs(options)
    for content, output in tqdm(jobs, desc=label("pictures"), unit="picture", file=sys.stdout):
        one = argparse.Namespace(**vars(options) | dict(content=str(content), output=str(output)))
        try:
            done.append(paint(one, alone=False))
        except TOLD as error:
            done.append(dict(content=one.content, output=None, steps=0, seconds=0, stopped=False,
                             error=sentence(error)))
            tqdm.write(translated(f"course_lib: {content.name}: {sentence(error)}"), file=sys.stderr)
    failed = sum(record["error"] is not None for record in done)
    say(f"wrote {len(done) - failed} of {len(done)} pictures to {options.output}")
    return 1 if failed else 0


def report_json(work, options):
    """Call `work(options, done)` and print its list `done` as JSON: {"pictures": [...]}; other messages go to stderr.

    Used in lesson 00, from the command line.
    """
    done = []
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return work(options, done)
    except TOLD as error:
        if not done:
            done.append(dict(content=options.content, output=None, steps=0, seconds=0, stopped=False,
                             error=sentence(error)))
        raise
    finally:
        print(json.dumps({"pictures": done}, indent=1), flush=True)


def _jobs(options):
    """Pairs of a picture file and the file to write; the folder for them is made."""
    source, target = pathlib.Path(options.content), pathlib.Path(options.output)
    if target.suffix.lower() in FORMATS or target.exists() and not target.is_dir():
        raise ValueError(f"{str(source)!r} is a folder, and output {str(target)!r} is a file; give a folder to -o.")
    if getattr(options, "checkpoint", None):
        raise ValueError("--checkpoint belongs to one picture; leave it out for a folder.")
    files = sorted(file for file in source.iterdir() if file.suffix.lower() in TAKEN and not file.name.startswith("."))
    if not files:
        raise ValueError(f"folder {str(source)!r} contains no picture ({' '.join(TAKEN)}).")
    if target.is_dir() and os.path.samefile(source, target):
        raise ValueError(f"output {str(target)!r} is the folder of the photographs itself; give another one.")
    target.mkdir(exist_ok=True)
    return [(file, target / (file.name if file.suffix.lower() in FORMATS else f"{file.name}.png")) for file in files]
