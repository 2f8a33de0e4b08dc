"""The command line: `python -m course_lib.lessons.site` builds the web site of all lessons.
Must not know networks, losses or figures: it only reads the arguments.
"""
import sys
import time

from course_lib._command import Parser, run_command
from course_lib.language import say
from course_lib.lessons.site.build import build_site


def main(arguments):
    """Build the site, say where it is and how large it has become; returns the exit status 0."""
    parser = Parser(
        prog="python -m course_lib.lessons.site",
        description="Build a web site of all lessons, in English and Chinese, from the outputs in the notebooks.")
    parser.add_argument("-o", "--output", default="site", help="the folder to write (default: site)")
    began = time.monotonic()
    page = build_site(parser.parse_args(arguments).output)
    size = sum(path.stat().st_size for path in page.parent.rglob("*") if path.is_file())
    say(f"built in {time.monotonic() - began:.0f} s, {size / 1e6:.1f} MB; open {page} in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
