"""A small web server that behaves as badly as the tests ask it to."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Serves `files` ({path: bytes}) with ranges, and remembers what was asked.

    `cut_after` ends each answer after so many bytes, `ranges` False answers every
    request with the whole file, `statuses` are the next answers before any file;
    `headers` are added to the answers to HEAD.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut_after: int | None = None
        self.ranges = True
        self.says_length = True
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.asked: list[str | None] = []
        self.logins: list[str | None] = []
        self.sent = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        ).start()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                data = server.files.get(self.path.lstrip("/"))
                status = server.statuses.pop(0) if server.statuses else 200
                self.send_response(404 if data is None else status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data or b"")))
                self.end_headers()

            def do_GET(self) -> None:
                server.logins.append(self.headers.get("Authorization"))
                server.asked.append(self.headers.get("Range"))
                data = server.files.get(self.path.lstrip("/"))
                if server.statuses:
                    self.send_error(server.statuses.pop(0))
                elif data is None:
                    self.send_error(404)
                else:
                    self.answer(data)

            def answer(self, data: bytes) -> None:
                start = self.start_of(data)
                if start is None:
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(data)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                rest = data[start:]
                self.send_response(206 if start else 200)
                if start:
                    span = f"bytes {start}-{len(data) - 1}/{len(data)}"
                    self.send_header("Content-Range", span)
                if server.says_length:
                    self.send_header("Content-Length", str(len(rest)))
                self.end_headers()
                rest = rest[: server.cut_after]
                server.sent += len(rest)
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(rest)

            def start_of(self, data: bytes) -> int | None:
                asked = self.headers.get("Range")
                if not asked or not server.ranges:
                    return 0
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                return start if start < len(data) else None

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler
