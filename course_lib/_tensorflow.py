"""TensorFlow, imported without the log that its C++ part writes while it starts: `from course_lib import tf`.
Used by every lesson and by the rest of the library, inside functions, so that `import course_lib` stays quick.
It knows nothing of the course.
"""
import contextlib
import os


@contextlib.contextmanager
def _silent_stderr():
    """Send file descriptor 2 nowhere for a moment: no environment variable reaches this log."""
    try:
        saved = os.dup(2)
    except OSError:  # a window without a console, as under pythonw on Windows, has no stderr to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


with _silent_stderr():
    import tensorflow as tf
    if not os.environ.get("TF_CONFIG"):  # one worker of several must meet the others before its first operation
        tf.zeros(1)  # the first operation logs too: it looks for a GPU
