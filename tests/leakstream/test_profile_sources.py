"""`decode` and `diff` on the addresses of running programs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from leakstream.profile_sources import complete_address
from tests.leakstream.test_cli_offline import SEND, invoke, objects, profile
from tests.pprof_maker import make_profile

NOBODY = "http://127.0.0.1:1"


@contextmanager
def serve_pages(pages: Mapping[str, bytes]) -> Iterator[str]:
    """Serve these paths on loopback; others are missing."""

    class Handler(BaseHTTPRequestHandler):
        """Answers from the pages."""

        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_decode_and_diff_take_the_profile_of_a_running_program(tmp_path: Path) -> None:
    """Its address is enough; an answer that is no profile costs itself only, and a refused connection says so."""
    before = profile(tmp_path / "p", ((*SEND, "main.f"), 4))
    pages = {"/debug/pprof/goroutine": make_profile([((*SEND, "main.f"), 9)]), "/other": b"<html>"}
    with serve_pages(pages) as address:
        shown = invoke("decode", "--output", "json", address, f"{address}/other", f"{address}/missing", NOBODY)
        grown = objects(invoke("diff", "--output", "json", before, address))
    problems = [line.split(": ", 1)[1] for line in shown.stderr.splitlines()]
    host = address.removeprefix("http://")
    assert [(row["site"], row["count"]) for row in objects(shown)] == [("main.f", 9)]
    assert problems[1:] == [f"{host} answered 404: b''", "127.0.0.1:1 gave no answer (no connection)"]
    assert [(row["site"], row["grew"]) for row in grown] == [("main.f", 5)]


@pytest.mark.parametrize(
    ("given_address", "complete"),
    [
        ("http://a:6060", "http://a:6060/debug/pprof/goroutine"),
        ("http://a:6060/debug/pprof/?debug=2", "http://a:6060/debug/pprof/goroutine?debug=2"),
        ("https://a/x/debug/pprof/goroutineleak", "https://a/x/debug/pprof/goroutineleak"),
    ],
)
def test_address_of_a_program_is_completed(given_address: str, complete: str) -> None:
    """A path that says which profile is left alone."""
    assert complete_address(given_address) == complete
