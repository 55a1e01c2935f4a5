# Every target needs only git, make, and Python 3.11 or newer. The first one sets up the rest in $(VENV).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# More workers than two cores: some tests spend their time waiting.
TEST_WORKERS ?= 4
FUZZ ?= 300
# For `make versions`: the lower ends, and the newest versions within the ranges in pyproject.toml.
OLDEST := textual==8.2.5 httpx==0.28.0 pydantic==2.12.0
NEWEST := textual<9 httpx<0.29 pydantic<3
FOLDER ?= .
COUNT ?= 10
# Tests start many processes. Without stored bytecode, each would compile the whole program.
unexport PYTHONDONTWRITEBYTECODE

# Tests of pure logic: no screens, no servers, no child processes.
QUICK := tests/difference tests/document tests/markdown tests/presentation tests/state tests/text
PYTEST = $(BIN)/pytest -q -n $(TEST_WORKERS) --dist worksteal

.PHONY: help demo check quick test nightly everything mutants fuzz lint format bench docs pictures lock release versions clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/ready ## open the app on the embedded demo platform
	@$(BIN)/astro-tui --demo

check: lint test ## lint, then run the tests that show whether a change broke something

quick: $(VENV)/ready ## run the tests of pure logic, in under 30 seconds on two cores
	@$(BIN)/pytest -q -n 2 -m "not nightly" $(QUICK)

test: $(VENV)/ready ## run the tests that show whether a change broke something
	@$(PYTEST) -m "not nightly"

nightly: $(VENV)/ready ## run what `make test` leaves out, then everything on another Python, with coverage
	@$(PYTEST) -m nightly
	@for version in 3.13 3.12; do \
	  for python in "python$$version" "$${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$version".*/bin/python; do \
	    if ! $(BIN)/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" && \
	      "$$python" -c "import ensurepip, sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" 2>/dev/null; then \
	      exec $(MAKE) --no-print-directory everything PYTHON="$$python" VENV=".venv-$$version"; \
	    fi; \
	  done; \
	done; echo "no other Python 3.13 or 3.12 was found"

everything: $(VENV)/ready ## run all tests, and show which share of each package they run
	@$(PYTEST) --cov=astro_tui --cov-report=json:.coverage.json
	@$(BIN)/python scripts/coverage_by_package.py .coverage.json

mutants: $(VENV)/ready ## break a package (FOLDER=logs COUNT=10) and list what its tests do not notice
	@$(BIN)/python scripts/mutants.py $(FOLDER) --count $(COUNT)

fuzz: $(VENV)/ready ## send generated requests to the demo platform (FUZZ=300 for each operation), then 100,000 keys to the app
	@FUZZ=$(FUZZ) $(BIN)/pytest -q --show-capture=no tests/demo/test_fuzz.py
	@FUZZ=$$(($(FUZZ) * 10 / 3)) $(BIN)/pytest -q --show-capture=no tests/screens/base/test_actions_fuzz.py
	@FUZZ=100 $(BIN)/pytest -q --show-capture=no tests/screens/test_mutated.py tests/cli/test_mutated.py

lint: $(VENV)/ready ## check style, types, and which package imports which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/ready ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/ready ## run the benchmarks; each result is a ratio within one run
	@for file in $(filter-out %/terminal.py,$(wildcard benchmarks/*.py)); do echo "## $$file"; $(BIN)/python $$file || exit 1; done

docs: $(VENV)/ready ## regenerate the pages about keys, commands, and settings, the man page, and the completions
	@$(BIN)/python scripts/docs.py
	@$(BIN)/python scripts/packaged_files.py

pictures: $(VENV)/ready ## draw the pictures for the README
	@$(BIN)/python scripts/pictures.py

lock: ## write constraints.txt and packaging/release.txt again, with the newest allowed versions (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
	  --custom-compile-command "make lock" pyproject.toml --extra dev --output-file constraints.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --upgrade \
	  --custom-compile-command "make lock" --constraint constraints.txt packaging/release.in --output-file packaging/release.txt

release: $(VENV)/ready ## build the release twice, check it, and write it to dist/
	@$(BIN)/python scripts/release.py

versions: ## run the tests of screens with the oldest and with the newest allowed libraries
	@for libraries in "$(OLDEST)" "$(NEWEST)"; do \
	  echo "==> $$libraries"; \
	  $(MAKE) --no-print-directory .venv-versions/ready VENV=.venv-versions && \
	  .venv-versions/bin/python -m pip install --quiet --disable-pip-version-check --upgrade $$libraries && \
	  .venv-versions/bin/pytest -q -n $(TEST_WORKERS) -m "not nightly" tests/screens tests/widgets tests/platform || exit 1; \
	done

clean: ## delete everything that the other targets created
	rm -rf .venv .venv-* dist .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Reinstalls whenever the dependencies change.
$(VENV)/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "astro-tui needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 2; }
	@echo "Setting up $(VENV), once. 1/3: creating it"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "2/3: downloading and installing $$(grep -c == constraints.txt) packages, which takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "3/3: compiling astro-tui"
	@$(BIN)/python -m compileall -q astro_tui
	@touch $@
