"""One file from one address: what a cut connection has brought is kept, and the next request asks for the rest only.
`get_weights`, which lesson 01 shows, uses it for the real VGG-19; pooch and requests do the talking.
It must not know what the file is: whoever calls it brings the proof that the file is whole.
"""
import errno
import os
import re

__all__ = ["download", "reason"]

CHUNK = 1 << 14                                  # bytes
TRIES = 50                                       # requests to one address, each of which must bring something


def download(address, path, size, prove, timeout=30, say=None):
    """Fetch `address` to `path`, by as many requests as it takes; what came stays at `path` when it fails.

    address: http or https. size: bytes of the whole file. prove: called without arguments when a server says that
    this was all; ValueError, with what came, when `path` is not what it should be. timeout: seconds that the server may
    be silent. say: a function for lines of progress, which also turns the bar on.
    OSError or ValueError, for `reason` to explain; a file that is proved wrong is removed.

    >>> download("https://example.org/vgg.mat", path, 534_904_783, prove)                       # doctest: +SKIP

    Used for lesson 01.
    """
    again = True                                 # once, a file that a rest did not complete is fetched from its start
    for _ in range(TRIES):
        had = _bytes(path)
        chunk = CHUNK if size - had > CHUNK else 1   # of a chunk that is cut, nothing arrives
        fault, appended = _ask(address, path, chunk, timeout, bar=say is not None)
        has, nothing_behind = _bytes(path), status_code(fault) == 416
        if fault is None or nothing_behind or has == size:
            wrong = _proof(prove) if has else OSError("sends nothing, 0 bytes")
            if wrong is None:
                return
            if has >= size or has <= had:
                path.unlink(missing_ok=True)
                if not again or not (appended or nothing_behind):
                    raise wrong
                again = False
        elif has <= had:
            raise fault
        if say:
            say(f"  {_bytes(path):,} of {size:,} bytes are here; asking for the rest")
    raise OSError(f"broke off {TRIES} times")


def reason(error, timeout):
    """Why a file did not come, as the end of a sentence that begins with its address. Used for lesson 01."""
    from requests import exceptions as kinds
    text = str(error)
    if status_code(error):
        return f"answers {status_code(error)} {error.response.reason}"
    if isinstance(error, kinds.SSLError):
        why = re.search(r"\] (.*?) \(_ssl", text)
        return f"offers no safe connection ({why[1] if why else text})"
    if isinstance(error, kinds.Timeout) or "timed out" in text:
        return f"was silent for {timeout} s"
    if isinstance(error, (kinds.InvalidSchema, kinds.InvalidURL, kinds.MissingSchema)):
        return "is no http or https address"
    if isinstance(error, kinds.TooManyRedirects):
        return "sends from one address to another without end"
    if isinstance(error, kinds.ProxyError):
        return "is not reached: the proxy does not answer, or refuses"
    if isinstance(error, kinds.ChunkedEncodingError) or "Connection broken" in text or "aborted" in text:
        return "broke off"
    if isinstance(error, kinds.ConnectionError):
        return "is not reached: no connection, or no such host"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "cannot be written: the disk is full"
    return text.rstrip(".")


def status_code(error):
    """The number of an HTTP answer that is an error, such as 404; None for any other fault. Used for lesson 01."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return status if status >= 400 else None


def _proof(prove):
    """The error that the proof ends with; None when there is none."""
    try:
        return prove()
    except ValueError as error:
        return error


def _ask(address, path, chunk, timeout, bar):
    """One request for the rest, or for all where nothing is there: the fault or None, and whether a rest came."""
    from pooch import HTTPDownloader
    headers, fault = {"Accept-Encoding": "identity"}, None
    if _bytes(path):
        headers["Range"] = f"bytes={_bytes(path)}-"
    with open(path, "ab") as file:
        rest = _Rest(file)
        get = HTTPDownloader(bar, chunk, timeout=timeout, headers=headers, hooks={"response": rest.begin})
        try:
            get(address, rest, None)
        except OSError as error:                 # all of requests' errors are such
            fault = error
    if not _bytes(path):
        path.unlink()
    return fault, rest.appended


class _Rest:
    """The file as pooch writes to it: appends a rest, replaces it by a whole, refuses what begins like no .mat file."""

    def __init__(self, file):
        self.file, self.appended, self.fresh = file, False, False

    def begin(self, response, **_):
        """Called for every answer, redirections too, before its body is read."""
        if response.status_code == 206:
            start = f"bytes {os.fstat(self.file.fileno()).st_size}-"
            self.appended = response.headers.get("Content-Range", "").startswith(start)
            if not self.appended:
                self.file.truncate(0)            # so that the next request asks for all
                raise OSError("sends another piece than it was asked for")
        self.fresh = response.status_code == 200

    def write(self, block):
        if self.fresh:
            if block.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                raise OSError("sends a web page in place of the file")
            if not block.startswith(b"MATLAB 5.0"):
                raise OSError(f"sends something else: no MATLAB file begins with {block[:8]!r}")
            self.file.truncate(0)                # only now: a web page costs nothing of what is here
            self.fresh = False
        self.file.write(block)

    def flush(self):
        self.file.flush()


def _bytes(path):
    return path.stat().st_size if path.is_file() else 0
