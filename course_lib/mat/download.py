"""Download one large file from one address; after an interrupted connection, only the missing rest is requested.
Lesson 01 shows `get_weights`, which downloads the real VGG-19 with it; pooch and requests make the requests.
Must not know networks: the caller passes a function that checks whether the file is complete.
"""
import errno
import os
import re

CHUNK = 1 << 14                                  # bytes
TRIES = 50                                       # requests to one address, each of which must bring new bytes


def download(address, path, size, check, timeout=30, log=None):
    """Download a file with as many requests as it takes; after an error, the bytes received so far stay in the file.

    Args:
        address: http or https.
        path: the `pathlib.Path` to write to. If it exists, its bytes count as received.
        size: the size of the complete file, in bytes.
        check: called without arguments when the server has sent everything; it must raise ValueError, saying what was
            received, if `path` is not the right file. Such a file is deleted.
        timeout: how long the server may send nothing, in seconds.
        log: a function for lines about the progress; with it, a progress bar is shown too.

    Raises:
        OSError, ValueError: the file could not be downloaded; `reason` explains it.

    >>> download("https://example.org/vgg.mat", path, 534_904_783, check)                       # doctest: +SKIP

    Used in lesson 01.
    """
    may_restart = True                           # once, if the rest did not fit the beginning
    for _ in range(TRIES):
        before = file_size(path)
        chunk = CHUNK if size - before > CHUNK else 1    # of an interrupted chunk, nothing is kept
        fault, appended = _request(address, path, chunk, timeout, bar=log is not None)
        after, nothing_left = file_size(path), status_code(fault) == 416
        if fault is None or nothing_left or after == size:
            wrong = _error_of(check) if after else OSError("sends an empty file")
            if wrong is None:
                return
            if after >= size or after <= before:
                path.unlink(missing_ok=True)
                if not may_restart or not (appended or nothing_left):
                    raise wrong
                may_restart = False
        elif after <= before:
            raise fault
        if log:
            log(f"  {file_size(path):,} of {size:,} bytes received; requesting the rest")
    raise OSError(f"closed the connection {TRIES} times")


def reason(error, timeout, address=""):
    """Explain why a file was not received, as the end of a sentence that begins with its address.

    Args:
        error: an OSError or ValueError, as `download` raises.
        timeout, address: those that `download` was called with.

    Used in lesson 01.
    """
    from requests import exceptions as kinds
    text = str(error)
    if status_code(error):
        return f"answers {status_code(error)} {error.response.reason}"
    if isinstance(error, kinds.SSLError):
        why = re.search(r"\] (.*?) \(_ssl", text)
        return f"offers no secure connection ({why[1] if why else text})"
    if isinstance(error, kinds.Timeout) or "timed out" in text:
        return f"sent nothing for {timeout} s"
    proxy = _proxy(address)
    if proxy and "SOCKS" in text:
        return f"needs PySocks for the proxy {proxy}; install it with `python -m pip install pysocks`"
    if proxy and isinstance(error, ValueError) and re.match(r"https?://[\w.-]+(:\d+)?(/|$)", address):
        return (f"cannot be reached: the proxy {proxy} is not an address; set HTTPS_PROXY and HTTP_PROXY like "
                "http://host:8080")
    if isinstance(error, (kinds.InvalidSchema, kinds.InvalidURL, kinds.MissingSchema)):
        return "is not an http or https address"
    if isinstance(error, kinds.TooManyRedirects):
        return "redirects to another address without end"
    if isinstance(error, kinds.ProxyError):
        return "cannot be reached: the proxy does not answer, or refuses"
    if isinstance(error, kinds.ChunkedEncodingError) or "Connection broken" in text or "aborted" in text:
        return "closed the connection too early"
    if isinstance(error, kinds.ConnectionError):
        return "cannot be reached: no connection, or no such host"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "cannot be written: the disk is full"
    return text.rstrip(".")


def _proxy(address):
    """The proxy for an address, without a password; None if there is none."""
    from requests.utils import get_environ_proxies, select_proxy
    proxy = select_proxy(address, get_environ_proxies(address)) if "://" in address else None
    return proxy and re.sub(r"//[^/]*@", "//", proxy)


def status_code(error):
    """The number of an HTTP error, such as 404; None for any other error."""
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return status if status >= 400 else None


def file_size(path):
    """The size of a file in bytes; 0 if it does not exist."""
    return path.stat().st_size if path.is_file() else 0


def _error_of(check):
    """The ValueError that a check raises; None if it raises none."""
    try:
        return check()
    except ValueError as error:
        return error


def _request(address, path, chunk, timeout, bar):
    """Request the missing bytes: the error or None, and whether they were appended to the file."""
    from pooch import HTTPDownloader
    headers, fault = {"Accept-Encoding": "identity"}, None
    if file_size(path):
        headers["Range"] = f"bytes={file_size(path)}-"
    with open(path, "ab") as file:
        rest = _Rest(file)
        get = HTTPDownloader(bar, chunk, timeout=timeout, headers=headers, hooks={"response": rest.begin})
        try:
            get(address, rest, None)
        except (OSError, ValueError) as error:   # of requests; urllib3's for a proxy's address is a ValueError
            fault = error
    if not file_size(path):
        path.unlink()
    return fault, rest.appended


class _Rest:
    """The file for pooch to write to: a rest is appended, a whole file replaces it, anything but a .mat is refused."""

    def __init__(self, file):
        self.file, self.appended, self.fresh = file, False, False

    def begin(self, response, **_):
        """Called for every answer, also for redirections, before its body is read."""
        if response.status_code == 206:
            start = f"bytes {os.fstat(self.file.fileno()).st_size}-"
            self.appended = response.headers.get("Content-Range", "").startswith(start)
            if not self.appended:
                self.file.truncate(0)            # so that the next request asks for the whole file
                raise OSError("sends another part of the file than requested")
        self.fresh = response.status_code == 200

    def write(self, block):
        """Write the next block of the body."""
        if self.fresh:
            if block.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
                raise OSError("sends a web page in place of the file")
            if not block.startswith(b"MATLAB 5.0"):
                raise OSError(f"sends something else: no MATLAB file begins with {block[:8]!r}")
            self.file.truncate(0)                # only now, so that a web page does not delete what was received
            self.fresh = False
        self.file.write(block)

    def flush(self):
        """Flush the file, as pooch asks."""
        self.file.flush()
