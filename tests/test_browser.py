"""The playground in a real browser: JupyterLab, Chromium, a mouse and a keyboard.

Runs where Chromium and playwright are installed: `make test-browser`. Set CHROMIUM if the
browser is called neither chromium nor google-chrome.
"""

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from lab_server import served

from helpers.environment import ROOT
from helpers.plotting.works import open_work

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

CELL = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from helpers import models
from helpers.plotting.playground import Playground
playground = Playground(models.pretrained("portraits-64"), "portraits-64", folder=Path("works"))
playground.panel
"""
IDLE = """() => {
  const widget = window.jupyterapp?.shell?.currentWidget;
  const session = widget?.sessionContext?.session;
  return session?.kernel?.connectionStatus === "connected" && session.kernel.status === "idle";
}"""


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a notebook with one cell, of a user with an empty home. Yields its address."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, tmp_path / "ground.ipynb")
    home = tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "jupyterlab", "--LabApp.expose_app_in_browser=True"]
    with served([*command, f"--ServerApp.root_dir={tmp_path}"], tmp_path, home) as address:
        yield f"{address}/lab/tree/ground.ipynb?reset"


def source(page) -> str:
    return page.locator(".jp-OutputArea img.widget-image").first.get_attribute("src")


def until_it_changes(page, before: str) -> str:
    page.wait_for_function(
        "before => document.querySelector('.jp-OutputArea img.widget-image').src !== before",
        arg=before,
    )
    return source(page)


def test_the_playground_is_operated_with_keys_and_buttons(lab, tmp_path):
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(lab)
        page.wait_for_function(IDLE)
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_selector(".jp-OutputArea img.widget-image")
        first = source(page)

        sliders = page.locator(".widget-hslider .noUi-handle")
        assert sliders.count() >= 8  # truncation, six directions, the share of another work
        sliders.nth(1).focus()
        for _ in range(10):
            page.keyboard.press("ArrowRight")
        moved = until_it_changes(page, first)

        page.get_by_role("button", name="Another seed").click()
        other = until_it_changes(page, moved)

        page.locator(".widget-dropdown select").first.select_option(label="Piero Valdassi: hat")
        hat = until_it_changes(page, other)

        page.get_by_role("button", name="Keep").click()
        page.wait_for_function("() => document.body.innerText.includes('kept as')")
        (kept,) = (tmp_path / "works").glob("*.png")
        _, work = open_work(kept)
        assert work.label == 3 and work.moves

        page.get_by_role("button", name="Sliders to 0").click()
        plain = until_it_changes(page, hat)
        page.locator(".widget-dropdown select").last.select_option(label=kept.name)
        again = until_it_changes(page, plain)
        page.wait_for_function("() => document.body.innerText.includes('the same bits')")
        assert again.startswith("blob:") and again not in (first, moved, other, plain)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / "playground.png")
        browser.close()
