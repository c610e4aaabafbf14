"""Ports for servers of tests."""

import random
import socket

_PORTS = range(20000, 32000)  # below the ports that the system hands out by itself


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
