"""The command line: `python -m course_lib CONTENT STYLE -o OUT` makes a picture without a notebook.
Lesson 00 does the same in a notebook.
Must not know formulas or figures: it joins what the library offers, and shows an error as one line.
"""
import pathlib
import sys
import time

from course_lib._pictures import FORMATS
from course_lib.cli import stylise_parser, weights_parser
from course_lib.colours import keep_colours, keep_outside, match_colours
from course_lib.images import load_image, save_image
from course_lib.masks import load_mask
from course_lib.mat.weights import check_weights, get_weights, weights_status
from course_lib.optimise import stylize
from course_lib.samples import painting_names, photo_names, sample_painting, sample_photo
from course_lib.settings import names
from course_lib.styles import Style
from course_lib.train.transform import transform_image
from course_lib.vgg import load_vgg


def main(arguments=None):
    """Run the command line.

    Args:
        arguments: a list of strings; None takes those of the program.

    Returns:
        The exit status: 0; 2 after one line that says what was wrong; 130 after Ctrl-C.

    Used in lesson 00, from the command line.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return _weights(arguments[1:]) if arguments[:1] == ["weights"] else _stylise(arguments)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        print(f"course_lib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("course_lib: stopped" + "; what has come is kept." * (arguments[:1] == ["weights"]), file=sys.stderr)
        return 130


def _weights(arguments):
    """`weights`, `weights get` and `weights check`: the exit status, 2 for a file that is not complete."""
    options = weights_parser().parse_args(arguments)
    if options.action == "check":
        report = check_weights(options.file)
        print(report)
        return 0 if report.whole else 2
    print(get_weights(options.to, options.source) if options.action else weights_status())
    return 0


def _stylise(arguments):
    options = stylise_parser().parse_args(arguments)
    began = time.perf_counter()
    _check_output(pathlib.Path(options.output))
    picture, steps = (_run_fast if options.fast else _run)(options)
    path = save_image(picture, options.output)
    print(f"wrote {path} after {steps} step{'s' * (steps != 1)}, {time.perf_counter() - began:.0f} s in all")
    print("next: jupyter lab notebooks")
    return 0


def _check_output(path):
    """Before the minutes of work, not after: can the picture be written there?"""
    if path.is_dir():
        raise ValueError(f"output {str(path)!r} is a folder; give the name of a picture file.")
    if not path.parent.is_dir():
        raise ValueError(f"folder {str(path.parent)!r} of the output does not exist; create it, or choose another.")
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"output {str(path)!r} must end in {' '.join(FORMATS)}.")


def _run(options):
    """The picture and the number of steps."""
    options.style = options.style or painting_names()[0]
    content = _picture(options.content, options.size, photo_names(), sample_photo)
    styles = _styles(options, content)
    _announce(options, content, f"{' and '.join([options.style, *options.also])}")
    picture, history = stylize(content, styles, load_vgg(options.network), **_given(options))
    if options.keep_colours == "luminance":
        picture = keep_colours(picture, content)
    if options.mask and not options.also:
        picture = keep_outside(picture, content, styles[0].mask)
    return picture, len(history)


def _run_fast(options):
    """One pass through the transform network: the picture, and 1."""
    refused = [*_given(options), *(name for name in ("also", "mask", "style_size") if getattr(options, name))]
    if refused:
        raise ValueError(f"--fast does not take --{refused[0].replace('_', '-')}, because its network is trained "
                         "already; leave one of the two out.")
    if options.style not in (None, "flow") or options.network != "course":
        raise ValueError(f"--fast knows one style and one network, flow and the course's, not "
                         f"{options.style or options.network!r}; leave it out, or leave out --fast.")
    content = _picture(options.content, options.size, photo_names(), sample_photo)
    _announce(options, content, "flow, in one pass")
    picture = transform_image(content)
    return (keep_colours(picture, content, options.keep_colours) if options.keep_colours else picture), 1


def _given(options):
    """The arguments of `stylize` that were given."""
    known = (*names(), "quality", "checkpoint", "resume")
    return {name: value for name, value in vars(options).items() if name in known}


def _announce(options, content, style):
    height, width = content.shape[1:3]
    print(f"{options.content} ({width} x {height}) in the style of {style}", flush=True)


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
