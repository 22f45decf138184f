"""The tests' own promise: no Python that they start can reach another machine."""

import os
import socket
import subprocess
import sys

import pytest

ELSEWHERE = "192.0.2.1"  # reserved for documentation: it belongs to nobody

TRIES = {
    "connect": f"import socket; socket.socket().connect(('{ELSEWHERE}', 80))",
    "connect_ex": f"import socket; socket.socket().connect_ex(('{ELSEWHERE}', 80))",
    "create_connection": f"import socket; socket.create_connection(('{ELSEWHERE}', 80), 2)",
    "IPv6": "import socket; socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
    "a name": "import socket; socket.getaddrinfo('example.org', 443)",
    "urllib": "import urllib.request as r; r.urlopen('http://example.org', timeout=2)",
}


def run(code: str) -> subprocess.CompletedProcess:
    """A new Python under the environment that every notebook's kernel gets."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("way", list(TRIES))
def test_a_new_python_cannot_reach_another_machine(way):
    done = run(TRIES[way])
    assert done.returncode == 1
    assert "the tests run without a network" in done.stderr


def test_this_very_python_cannot_either():
    with pytest.raises(OSError, match="the tests run without a network"):
        socket.create_connection((ELSEWHERE, 80), 2)
    with pytest.raises(OSError, match="the tests run without a network"):
        socket.getaddrinfo("example.org", 443)


def test_the_own_machine_can_be_reached_as_kernels_need_it():
    done = run(
        "import socket; s = socket.create_server(('127.0.0.1', 0)); "
        "socket.create_connection(('localhost', s.getsockname()[1])).close(); print('reached')"
    )
    assert done.stdout.strip() == "reached", done.stderr


def test_no_wish_and_no_credential_of_the_user_gets_in():
    given = {name for name in os.environ if name.startswith(("ATELIER_", "KAGGLE"))}
    wanted = {"ATELIER_DATA", "ATELIER_DATASET", "ATELIER_PROFILE", "ATELIER_DEVICE"}
    wanted.add("ATELIER_TEST_DATA")  # conftest.py's own
    assert given <= wanted and os.environ["ATELIER_DATASET"] == "atelier"
