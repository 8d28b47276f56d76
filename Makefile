# Two commands set everything up on a machine with Python 3.11: make run, make test.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-dev
READY_RUN := $(VENV)/.ready

.PHONY: run test test-all check bench format docs examples clean

run: $(READY_RUN)  ## The main job on the bundled example, ending in a report to open
	$(BIN)/echelon run us --out runs/us

test: $(READY)  ## All tests but the slow ones
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

test-all: $(READY)  ## All tests
	$(BIN)/pytest -n 2 --dist loadfile

check: $(READY)  ## Format, lint, strict types, house rules
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/pytest tests/house

bench: $(READY)  ## Every benchmark, each beside a named peer
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	$(BIN)/python benchmarks/run.py

format: $(READY)
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

docs: $(READY)  ## Generated pages of the documentation
	$(BIN)/python docs/generate.py

examples: $(READY)  ## The bundled examples, from the official files (FROM=folder that holds us/ and cn/)
	$(BIN)/python -m echelon.build.examples --from $(FROM)

$(READY_RUN): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(READY): $(READY_RUN)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist runs out .mypy_cache .ruff_cache .pytest_cache .hypothesis
