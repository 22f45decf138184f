"""Every Python started by the tests, notebook kernels too, may only talk to its own machine.

conftest.py puts this folder on PYTHONPATH; Python imports `sitecustomize` by itself.
"""

import socket

_connect, _connect_ex, _getaddrinfo = (
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.getaddrinfo,
)
HOME = ("127.", "::1", "localhost", "0.0.0.0")


class NetworkBlocked(OSError):
    """A test tried to reach another machine."""


def _is_home(host: object) -> bool:
    return host in (None, "", b"") or str(host).startswith(HOME)


def _check(family: int, address: object) -> None:
    inet = family in (socket.AF_INET, socket.AF_INET6)
    if inet and not _is_home(address[0]):
        raise NetworkBlocked(f"the tests run without a network, but {address[0]} was asked for")


def connect(self: socket.socket, address: object) -> None:
    _check(self.family, address)
    return _connect(self, address)


def connect_ex(self: socket.socket, address: object) -> int:
    _check(self.family, address)
    return _connect_ex(self, address)


def getaddrinfo(host: object, *args: object, **kwargs: object) -> list:
    if not _is_home(host):
        raise NetworkBlocked(f"the tests run without a network, but {host} was looked up")
    return _getaddrinfo(host, *args, **kwargs)


socket.socket.connect = connect
socket.socket.connect_ex = connect_ex
socket.getaddrinfo = getaddrinfo
