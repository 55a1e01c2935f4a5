# `make demo` and `make test` need git, make and Python 3.11 or newer; they set up all else in .venv.
PYTHON ?= python3
BIN := .venv/bin
TEST_WORKERS ?= 3

.PHONY: help demo test lint format bench pictures clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/ready ## open the app on the embedded demo platform
	@$(BIN)/astro-tui --demo

test: .venv/ready ## run the whole test suite
	@$(BIN)/pytest -q -n $(TEST_WORKERS)

lint: .venv/ready ## check style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: .venv/ready ## lay the code out
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/ready ## print the benchmarks, each a ratio within one run
	@for file in $(filter-out %/terminal.py,$(wildcard benchmarks/*.py)); do echo "## $$file"; $(BIN)/python $$file || exit 1; done

pictures: .venv/ready ## draw the README's pictures from the demo
	@$(BIN)/python scripts/pictures.py

clean: ## remove what was set up
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "astro-tui needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
