"""What every command line does: messages that cannot fail, an error in one sentence, a file that is not lost.
Used in lesson 00 by `python -m course_lib`, and in lessons 08 and A2 by the trainings.
Must not know networks, pictures or figures: only streams, names of files and exit statuses.
"""
import argparse
import contextlib
import dataclasses
import errno
import itertools
import os
import pathlib
import sys
import tempfile

from course_lib._base import beside
from course_lib._interrupts import stoppable
from course_lib.language import label, say, translated

#: Errors that a command line tells in one sentence; ArithmeticError is a loss that is not finite.
TOLD = (ValueError, TypeError, OSError, ImportError, MemoryError, ArithmeticError)
STOPPED = "stopped; the same line continues from the last checkpoint, if there is one."  # for trainings
TRIAL = 1 << 16  # bytes that are written and removed again, to see whether a place takes a file


def run_command(work, arguments=None, stopped="stopped; nothing is written."):
    """Run a command line.

    Args:
        work: called with the arguments; returns the exit status, or None for 0.
        arguments: a list of strings; None takes those of the program.
        stopped: the sentence after Ctrl-C.

    Returns:
        The exit status; 2 after an error, which is told in one sentence; 130 after Ctrl-C.

    >>> run_command(lambda arguments: len(arguments), [])
    0

    Used in lesson 00, from the command line.
    """
    with steady_streams():
        try:
            with stoppable():
                return work(sys.argv[1:] if arguments is None else arguments) or 0
        except TOLD as error:
            say(f"course_lib: {sentence(error)}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            say(f"course_lib: {stopped}", file=sys.stderr)
            return 130


def sentence(error):
    """What an error says, on one line. Used in lesson 00, from the command line."""
    return " ".join(str(error).split()) or "the memory is full; give a smaller size."


# ------------------------------------------------------------------------------------------------ arguments


class Parser(argparse.ArgumentParser):
    """A parser whose help and errors are in the reader's language. Used in lesson 00, from the command line."""

    def format_help(self):
        """The help, with the texts of the course and those of Python's argparse."""
        self.description, self.epilog = translated(self.description), translated(self.epilog)
        for group in self._action_groups:
            group.title = label(group.title)
        parts = [part for action in self._actions if isinstance(action, argparse._SubParsersAction)
                 for part in action._get_subactions()]
        for action in self._actions + parts:
            action.help = translated(action.help)
        return super().format_help()

    def error(self, message):
        """End the program with status 2, and say what was wrong."""
        super().error(translated(message))


# ------------------------------------------------------------------------------------------------ recipes


def recipe_parser(recipe, description):
    """A parser for the file to write and each field of a recipe, which is a dataclass. Used in lesson A2."""
    parser = Parser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("path", help="the .mat file to write")
    for field in dataclasses.fields(recipe):
        kind = type(field.default)
        options = dict(type=int, nargs=len(field.default)) if kind is tuple else dict(type=kind)
        parser.add_argument("--" + field.name.replace("_", "-"), default=field.default, help=" ", **options)
    return parser


def recipe_of(recipe, options):
    """The recipe that the options of `recipe_parser` give; they may hold others beside. Used in lesson A2."""
    chosen = {field.name: getattr(options, field.name) for field in dataclasses.fields(recipe)}
    return recipe(**{name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()})


# ------------------------------------------------------------------------------------------------ messages


class _Steady:
    """A text stream whose failures end nothing: what it cannot encode is escaped, what it cannot write is dropped."""

    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text):
        """Write the text as well as the stream can."""
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except (OSError, ValueError):  # the reader went away, the disk is full, or the stream is closed
            pass
        return len(text)

    def flush(self):
        """Flush the stream, if it can be flushed."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def finish(self):
        """Flush for the last time; what a broken stream still holds is sent nowhere, or Python would complain."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())
                self._stream.flush()


@contextlib.contextmanager
def steady_streams():
    """Let no message to stdout or stderr fail: not for its characters, a closed pipe, a full disk or no stream."""
    for number in range(3):  # a closed descriptor would be given to the next file, and messages would go into it
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        streams = [_Steady(stream or nowhere) for stream in before]
        sys.stdout, sys.stderr = streams
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
            for stream in streams:
                stream.finish()


# ------------------------------------------------------------------------------------------------ places


class _Enough(Exception):
    """Ends the trial of a place before anything is replaced."""


def try_place(path, inputs=(), what="output"):
    """Raise an error unless a file can be written to a path; nothing is left behind, and an older file is untouched.

    Args:
        path: of the file to be written later.
        inputs: paths of files that must not be replaced; those that do not exist are passed over.
        what: the words for the path in an error message.

    Raises:
        ValueError: the path is a folder, or one of the inputs.
        OSError: the folder does not exist, or nothing can be written there.

    Used in lesson 00, from the command line.
    """
    path = pathlib.Path(path)
    try:
        if path.is_dir():
            raise ValueError(f"{what} {str(path)!r} is a folder; give the name of a file.")
        if not path.parent.is_dir():
            raise FileNotFoundError(f"folder {str(path.parent)!r} of {what} {path.name} does not exist; create it, or "
                                    "choose another.")
        for source in inputs:
            if path.exists() and os.path.exists(source) and os.path.samefile(path, source):
                raise ValueError(f"{what} {str(path)!r} is the input {str(source)!r} itself; give another name.")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is write-protected")
        with contextlib.suppress(_Enough), beside(path) as file:
            file.write(bytes(TRIAL))
            file.flush()
            os.fsync(file.fileno())
            raise _Enough
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(f"{what} {str(path)!r} cannot be written ({error.strerror}); choose another place or a shorter "
                      "name.") from error


def check_folder(folder):
    """The folder for checkpoints as a `pathlib.Path`, made if it is not there; an error if nothing can be written.

    Raises:
        ValueError: TensorFlow would read its name as a pattern, and find no checkpoint there.
        OSError: it cannot be made, or nothing can be written there.

    Used in lesson 08.
    """
    pattern = sorted(set(str(folder)) & {*"[*?", *("\\" if os.sep == "/" else "")})
    if pattern:
        raise ValueError(f"folder is {str(folder)!r}; TensorFlow reads {' '.join(pattern)} in a name as a pattern: "
                         "give another name.")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try_place(folder / "checkpoint", what="checkpoint")
    return folder


def write_or_rescue(write, path):
    """Write a file, elsewhere if its place fails, and once more after Ctrl-C, so that finished work is not lost.

    Args:
        write: called with a path; writes the file and returns its path.
        path: where it should be.

    Returns:
        What `write` returns, and whether Ctrl-C was pressed meanwhile.

    Raises:
        OSError: the place failed; the message says where the file is instead: in the home folder, or in the folder for
            temporary files.

    Used in lesson 00, from the command line.
    """
    try:
        return _written(write, pathlib.Path(path)), False
    except KeyboardInterrupt:
        return _written(write, pathlib.Path(path)), True


def _written(write, path):
    try:
        return write(path)
    except OSError as error:
        place = None
        for find in (home_folder, tempfile.gettempdir):
            with contextlib.suppress(OSError):
                place = place or write(unused_path(pathlib.Path(find()), path))
        if not place:
            raise
        reason = error.strerror or str(error).rstrip(".")
        raise OSError(f"{path} could not be written ({reason}); it is in {place} instead.") from error


def unused_path(folder, path):
    """A path in the folder that no file has, with a name like that of `path`, shortened. Used in lesson 00."""
    names = (f"{path.stem[:20]}{f'-{number}' * (number > 0)}{path.suffix}" for number in itertools.count())
    return next(folder / name for name in names if not os.path.lexists(folder / name))


def home_folder():
    """The home folder; the working folder where the system knows no home. Used in lesson 01."""
    try:
        return pathlib.Path.home()
    except RuntimeError:
        return pathlib.Path.cwd()
