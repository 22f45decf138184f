# make course     install, run notebooks 00 to 06, hang the gallery
# make test       install, check style, links and spelling, test every notebook and helper
# make lab        install, open JupyterLab at notebook 00
# make notebooks  install, execute the notebooks in place, ready to commit
# make test-lowest   the tests once more with the oldest versions allowed, on Python 3.13
# make test-browser  the playground in Chromium, which must be installed; installs playwright
# make bench      the short benchmark: speed, and one seed against the peers (bench-full: all)
# make generators    train the generators that come with the course: hours, and it can be resumed
# make mutations  break a copy of the helpers one place at a time; something must notice

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
# The first Python from 3.11 to 3.13 that really starts; `make PYTHON=...` names another.
PYTHON ?= $(shell for p in python3.12 python3.13 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)

.PHONY: course test lab notebooks test-lowest test-browser bench bench-full mutations generators clean

course: $(VENV)/.installed
	@$(BIN)/python tools/course.py run

test: $(VENV)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python tools/links.py
	@$(BIN)/codespell
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest --nbval -n 2 --dist loadfile

lab: $(VENV)/.installed
	@$(BIN)/jupyter lab --ServerApp.root_dir=. notebooks/00_first_paintings.ipynb

notebooks: $(VENV)/.installed
	@$(BIN)/python tools/course.py update

test-lowest:
	@$(MAKE) --no-print-directory VENV=.venv-lowest CONSTRAINTS=tests/lowest.txt test

test-browser: $(VENV)/.installed
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install -q --python $(BIN)/python "playwright>=1.50"; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check "playwright>=1.50"; fi
	@$(BIN)/python -m pytest tests/test_browser.py

mutations: $(VENV)/.installed
	@$(BIN)/python tools/mutations.py

generators: $(VENV)/.installed
	@for name in portraits-64 fashion-32 print-4x atelier-64 atelier-128; do \
		OMP_NUM_THREADS=1 $(BIN)/python -m helpers.pretrain train $$name && \
		$(BIN)/python -m helpers.pretrain pack $$name || exit 1; \
	done

bench: $(VENV)/.installed
	@$(BIN)/python benchmarks/throughput.py --rounds 3
	@$(BIN)/python benchmarks/peers.py train fashion-mnist --seeds 0 --methods tutorial atelier
	@$(BIN)/python benchmarks/peers.py score

bench-full: $(VENV)/.installed
	@$(BIN)/python benchmarks/throughput.py
	@$(BIN)/python benchmarks/costs.py
	@$(BIN)/python benchmarks/peers.py train fashion-mnist
	@$(BIN)/python benchmarks/peers.py train atelier --methods tutorial atelier
	@$(BIN)/python benchmarks/peers.py train atelier --size 64 --seconds 1200 --seeds 0 \
		--methods tutorial atelier --looks 1
	@$(BIN)/python benchmarks/peers.py score --publish
	@$(BIN)/python benchmarks/peers.py figure
	@for what in speed valley switches "minutes atelier fashion-mnist"; do \
		ATELIER_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python benchmarks/objectives.py $$what || exit 1; \
	done
	@for what in speed short whole; do \
		ATELIER_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python benchmarks/style.py $$what || exit 1; \
	done
	@for what in short "whole atelier fashion-mnist"; do \
		ATELIER_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python benchmarks/conditional.py $$what || exit 1; \
	done

# The marker is written last, so an interrupted installation is simply done again.
$(VENV)/.installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 was found. Install one, or say" \
		"where it is: make PYTHON=/path/to/python3.12 course"; exit 1; }
	@echo "installing into $(VENV) with $(PYTHON): torch is large, this takes a few minutes"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv -q --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip install -q --python $(BIN)/python -r requirements.txt $(CONSTRAINTS:%=-c %); \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install -q --disable-pip-version-check \
			-r requirements.txt $(CONSTRAINTS:%=-c %); \
	fi
	@touch $@

clean:
	rm -rf $(VENV) .venv-lowest .pytest_cache .ruff_cache
