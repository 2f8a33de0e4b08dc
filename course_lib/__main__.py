"""The command line, for a teacher in a hurry: `python -m course_lib CONTENT STYLE -o OUT`.
Lesson 00 does the same in a notebook.
It only joins what the library offers, and turns errors into one line.
"""
import argparse
import pathlib
import sys
import time

import course_lib

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

what the numbers do:
  --style-weight is the one that matters: 400 if you say nothing; 40 keeps more of the photograph, 4000 less.
  --steps are evaluations of the loss, at half the size and again at full size.
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
    parser.add_argument("style", nargs="?", default=course_lib.style_names()[0], metavar="STYLE")
    parser.add_argument("-o", "--output", default="stylised.png", metavar="OUT", help="picture to write (%(default)s)")
    parser.add_argument("--size", type=int, default=450, metavar="N", help="longer side in pixels (%(default)s)")
    parser.add_argument("--style-size", type=int, metavar="N", help="longer side of the painting (as --size): "
                        "smaller gives finer brush marks")
    parser.add_argument("--content-weight", type=float, metavar="A", help="weight of the photograph (1)")
    parser.add_argument("--style-weight", type=float, metavar="B", help="weight of the painting (400)")
    parser.add_argument("--tv-weight", type=float, metavar="T", help="weight of smoothness, total variation (0.001)")
    parser.add_argument("--steps", type=int, metavar="N", help="evaluations of the loss at each of the two sizes (60 and 90)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the noise mixed into the start (0)")
    parser.add_argument("--network", default="course", metavar="FILE", help="'course', 'imagenet' (the real "
                        "imagenet-vgg-verydeep-19.mat where it is found) or the path of a MatConvNet VGG file")
    return parser


def _picture(source, size, names, make):
    """A picture by name or from a file, its longer side `size` pixels."""
    if source in names:
        return make(source, size)
    if not pathlib.Path(source).exists() and not pathlib.Path(source).suffix:
        raise ValueError(f"{source!r} is neither a file nor one of {', '.join(names)}.")
    return course_lib.load_image(source, size)


def _painted(name, size):
    return course_lib.paint(name, (round(size * 3 / 4), size))


def _run(options):
    if options.style_size is None:
        options.style_size = options.size
    content = _picture(options.content, options.size, course_lib.photo_names(), course_lib.sample_photo)
    style = _picture(options.style, options.style_size, course_lib.style_names(), _painted)
    height, width = content.shape[1:3]
    print(f"{options.content} ({width} x {height}) in the style of {options.style}", flush=True)
    given = {name: getattr(options, name) for name in ("content_weight", "style_weight", "tv_weight", "steps")
             if getattr(options, name) is not None}
    picture, history = course_lib.stylize(content, style, course_lib.load_vgg(options.network), seed=options.seed,
                                          **given)
    return course_lib.save_image(picture, options.output), history


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
    path, history = _run(options)
    print(f"wrote {path} after {len(history)} steps, {time.perf_counter() - began:.0f} s in all")
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
