"""What is installed, in Colab and elsewhere, and whether a person is there to be asked."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from importlib.util import find_spec

from helpers.environment.folders import ROOT


def in_colab() -> bool:
    """True inside a Google Colab notebook."""
    return "google.colab" in sys.modules or find_spec_quietly("google.colab")


def find_spec_quietly(name: str) -> bool:
    """True if the module `name` can be imported, without importing it (or failing)."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def require(*modules: str) -> None:
    """Make sure that packages are there which the first notebooks do without.

    In Colab what is missing is installed, as requirements-colab.txt has it; elsewhere ImportError
    says what to do.
    """
    missing = [name for name in modules if not find_spec_quietly(name)]
    if not missing:
        return
    if in_colab():
        print(f"installing what Colab lacks: {', '.join(missing)}")
        wanted = str(ROOT / "requirements-colab.txt")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "-r", wanted]
        if subprocess.run(command).returncode == 0:
            importlib.invalidate_caches()
            return
    raise ImportError(
        f"{' and '.join(missing)} cannot be imported. Install what the course needs: "
        "pip install -r requirements.txt"
    )


def person_can_answer() -> bool:
    """True if a question would reach a person: a terminal, not a notebook, test or server.

    A notebook counts as nobody: with no person watching, `input()` there blocks for ever.
    """
    if os.environ.get("CI") or "ipykernel" in sys.modules or "PYTEST_CURRENT_TEST" in os.environ:
        return False
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout.isatty())
