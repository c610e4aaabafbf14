"""Ports for servers of tests."""

import os
import random
import socket

_FIRST, _EACH = 20000, 1500  # below the ports that the system hands out by itself
_MOST = 8  # processes of a run: each draws from ports of its own, so none takes what another has just found free


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _MOST
    while True:
        port = _FIRST + process * _EACH + random.randrange(_EACH)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
