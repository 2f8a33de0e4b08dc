"""The command line: `python -m course_lib CONTENT STYLE -o OUT` makes a picture without a notebook.
Lesson 00 does the same in a notebook.
Must not know formulas or figures: it joins what the library offers, and shows an error as one line.
"""
import functools
import pathlib
import sys
import time

from course_lib._command import run_command, try_place, unused_path, write_or_rescue
from course_lib._formats import check_side
from course_lib._pictures import FORMATS
from course_lib.batch import paint_folder, report_json
from course_lib.cli import stylise_parser, weights_parser
from course_lib.colours import keep_colours, keep_outside, match_colours
from course_lib.engine.run import IN_PICTURE, NotFinite, Run
from course_lib.images import load_image, save_image
from course_lib.language import say
from course_lib.masks import load_mask
from course_lib.mat.weights import check_weights, get_weights, weights_status
from course_lib.optimise import stylize
from course_lib.samples import painting_names, photo_names, sample_painting, sample_photo
from course_lib.settings import names
from course_lib.styles import Style
from course_lib.train.one_pass import sheet_picture, transform_image
from course_lib.vgg import load_vgg


def main(arguments=None):
    """Run the command line.

    Args:
        arguments: a list of strings; None takes those of the program.

    Returns:
        The exit status: 0; 1 if pictures of a folder failed; 2 after one line that says what was wrong; 130 after
        Ctrl-C.

    Used in lesson 00, from the command line.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["weights"]:
        return run_command(_weights, arguments[1:], "stopped; what has come is kept.")
    return run_command(_stylise, arguments)


def _weights(arguments):
    """`weights`, `weights get` and `weights check`: the exit status, 2 for a file that is not complete."""
    options = weights_parser().parse_args(arguments)
    if options.action == "check":
        report = check_weights(options.file)
        say(str(report))
        return 0 if report.whole else 2
    say(str(get_weights(options.to, options.source) if options.action else weights_status()))
    return 0


def _stylise(arguments):
    """One picture, or those of a folder: the exit status."""
    options = stylise_parser().parse_args(arguments)
    work = functools.partial(paint_folder, paint=_paint) if pathlib.Path(options.content).is_dir() else _paint_one
    return report_json(work, options) if options.json else work(options, [])


def _paint_one(options, done):
    """Write one picture, add what was done to the list `done`, and return the exit status."""
    record = _paint(options)
    done.append(record)
    steps = record["steps"]
    say(f"wrote {record['output']} after {steps} step{'s' * (steps != 1)}, {record['seconds']:.0f} s in all")
    if record["stopped"]:
        return 130
    say("next: jupyter lab notebooks")
    return 0


def _paint(options, alone=True):
    """Write one picture: what was done, as a dict. Alone, a picture that was stopped after some steps is written too.

    Raises KeyboardInterrupt where Ctrl-C left nothing to write.
    """
    began, output = time.monotonic(), pathlib.Path(options.output)
    _check_output(output, options)
    if options.strength is not None and not options.fast:
        raise ValueError("--strength belongs to --fast; without it, --style-weight says how much painting there is.")
    if options.coarse is not None and not options.fast:
        raise ValueError("--coarse belongs to --fast; without it, --scales says how coarse a run begins.")
    try:
        finish, steps = (_run_fast if options.fast else _run)(options, alone)
    except NotFinite as error:
        why = str(error).removesuffix(IN_PICTURE)
        raise ArithmeticError(why + _kept(error, output) if alone and error.history else why) from error
    stopped = Run.stopped_at >= began  # `stylize` returns the picture so far
    if stopped and not (alone and steps):
        raise KeyboardInterrupt
    place = _free(output) if stopped else output  # only a whole picture replaces an older one
    path, late = write_or_rescue(lambda path: save_image(finish(), path), place)
    return dict(content=options.content, output=str(path), steps=steps, seconds=round(time.monotonic() - began, 1),
                stopped=stopped or late, error=None)


def _kept(error, output):
    """Write the last good picture of a run that failed: the sentence that says where."""
    path, _ = write_or_rescue(lambda path: save_image(error.picture, path), _free(output))
    return f" The last good picture is in {path}."


def _free(path):
    """The path, or one beside it if there is a file already."""
    return unused_path(path.parent, path) if path.exists() else path


def _check_output(path, options):
    """Before the minutes of work, not after: the picture can be written there, and replaces no file that is read."""
    if path.suffix.lower() not in FORMATS and not path.is_dir():
        raise ValueError(f"output {str(path)!r} must end in {' '.join(FORMATS)}.")
    chosen = [each for text in (options.style, *options.also) if text for each in (text, _weighted(text)[0])]
    checkpoint = getattr(options, "checkpoint", None)
    try_place(path, filter(None, [options.content, *chosen, options.mask, options.network, checkpoint]))


def _run(options, alone):
    """A function that makes the picture ready, and the number of steps."""
    options.style = options.style or painting_names()[0]
    content = _content(options)
    styles = _styles(options, content)
    if alone:
        _announce(options, content, f"{' and '.join([options.style, *options.also])}")
    quiet = {} if alone else {"progress": False}

    def finish(picture):
        finished = keep_colours(picture, content) if options.keep_colours == "luminance" else picture
        return keep_outside(finished, content, styles[0].mask) if options.mask and not options.also else finished
    try:
        picture, history = stylize(content, styles, load_vgg(options.network), **_given(options), **quiet)
    except NotFinite as error:
        error.picture = finish(error.picture)
        raise
    return functools.partial(finish, picture), len(history)


def _run_fast(options, alone):
    """A transform network paints: a function that makes the picture ready, and 1."""
    refused = [*_given(options), *(name for name in ("also", "mask") if getattr(options, name))]
    if refused:
        raise ValueError(f"--fast does not take --{refused[0].replace('_', '-')}, because its network is trained "
                         "already; leave one of the two out.")
    if options.network != "course":
        raise ValueError(f"--fast paints with networks of its own, not with {options.network!r}; leave one of the two "
                         "out.")
    content = _content(options)
    style = options.style or painting_names()[0]
    if alone:
        _announce(options, content,
                  "all styles of the network" if style == "all" else f"{style}, by a trained network")
    picture = _fast_picture(content, style, options)
    return (lambda: picture), 1


def _fast_picture(content, style, options):
    """One picture, or the sheet of all styles."""
    given = {name: value for name in ("strength", "coarse") if (value := getattr(options, name)) is not None}

    def painted(style):
        if style not in painting_names():  # the network of the course knows all of these
            size = options.size if options.style_size is None else options.style_size
            style = _picture(style, size, painting_names(), sample_painting)
        made = transform_image(content, style, **given)
        return keep_colours(made, content, options.keep_colours) if options.keep_colours else made
    if style == "all":
        return sheet_picture({"photograph": content} | {name: painted(name) for name in painting_names()})
    return painted(style)


def _given(options):
    """The arguments of `stylize` that were given."""
    known = (*names(), "quality", "checkpoint", "resume")
    return {name: value for name, value in vars(options).items() if name in known}


def _announce(options, content, style):
    height, width = content.shape[1:3]
    say(f"{options.content} ({width} x {height}) in the style of {style}", flush=True)


def _styles(options, content):
    """The painting; or a list of `Style` if there are several, or a mask."""
    chosen = [_weighted(each) for each in (options.style, *options.also)]
    size = options.size if options.style_size is None else options.style_size
    pictures = [_picture(name, size, painting_names(), sample_painting) for name, _ in chosen]
    if options.keep_colours in ("histogram", "mean-covariance"):
        pictures = [match_colours(picture, content, options.keep_colours) for picture in pictures]
    if len(chosen) == 1 and not options.mask:
        return pictures[0]
    masks = _masks(options, content) if options.mask else [None] * len(chosen)
    return [Style(picture, weight, mask) for picture, (_, weight), mask in zip(pictures, chosen, masks)]


def _content(options):
    """The photograph; ValueError if the output's format cannot hold a picture of its size."""
    content = _picture(options.content, options.size, photo_names(), sample_photo)
    check_side(pathlib.Path(options.output).suffix.lower(), *content.shape[1:3], options.output)
    return content


def _picture(source, size, names, make):
    """A picture by name or from a file; its longer side has `size` pixels."""
    if source in names:
        return make(source, size)
    if not pathlib.Path(source).exists() and not pathlib.Path(source).suffix:
        raise ValueError(f"{source!r} is neither a file nor one of {', '.join(names)}.")
    return load_image(source, size)


def _weighted(text):
    """'flow:3' as ('flow', 3.0); a path may contain colons too."""
    name, colon, weight = text.rpartition(":")
    try:
        return (name, float(weight)) if colon and name else (text, 1.0)
    except ValueError:
        return text, 1.0


def _masks(options, content):
    """White is for STYLE, black for every --also."""
    here = load_mask(options.mask, content.shape[1:3])
    for colour, nothing in (("black", here.max() == 0), ("white", options.also and here.min() == 1)):
        if nothing:
            raise ValueError(f"--mask {options.mask} is {colour} everywhere; make it white where {options.style} "
                             "belongs, and black elsewhere.")
    return [here] + [1 - here] * len(options.also)


if __name__ == "__main__":
    sys.exit(main())
