"""Ctrl-C while a command line starts or ends: one line and exit status 130, in place of a traceback.
Used in lesson 00 by `python -m course_lib`, and in lessons 08 and A2 by the trainings.
Must not import anything of the course, nor NumPy, because it runs before everything else is imported.
"""
import contextlib
import os
import signal
import sys


def guard_start():
    """If Python is about to run a module of the course (`python -m course_lib`), let Ctrl-C end it with one line."""
    named = [name for option, name in zip(sys.orig_argv, sys.orig_argv[1:]) if option == "-m"]
    looking = sys.argv[:1] == ["-m"]  # so it is while Python looks for the module
    if looking and named and named[0].partition(".")[0] == __package__:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # it is ignored in the background
            signal.signal(signal.SIGINT, _end)


def _end(*_):
    with contextlib.suppress(OSError):
        os.write(2, b"course_lib: stopped; nothing is written.\n")
    os._exit(130)  # an exception could be caught by a module that is being imported


@contextlib.contextmanager
def stoppable():
    """In the block, Ctrl-C raises KeyboardInterrupt; after it, a guarded program ends without minding Ctrl-C."""
    guarded = signal.getsignal(signal.SIGINT) is _end
    if guarded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if guarded:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
