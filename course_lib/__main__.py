"""The command line, for a teacher in a hurry: `python -m course_lib CONTENT STYLE -o OUT`.
Lesson 00 does the same in a notebook.
It only joins what the library offers, and turns errors into one line.
"""
import argparse
import functools
import pathlib
import sys
import time

import course_lib

from .settings import CHOICES

#: Options of the command line itself; all others are settings of `stylize`.
OWN = ("content", "style", "output", "size", "style_size", "network", "fast", "also", "mask", "keep_colours")

DESCRIPTION = """\
Repaint a photograph in the style of a painting (neural style transfer, after Gatys, Ecker and Bethge 2016).

CONTENT  a picture file, or a sample photograph by name:
         {photos}
STYLE    a picture file, or a style painted by code, by name:
         {styles}
Without arguments a sample pair is stylised. Nothing is downloaded.

`python -m course_lib weights` looks for the real VGG-19 file, fetches it and checks it (weights --help)."""

EXAMPLES = """\
try this:
  python -m course_lib                                  the sample pair, written to stylised.png
  python -m course_lib me.jpg flow -o me_flow.png       your photograph, a painted style
  python -m course_lib cat "stained glass"              a name with a blank goes in quotes
  python -m course_lib cat mosaic --style-weight 4000   more painting, less photograph
  python -m course_lib me.jpg monet.jpg --size 900      larger: twice the side takes about four times as long
  python -m course_lib me.jpg --fast -o me_fast.png     in one pass, by a network that knows one style (flow)

more control:
  python -m course_lib me.jpg monet.jpg --keep-colours luminance      brush marks, but my own colours
  python -m course_lib me.jpg monet.jpg --style-size 200              a smaller painting: finer brush marks
  python -m course_lib me.jpg flow:3 --also mosaic:1                  two styles, three parts and one
  python -m course_lib me.jpg flow --also mosaic --mask sky.png       flow where sky.png is white, mosaic where black
  python -m course_lib me.jpg flow --mask sky.png                     paint the white part, leave the rest
  python -m course_lib me.jpg flow --size 2000 --scales 0.25,0.5,1 --tile auto     large: coarse to fine, by tiles
  python -m course_lib me.jpg flow --checkpoint run.npz --resume      stopped? the same line goes on

what the numbers do:
  --style-weight is the one that matters: 400 if you say nothing; 40 keeps more of the photograph, 4000 less.
  --steps are evaluations of the loss: 36 at half the size and 20 at full size if you say nothing.
  Same seed, same machine: same picture.

Lesson 00 (notebooks/00_make_your_first_picture.ipynb) explains all of it."""

WEIGHTS = """\
The real imagenet-vgg-verydeep-19.mat (535 MB), for which the course network stands in.

  python -m course_lib weights                    is it here, where, which release, and what to do next
  python -m course_lib weights get                download it, or go on with a download that was cut
  python -m course_lib weights get --from E:      copy it from a folder, a stick, another address of yours
  python -m course_lib weights get --from keras   make it of the VGG-19 in Keras' cache; no download
  python -m course_lib weights check              whole or not, release, golden values, which way up

environment variables:
  COURSE_VGG       path of the file, where it lies in an unusual place
  COURSE_VGG_FROM  an address, file or folder to try first: a mirror of your school, say
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   a proxy;   REQUESTS_CA_BUNDLE   its certificates"""


def _weights_parser():
    parser = argparse.ArgumentParser(prog="python -m course_lib weights", description=WEIGHTS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", title="what to do (nothing: only say what is here)")
    get = actions.add_parser("get", help="bring the file")
    get.add_argument("--to", metavar="FOLDER", help="a folder that exists (where it is looked for: Downloads or home)")
    get.add_argument("--from", dest="source", metavar="SOURCE",
                     help="an address, a file, a folder with the file, 'keras', or a .h5 file of Keras")
    check = actions.add_parser("check", help="read a file from end to end")
    check.add_argument("file", nargs="?", metavar="FILE", help="any VGG in MatConvNet's format (the real file)")
    return parser


def _weights(arguments):
    """`weights`, `weights get` and `weights check`: the exit status, 2 for a file that is not whole."""
    options = _weights_parser().parse_args(arguments)
    if options.action == "check":
        report = course_lib.check_weights(options.file)
        print(report)
        return 0 if report.whole else 2
    print(course_lib.get_weights(options.to, options.source) if options.action else course_lib.weights_status())
    return 0


def _parser():
    photos, styles = (", ".join(names()) for names in (course_lib.photo_names, course_lib.style_names))
    parser = argparse.ArgumentParser(prog="python -m course_lib", epilog=EXAMPLES,
                                     description=DESCRIPTION.format(photos=photos, styles=styles),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("content", nargs="?", default=course_lib.photo_names()[0], metavar="CONTENT")
    parser.add_argument("style", nargs="?", metavar="STYLE")
    parser.add_argument("-o", "--output", default="stylised.png", metavar="OUT", help="picture to write (%(default)s)")
    parser.add_argument("--size", type=int, default=450, metavar="N", help="longer side in pixels (%(default)s)")
    parser.add_argument("--style-size", type=int, metavar="N", help="longer side of the painting (as --size): "
                        "smaller gives finer brush marks")
    parser.add_argument("--network", default="course", metavar="FILE", help="'course', 'imagenet' (the real "
                        "imagenet-vgg-verydeep-19.mat where it is found) or the path of a MatConvNet VGG file")
    parser.add_argument("--fast", action="store_true", help="one pass through the transform network of the course, "
                        "which was trained on flow; it takes -o, --size and --keep-colours")
    _add_settings(parser.add_argument_group("what is minimised, and how"))
    _add_controls(parser.add_argument_group("control"))
    return parser


def _add_settings(group):
    """The settings of `stylize`, by their own names; what is not given is left to it."""
    add = functools.partial(group.add_argument, default=argparse.SUPPRESS)
    add("--content-weight", type=float, metavar="A", help="weight of the photograph (1)")
    add("--style-weight", type=float, metavar="B", help="weight of the painting (400)")
    add("--tv-weight", type=float, metavar="T", help="weight of smoothness, total variation (0.001)")
    add("--steps", type=_numbers, metavar="N", help="evaluations of the loss at each size, one number for all or one "
        "for each (36,20)")
    add("--scales", type=_numbers, metavar="S", help="sizes from coarse to fine, as fractions of --size (0.5,1)")
    add("--optimizer", choices=CHOICES["optimizer"], help="how the pixels are moved (l-bfgs)")
    add("--start", choices=("content", "noise", "style", "blend"), help="picture to begin with (blend)")
    add("--pooling", choices=CHOICES["pooling"], help="of the network (average)")
    add("--content-layers", type=_names, metavar="L", help="layers that compare the photograph: relu3_2,relu4_2, say")
    add("--style-layers", type=_names, metavar="L", help="layers that compare the painting")
    add("--seed", type=int, metavar="N", help="of the noise mixed into the start (0)")
    add("--tile", type=_tile, metavar="N", help="the network sees so many pixels a side at once; 'auto': where it must")
    add("--checkpoint", metavar="FILE", help="keep the run in an .npz file")
    add("--resume", action="store_true", help="go on from --checkpoint, where it is there")


def _add_controls(group):
    group.add_argument("--also", action="append", default=[], metavar="STYLE[:WEIGHT]", help="one more style, as often "
                       "as you like; STYLE may have a weight too; they count by their ratios")
    group.add_argument("--mask", metavar="FILE", help="picture over the photograph: STYLE goes where it is white, "
                       "every --also where it is black")
    group.add_argument("--keep-colours", "--keep-colors", choices=("luminance", "histogram", "mean-covariance"),
                       help="luminance: the photograph's own, pixel by pixel; the others: give the painting the "
                       "photograph's palette first")


def _numbers(text):
    """'36,20' as a list of numbers, '7' as one."""
    try:
        values = [float(each) if "." in each else int(each) for each in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number, and no numbers with commas between") from None
    return values if len(values) > 1 else values[0]


def _names(text):
    return [each.strip() for each in text.split(",")] if text else []


def _tile(text):
    if text != "auto" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of pixels nor 'auto'")
    return text if text == "auto" else int(text)


def _picture(source, size, names, make):
    """A picture by name or from a file, its longer side `size` pixels."""
    if source in names:
        return make(source, size)
    if not pathlib.Path(source).exists() and not pathlib.Path(source).suffix:
        raise ValueError(f"{source!r} is neither a file nor one of {', '.join(names)}.")
    return course_lib.load_image(source, size)


def _painted(name, size):
    return course_lib.paint(name, (round(size * 3 / 4), size))


def _weighted(text):
    """'flow:3' as ('flow', 3.0); a path may hold colons too."""
    name, colon, weight = text.rpartition(":")
    try:
        return (name, float(weight)) if colon and name else (text, 1.0)
    except ValueError:
        return text, 1.0


def _masks(options, content):
    """White is for STYLE, black for every --also."""
    here = course_lib.load_mask(options.mask, content.shape[1:3])
    for colour, nothing in (("black", here.max() == 0), ("white", options.also and here.min() == 1)):
        if nothing:
            raise ValueError(f"--mask {options.mask} is {colour} everywhere; draw white where {options.style} shall "
                             "be, and black elsewhere.")
    return [here] + [1 - here] * len(options.also)


def _styles(options, content):
    """The painting, or a list of `Style` where there are several or a mask."""
    chosen = [_weighted(each) for each in (options.style, *options.also)]
    size = options.size if options.style_size is None else options.style_size
    pictures = [_picture(name, size, course_lib.style_names(), _painted) for name, _ in chosen]
    if options.keep_colours in ("histogram", "mean-covariance"):
        pictures = [course_lib.match_colours(picture, content, options.keep_colours) for picture in pictures]
    if len(chosen) == 1 and not options.mask:
        return pictures[0]
    masks = _masks(options, content) if options.mask else [None] * len(chosen)
    return [course_lib.Style(picture, weight, mask) for picture, (_, weight), mask in zip(pictures, chosen, masks)]


def _run(options):
    """The picture and how many steps it took."""
    options.style = options.style or course_lib.style_names()[0]
    content = _picture(options.content, options.size, course_lib.photo_names(), course_lib.sample_photo)
    height, width = content.shape[1:3]
    styles = _styles(options, content)
    print(f"{options.content} ({width} x {height}) in the style of {' and '.join([options.style, *options.also])}",
          flush=True)
    given = {name: value for name, value in vars(options).items() if name not in OWN}
    picture, history = course_lib.stylize(content, styles, course_lib.load_vgg(options.network),
                                          **{"seed": 0, **given})
    if options.keep_colours == "luminance":
        picture = course_lib.keep_colours(picture, content)
    if options.mask and not options.also:
        picture = course_lib.keep_outside(picture, content, styles[0].mask)
    return picture, len(history)


def _run_fast(options):
    """One pass: the picture, and 1."""
    refused = [name for name in vars(options) if name not in OWN]
    refused += [name for name in ("also", "mask", "style_size") if getattr(options, name)]
    if refused:
        raise ValueError(f"--fast does not take --{refused[0].replace('_', '-')}: its network was trained beforehand; "
                         "leave one of the two out.")
    if options.style not in (None, "flow") or options.network != "course":
        raise ValueError(f"--fast knows one style and one network, flow and the course's, not "
                         f"{options.style or options.network!r}; leave it out, or leave out --fast.")
    content = _picture(options.content, options.size, course_lib.photo_names(), course_lib.sample_photo)
    height, width = content.shape[1:3]
    print(f"{options.content} ({width} x {height}) in the style of flow, in one pass", flush=True)
    picture = course_lib.transform_image(content)
    return (course_lib.keep_colours(picture, content, options.keep_colours) if options.keep_colours else picture), 1


def _check_output(path):
    """Before the minutes of work, not after: can the picture be written there?"""
    if path.is_dir():
        raise ValueError(f"output {str(path)!r} is a folder; give the name of a picture file.")
    if not path.parent.is_dir():
        raise ValueError(f"folder {str(path.parent)!r} of the output does not exist; create it, or choose another.")
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"):
        raise ValueError(f"output {str(path)!r} must end in .png, .jpg, .webp, .tif or .bmp.")


def _stylise(arguments):
    options = _parser().parse_args(arguments)
    began = time.perf_counter()
    _check_output(pathlib.Path(options.output))
    picture, steps = (_run_fast if options.fast else _run)(options)
    path = course_lib.save_image(picture, options.output)
    print(f"wrote {path} after {steps} step{'s' * (steps != 1)}, {time.perf_counter() - began:.0f} s in all")
    print("next: jupyter lab notebooks")
    return 0


def main(arguments=None):
    """Run the command line; returns the exit status: 0, or 2 after one line that says what was wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return _weights(arguments[1:]) if arguments[:1] == ["weights"] else _stylise(arguments)
    except (ValueError, TypeError, OSError, ImportError) as error:
        print(f"course_lib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("course_lib: stopped" + "; what has come is kept." * (arguments[:1] == ["weights"]), file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
