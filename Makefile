# make demo: the main job, once, for real.  make test: the tests.  make check: style and types.  make bench: the README's figures.
# Each sets itself up; any may be run first.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# `make test EXTRAS=dev` leaves out torch, and with it the tests of the training.
EXTRAS ?= dev,train

.PHONY: demo test check bench peers clean

demo: $(VENV)/.installed
	$(BIN)/stepbridge demo

test: $(VENV)/.installed-dev peers
	$(BIN)/pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# The real programs that tests talk to; without them those tests are skipped by name (and fail under CI=true).
peers:
	@.ci/install-peers

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist demo *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
