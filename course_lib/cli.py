"""The options of the command line, and its help: `python -m course_lib` and `python -m course_lib weights`.
Lesson 00 does the same in a notebook.
Must not know networks, losses or optimising: only names, texts and numbers.
"""
import argparse
import dataclasses

from course_lib._command import Parser
from course_lib.language import translated
from course_lib.samples import painting_names, photo_names
from course_lib.settings import QUALITIES, Settings

#: The settings of `stylize` that are options; every weight of a loss is one.
OFFERED = ("steps", "scales", "optimizer", "start", "pooling", "content_layers", "style_layers", "seed", "tile")

DESCRIPTION = """\
Repaint a photograph in the style of a painting (neural style transfer, after Gatys, Ecker and Bethge 2016).

CONTENT  a picture file, a folder of pictures (OUT is then a folder too), or a sample photograph by name:
         {photos}
STYLE    a picture file, or a painting of the course by name (all but the first are painted by code):
         {styles}
Without arguments a sample pair is stylised. Nothing is downloaded.

`python -m course_lib weights` looks for the real VGG-19 file, fetches it and checks it (weights --help)."""

EXAMPLES = """\
try this:
  python -m course_lib                                  the sample pair, written to stylised.png
  python -m course_lib me.jpg flow -o me_flow.png       your photograph, a style painted by code
  python -m course_lib me.jpg "starry night" --quality fine             better, in about five times the time
  python -m course_lib cat "stained glass"              quotes around a name with a blank
  python -m course_lib cat mosaic --style-weight 4000   more painting, less photograph
  python -m course_lib me.jpg monet.jpg --size 900      larger: twice the side takes about four times the time
  python -m course_lib me.jpg mosaic --fast             in a second: any painting of the course, or a file
  python -m course_lib me.jpg all --fast -o sheet.png   one photograph in all styles of the course
  python -m course_lib photos/ flow -o painted/         every picture of a folder

more control:
  python -m course_lib me.jpg monet.jpg --keep-colours luminance      brush marks, but my own colours
  python -m course_lib me.jpg monet.jpg --style-size 200              a smaller painting: finer brush marks
  python -m course_lib me.jpg flow:3 --also mosaic:1                  two styles, with weights 3 and 1
  python -m course_lib me.jpg flow --also mosaic --mask sky.png       flow where sky.png is white, mosaic where black
  python -m course_lib me.jpg flow --mask sky.png                     paint the white part, keep the rest
  python -m course_lib me.jpg flow --size 2000 --scales 0.25,0.5,1 --tile auto     large: coarse to fine, in tiles
  python -m course_lib me.jpg flow --checkpoint run.npz --resume      stopped? the same line continues

what the numbers do:
  --style-weight is the one that matters: 400 by default; 40 keeps more of the photograph, 4000 less.
  --steps are evaluations of the loss: 50 at nearly half the size and 30 at full size by default.
  The same seed on the same machine gives the same picture.

Lesson 00 (notebooks/00_make_your_first_picture.ipynb) explains all of it."""

WEIGHTS = """\
The real imagenet-vgg-verydeep-19.mat (535 MB), which the course network replaces; and the real VGG-16 (one package).

  python -m course_lib weights                    is it here, where, which release, what to do next
  python -m course_lib weights get                download it, or continue an interrupted download
  python -m course_lib weights get --from E:      copy it from a folder, a USB stick or another address
  python -m course_lib weights get --from keras   make it from the VGG-19 in Keras' cache, without a download
  python -m course_lib weights check              is it complete, which release, are its values right

environment variables:
  COURSE_VGG       path of the file, if it is in an unusual place
  COURSE_VGG_FROM  an address, file or folder to try first, such as a mirror of your school
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY   a proxy;   REQUESTS_CA_BUNDLE   its certificates"""


def stylise_parser():
    """Make the parser of `python -m course_lib CONTENT STYLE`.

    Returns:
        An `argparse.ArgumentParser`; settings of `stylize` that are not given are not in its result.

    Used in lesson 00, from the command line.
    """
    photos, styles = (", ".join(names()) for names in (photo_names, painting_names))
    parser = Parser(prog="python -m course_lib", epilog=EXAMPLES,
                    description=DESCRIPTION.format(photos=photos, styles=styles),
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("content", nargs="?", default=photo_names()[0], metavar="CONTENT")
    parser.add_argument("style", nargs="?", metavar="STYLE")
    parser.add_argument("-o", "--output", default="stylised.png", metavar="OUT", help="picture to write (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print what was done as JSON; messages go to stderr")
    parser.add_argument("--size", type=int, default=450, metavar="N", help="longer side in pixels (%(default)s)")
    parser.add_argument("--style-size", type=int, metavar="N", help="longer side of the painting (default: as "
                        "--size); a smaller one gives finer brush marks")
    parser.add_argument("--network", default="course", metavar="FILE", help="'course'; 'vgg16' or 'imagenet' "
                        "(the real VGG-16 and VGG-19, where they are here: `weights` says so); or the path of a "
                        "MatConvNet VGG file")
    parser.add_argument("--fast", action="store_true", help="by a trained network, in a second, for any STYLE, or "
                        "'all' for a sheet; it takes -o, --size, --style-size, --strength, --coarse and "
                        "--keep-colours")
    parser.add_argument("--strength", type=float, metavar="S", help="with --fast: from 0, the photograph, to 1, the "
                        "whole style (1)")
    parser.add_argument("--coarse", type=float, metavar="C", help="with --fast: from 0, small marks everywhere, to 1, "
                        "large marks in calm places (0.9)")
    _add_settings(parser.add_argument_group("what is minimised, and how"))
    _add_controls(parser.add_argument_group("control"))
    return parser


def _add_settings(group):
    """The settings of `stylize`, as their fields describe them; and its checkpoint."""
    for field in dataclasses.fields(Settings):
        if field.name in OFFERED or field.name.endswith("_weight"):
            default = ",".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
            text = translated(field.metadata["help"]) + ("" if default is None else f" ({default})")
            group.add_argument("--" + field.name.replace("_", "-"), default=argparse.SUPPRESS,
                               help=text.replace("%", "%%"), **_reading(field))
    group.add_argument("--quality", choices=tuple(QUALITIES), default=argparse.SUPPRESS, help="steps and scales by "
                       "name: a draft in about half the time of default, a fine picture in about five times as much")
    group.add_argument("--checkpoint", default=argparse.SUPPRESS, metavar="FILE", help="save the run to an .npz file")
    group.add_argument("--resume", default=argparse.SUPPRESS, action="store_true",
                       help="continue from --checkpoint, if the file exists")


def _reading(field):
    """How argparse reads the value of a field."""
    if "choices" in field.metadata:
        return dict(choices=field.metadata["choices"])
    if isinstance(field.default, tuple):
        names = isinstance(field.default[0], str)
        return dict(type=_names if names else _numbers, metavar="L,L" if names else "N,N")
    return dict(type=_tile if field.default is None else type(field.default), metavar="N")


def _add_controls(group):
    group.add_argument("--also", action="append", default=[], metavar="STYLE[:WEIGHT]", help="another style, as often "
                       "as you like; STYLE may have a weight too, and only the ratios of the weights count")
    group.add_argument("--mask", metavar="FILE", help="picture of the photograph's shape: STYLE where it is white, "
                       "every --also where it is black")
    group.add_argument("--keep-colours", "--keep-colors", choices=("luminance", "histogram", "mean-covariance"),
                       help="luminance: keep the photograph's colour of each pixel; the others: give the painting the "
                       "photograph's colours first")


def weights_parser():
    """Make the parser of `python -m course_lib weights`.

    Returns:
        An `argparse.ArgumentParser`.

    Used in lesson 01, from the command line.
    """
    parser = Parser(prog="python -m course_lib weights", description=WEIGHTS,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", title="what to do (default: only show what is here)")
    get = actions.add_parser("get", help="fetch the file")
    get.add_argument("--to", metavar="FOLDER", help="a folder that exists (default: Downloads or home, where the "
                     "course looks for the file)")
    get.add_argument("--from", dest="source", metavar="SOURCE",
                     help="an address, a file, a folder with the file, 'keras', or a .h5 file of Keras")
    check = actions.add_parser("check", help="read a file completely")
    check.add_argument("file", nargs="?", metavar="FILE",
                       help="any VGG in MatConvNet's format (default: the real file)")
    return parser


def _numbers(text):
    """'36,20' as a list of numbers, '7' as one number."""
    try:
        values = [float(each) if "." in each else int(each) for each in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, nor numbers with commas between them") from None
    return values if len(values) > 1 else values[0]


def _names(text):
    return [each.strip() for each in text.split(",")] if text else []


def _tile(text):
    if text != "auto" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of pixels nor 'auto'")
    return text if text == "auto" else int(text)
