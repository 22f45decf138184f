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


class Clock:
    """A clock that only the test moves."""

    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(widgets.time, "perf_counter", lambda: self.now)


def pictures(outputs) -> list:
    return [about for data, about in outputs if isinstance(data, dict) and "image/png" in data]


def lines(outputs) -> list[str]:
    texts = [data for data, _ in outputs if isinstance(data, dict) and "text/html" in data]
    return [data["text/plain"] for data in texts]


def test_the_line_comes_twice_a_second_and_figures_after_1_2_4_and_8_seconds(monkeypatch):
    notebook, clock = Notebook(monkeypatch), Clock(monkeypatch)
    live, one, drawn = LiveProgress(share=0.02), trainer(steps=400), []
    one.history = [{"step": 1, "loss_d": 1, "loss_g": 1, "d_real": 0.5, "d_fake": 0.5}]
    draw = live._draw

    def slow_draw(trainer):
        drawn.append(clock.now - 1000)
        draw(trainer)
        clock.now += 0.2

    monkeypatch.setattr(live, "_draw", slow_draw)
    for one.steps in range(400):
        live(one)
        clock.now += 0.1
    assert [round(when) for when in drawn] == [1, 2, 4, 8, 18, 28, 38]  # 0.2 s each are 2% of 10 s
    said = lines(notebook.shown + notebook.updates)
    assert 75 <= len(said) <= 85
    assert len(pictures(notebook.shown)) == 1 and len(pictures(notebook.updates)) == 6


def test_the_line_says_how_far_it_is_and_when_it_will_be_done(monkeypatch):
    notebook, clock = Notebook(monkeypatch), Clock(monkeypatch)
    live, one = LiveProgress(), trainer(steps=300)
    monkeypatch.setattr(live, "_draw", lambda trainer: None)
    for one.steps, clock.now in ((1, 1000), (10, 1009), (30, 1011), (50, 1013)):  # slow at first
        live(one)
    text = lines(notebook.updates)[-1]
    assert text.startswith("step 50 of 300, 40 images/s, 0:13 gone, 0:25 left (until ")
    share = [data["text/html"] for data, _ in notebook.updates][-1]
    assert '<progress value="0.1667" max="1">' in share


def test_the_last_figure_and_the_whole_time_stay(monkeypatch):
    notebook, live = Notebook(monkeypatch), LiveProgress()
    one = trainer()
    one.fit(callbacks=[live], log_every=2)
    about = pictures(notebook.shown + notebook.updates)[-1]
    assert about["metadata"]["image/png"]["alt"]
    last = lines(notebook.updates)[-1]
    assert last.startswith("step 6 of 6, ") and last.endswith(" in all")


def test_the_figure_goes_if_it_shall_not_be_kept(monkeypatch):
    notebook, live, one = Notebook(monkeypatch), LiveProgress(keep=False), trainer()
    live.next_figure = 0.0  # at once
    one.fit(callbacks=[live], log_every=2)
    assert pictures(notebook.shown) and notebook.updates[-1][0] == {"text/plain": ""}


def test_a_run_that_is_stopped_at_once_leaves_no_blank_picture(monkeypatch):
    notebook, live = Notebook(monkeypatch), LiveProgress()
    one = trainer()
    live(one)
    live.finish(one)
    assert not pictures(notebook.shown + notebook.updates)
    assert lines(notebook.updates)[-1].startswith("step 0 of 6")


def test_the_dashboard_shows_losses_scores_and_16_images():
    one = trainer(steps=600)
    one.fit(steps=6, log_every=2)
    losses, scores, images = LiveProgress().figure(one).axes
    assert [line.get_label() for line in losses.lines[:2]] == ["discriminator", "generator"]
    assert [line.get_label() for line in scores.lines[:2]] == ["D(x), real", "D(G(z)), fake"]
    assert list(losses.lines[0].get_xdata()) == [2, 4, 6]
    assert losses.get_xlim() == (0, 6)  # the curves fill the figure from the start
    assert round(losses.lines[2].get_ydata()[0], 3) == 1.386  # chance
    assert images.images[0].get_array().shape == (4 * 10 + 2, 4 * 10 + 2, 3)


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
    assert ({"text/plain": ""}, {"raw": True}) in notebook.updates  # the button is gone
    assert pictures(notebook.shown + notebook.updates)
    assert bool(heard) == old_kernel


def test_without_the_package_an_old_kernel_gets_no_button(monkeypatch):
    notebook = Notebook(monkeypatch)
    notebook.kernel = SimpleNamespace(do_one_iteration=None)
    monkeypatch.setitem(sys.modules, "jupyter_ui_poll", None)
    trainer().fit(callbacks=[LiveProgress()])
    assert [sorted(data)[0] for data, _ in notebook.shown] == ["text/html", "image/png"]
