"""One thread or all: a long computation times both, and goes on with the faster one."""

import pytest
import torch

from helpers.environment import threads
from helpers.environment.threads import EVERY, FIRST, MARGIN, TRIAL, ThreadChoice

CPU = torch.device("cpu")
IN_TRIAL = 2 * TRIAL


class Machine:
    """A machine of four cores with a clock of its own; `seconds` is a step's time by threads."""

    def __init__(self, monkeypatch):
        self.clock, self.threads, self.used = 0.0, 4, []
        self.seconds = {4: 1.0, 1: 2.0}  # quiet: all threads are faster
        monkeypatch.setattr(torch, "get_num_threads", lambda: self.threads)
        monkeypatch.setattr(torch, "set_num_threads", lambda n: setattr(self, "threads", n))
        monkeypatch.setattr(threads.time, "perf_counter", lambda: self.clock)

    def step(self):
        self.used.append(self.threads)
        self.clock += self.seconds.get(self.threads, 1.0)
        return len(self.used)

    def steps(self, choice, count):
        """Run so many steps; the threads that they were computed with."""
        begin = len(self.used)
        results = [choice.run(self.step) for _ in range(count)]
        assert results == list(range(begin + 1, len(self.used) + 1))  # each result is handed on
        return self.used[begin:]


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.delenv("ATELIER_THREADS", raising=False)
    return Machine(monkeypatch)


def test_a_quiet_machine_keeps_all_threads_and_says_nothing(machine, capsys):
    choice = ThreadChoice(CPU)
    with choice.in_use():
        used = machine.steps(choice, FIRST + EVERY)
    assert used == [4] * (FIRST + TRIAL) + [1] * TRIAL + [4] * (EVERY - IN_TRIAL)
    assert choice.now == 4 and capsys.readouterr().err == ""


def test_a_busy_machine_goes_on_with_one_thread_and_says_why(machine, capsys):
    machine.seconds = {4: 3.0, 1: 2.0}
    choice = ThreadChoice(CPU)
    with choice.in_use():
        machine.steps(choice, FIRST + IN_TRIAL)
        assert choice.now == machine.threads == 1
        assert machine.steps(choice, EVERY - IN_TRIAL) == [1] * (EVERY - IN_TRIAL)
    said = capsys.readouterr()
    assert said.err == (
        "threads   1 from here on, 1.5 times as fast: something else is computing\n"
    )
    assert said.out == ""  # a notebook's outputs are the same on every machine


def test_when_it_is_quiet_again_all_threads_come_back(machine, capsys):
    machine.seconds = {4: 3.0, 1: 2.0}
    choice = ThreadChoice(CPU)
    with choice.in_use():
        machine.steps(choice, FIRST + EVERY)
        machine.seconds = {4: 1.0, 1: 2.0}
        machine.steps(choice, IN_TRIAL)
        assert choice.now == machine.threads == 4
    assert "4 from here on, 2.0 times as fast: the machine is quiet again" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("first", [4, 1])
def test_a_difference_within_the_margin_changes_nothing(machine, first, capsys):
    choice = ThreadChoice(CPU, last=first)
    machine.seconds = {first: 1.0, 5 - first: (1 + MARGIN) / 2}
    with choice.in_use():
        machine.steps(choice, FIRST + IN_TRIAL)
        assert choice.now == machine.threads == first
    assert capsys.readouterr().err == ""


def test_one_slow_step_decides_nothing(machine):
    choice = ThreadChoice(CPU)

    def step():
        machine.clock += 100.0 * (len(machine.used) == FIRST + 1)
        return machine.step()

    with choice.in_use():
        for _ in range(FIRST + IN_TRIAL):
            choice.run(step)
    assert choice.now == 4


def test_a_short_computation_never_tries(machine):
    machine.seconds = {4: 3.0, 1: 2.0}
    for _ in range(3):  # each is a computation of its own
        choice = ThreadChoice(CPU)
        with choice.in_use():
            assert machine.steps(choice, FIRST) == [4] * FIRST


@pytest.mark.parametrize(
    ("device", "active"), [(torch.device("cuda"), True), (CPU, False)], ids=["a GPU", "a group"]
)
def test_only_one_process_on_a_cpu_tries(machine, device, active):
    machine.seconds = {4: 3.0, 1: 2.0}
    choice = ThreadChoice(device, active, last=1)
    with choice.in_use():
        assert set(machine.steps(choice, FIRST + EVERY)) == {4}


def test_where_there_is_one_core_there_is_nothing_to_try(machine):
    machine.threads = 1
    choice = ThreadChoice(CPU)
    with choice.in_use():
        assert set(machine.steps(choice, FIRST + EVERY)) == {1} and not choice.times


@pytest.mark.parametrize(("last", "now"), [(0, 4), (1, 1), (4, 4), (2, 4), (8, 4)])
def test_a_computation_goes_on_as_it_was_even_on_another_machine(machine, last, now):
    machine.seconds = {4: 1.0, 1: 1.0}
    choice = ThreadChoice(CPU, last=last)
    assert choice.now == now
    with choice.in_use():
        assert set(machine.steps(choice, FIRST)) == {now}
        machine.steps(choice, IN_TRIAL)
    assert choice.now == now


@pytest.mark.parametrize("last", [0, 1, 4])
def test_a_fixed_number_is_kept_whatever_happens(machine, monkeypatch, last):
    monkeypatch.setenv("ATELIER_THREADS", " 2 ")
    machine.seconds = {4: 9.0, 2: 9.0, 1: 1.0}
    choice = ThreadChoice(CPU, last=last)
    with choice.in_use():
        assert set(machine.steps(choice, FIRST + EVERY)) == {2}
    assert choice.now == 2 and machine.threads == 4


@pytest.mark.parametrize("wrong", ["0", "-1", "two", "1.5", "1e3", "9999999999"])
def test_a_wrong_number_is_answered_in_a_sentence(machine, monkeypatch, wrong):
    monkeypatch.setenv("ATELIER_THREADS", wrong)
    with pytest.raises(ValueError, match=f"'{wrong}' must be a whole number from 1 to .*Unset it"):
        ThreadChoice(CPU)


def test_an_empty_wish_is_none(machine, monkeypatch):
    monkeypatch.setenv("ATELIER_THREADS", "  ")
    assert ThreadChoice(CPU).active and ThreadChoice(CPU).now == 4


@pytest.mark.parametrize("steps", [5, FIRST + TRIAL + 1, FIRST + IN_TRIAL])
def test_the_number_set_before_is_given_back_whatever_happens(machine, steps):
    machine.seconds = {4: 3.0, 1: 2.0}
    choice = ThreadChoice(CPU)
    with pytest.raises(KeyboardInterrupt), choice.in_use():
        machine.steps(choice, steps)
        raise KeyboardInterrupt
    assert machine.threads == 4


def test_a_step_that_fails_in_a_trial_leaves_the_next_computation_alone(machine):
    machine.seconds = {4: 3.0, 1: 2.0}
    choice = ThreadChoice(CPU)
    with pytest.raises(ZeroDivisionError), choice.in_use():
        machine.steps(choice, FIRST + TRIAL + 2)
        choice.run(lambda: 1 / 0)
    assert machine.threads == 4


def test_torchs_own_number_is_set_and_given_back(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setenv("ATELIER_THREADS", str(before + 1))
    with ThreadChoice(CPU).in_use():
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
