"""A JupyterLab of the tests' own: on a free port, without a token, with folders of its own."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(command: Sequence[str], folder: Path, home: Path) -> Iterator[str]:
    """The address at which the command's JupyterLab answers, started in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    quiet = ["--no-browser", "--allow-root", f"--port={port}", "--ServerApp.token="]
    own = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [*command, *quiet], cwd=folder, env=os.environ | own, stdout=log, stderr=log
        )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(30)
