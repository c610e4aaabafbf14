"""The line between a browser and the server: passes everything on, is cut, or loses what the server answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from tests.browser.ports import free_port

_PIECE = 65536


class Line:
    """A port of its own in front of a server. `cut`: nobody gets through, open connections end.

    `lose_replies`: what is asked arrives and is done, the answer never comes back.
    """

    def __init__(self, server_url: str) -> None:
        parts = urlsplit(server_url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = self.loses_replies = False
        self.lost = threading.Event()  # an answer came and was thrown away
        self._door = socket.create_server(("127.0.0.1", free_port()))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self._keeper = threading.Thread(target=self._serve, daemon=True)
        self._keeper.start()

    def cut(self) -> None:
        self.is_cut = True
        self._hang_up()

    def lose_replies(self) -> None:
        """From the next connection on: those that are open end, for they were made under other terms."""
        self._hang_up()
        self.lost.clear()
        self.loses_replies = True

    def mend(self) -> None:
        self.is_cut = self.loses_replies = False
        self._hang_up()

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # wakes who waits at the door
        self._door.close()
        self._keeper.join()
        self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def _serve(self) -> None:
        while True:
            try:
                browser, _ = self._door.accept()
            except OSError:
                return
            if self.is_cut:
                browser.close()
            else:
                threading.Thread(target=self._connect, args=(browser, self.loses_replies), daemon=True).start()

    def _connect(self, browser: socket.socket, loses: bool) -> None:
        """Carry both ways until either end hangs up."""
        with browser, socket.create_connection(self._server) as server:
            with self._lock:
                self._open |= {browser, server}
            asked = threading.Thread(target=self._carry, args=(browser, server), daemon=True)
            asked.start()
            self._carry(server, browser, loses=loses)
            asked.join()
            with self._lock:
                self._open -= {browser, server}

    def _carry(self, source: socket.socket, target: socket.socket, *, loses: bool = False) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                if loses:
                    self.lost.set()
                    break
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(server_url: str) -> Iterator[Line]:
    line = Line(server_url)
    try:
        yield line
    finally:
        line.close()
