"""The dashboard that is redrawn in training."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.plotting import widgets
from helpers.plotting.widgets import LiveProgress
from helpers.training.trainer import Config, Trainer


class Notebook:
    """Stands for IPython: counts what is displayed and updated."""

    def __init__(self, monkeypatch):
        self.shown, self.updates = [], []
        monkeypatch.setattr(widgets, "get_ipython", lambda: self)
        monkeypatch.setattr(widgets, "display", self.display)

    def display(self, data, **about):
        self.shown.append((data, about))
        return self

    def update(self, data, **about):
        self.updates.append((data, about))


def trainer(steps=6) -> Trainer:
    images = np.zeros((8, 3, 8, 8), dtype=np.uint8)
    return Trainer(images, Config(size=8, latent=4, filters=2, batch=4, steps=steps))


def test_a_notebook_gets_one_figure_that_is_redrawn_to_the_end(monkeypatch):
    notebook, live = Notebook(monkeypatch), LiveProgress(share=1e9)  # redraw every time
    trainer().fit(callbacks=[live], log_every=2)
    assert (len(notebook.shown), len(notebook.updates)) == (1, 3)
    data, about = notebook.updates[-1]
    assert "image/png" in data and about["metadata"]["image/png"]["alt"]
    assert notebook.shown[0][1]["display_id"]


def test_redrawing_costs_no_more_than_its_share(monkeypatch):
    notebook, live = Notebook(monkeypatch), LiveProgress(share=0.0)
    trainer(steps=20).fit(callbacks=[live], log_every=1)
    assert (len(notebook.shown), len(notebook.updates)) == (1, 1)  # the first and the last


def test_the_dashboard_shows_losses_scores_and_16_images():
    one = trainer()
    one.fit(log_every=2)
    losses, scores, images = LiveProgress().figure(one).axes
    assert [line.get_label() for line in losses.lines] == ["loss_d", "loss_g"]
    assert [line.get_label() for line in scores.lines] == ["d_real", "d_fake"]
    assert list(losses.lines[0].get_xdata()) == [2, 4, 6]
    assert images.images[0].get_array().shape == (4 * 10 + 2, 4 * 10 + 2, 3)


def test_the_summary_knows_speed_and_time_left():
    one = trainer(steps=300)
    one.steps, one.seconds = 100, 50.0
    said = LiveProgress().summary(one)
    assert said == "step 100 of 300   8 images/s   1:40 left"


def test_a_terminal_gets_one_line(capsys, monkeypatch):
    monkeypatch.setattr(widgets, "get_ipython", lambda: None)
    trainer().fit(callbacks=[LiveProgress()], log_every=3)
    captured = capsys.readouterr()
    assert "6/6" in captured.err and "loss_d" in captured.err and captured.out == ""


@pytest.mark.parametrize("old_kernel", [False, True])
def test_the_button_stops_and_saves_and_then_goes(monkeypatch, capsys, old_kernel):
    notebook, live = Notebook(monkeypatch), LiveProgress()
    heard = []
    notebook.kernel = SimpleNamespace(**({"do_one_iteration": None} if old_kernel else {}))
    events = SimpleNamespace(ui_events=lambda: nullcontext(heard.append))
    monkeypatch.setitem(sys.modules, "jupyter_ui_poll", events)
    one = trainer(steps=200)

    def click(trainer):
        live(trainer)
        if trainer.steps == 10:
            button = notebook.shown[0][0]
            assert button.description == "Stop and save"
            button.click()

    click.finish = live.finish
    one.fit(callbacks=[click])
    assert one.steps == 10
    assert "Stopped by the button at step 10 of 200" in capsys.readouterr().out
    assert notebook.updates[0][0] == {"text/plain": ""}  # the button is gone, the figure stays
    assert "image/png" in notebook.updates[-1][0]
    assert bool(heard) == old_kernel


def test_without_the_package_an_old_kernel_gets_no_button(monkeypatch):
    notebook = Notebook(monkeypatch)
    notebook.kernel = SimpleNamespace(do_one_iteration=None)
    monkeypatch.setitem(sys.modules, "jupyter_ui_poll", None)
    trainer().fit(callbacks=[LiveProgress()])
    assert all("image/png" in data for data, _ in notebook.shown)
