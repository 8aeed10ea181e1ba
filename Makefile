# make run      everything, on the example project: environment, install, Prefect server with every flow and
#               its schedule, a first turn, the checking page; Ctrl-C stops it (make up is the same)
# make turn     one turn of the loop in the terminal, no server, and what waits for you
# make test     environment and all tests          make lint   ruff, mypy, import-linter
# make test-services  tests with a real MediaWiki and a browser, and kills inside every stage
# make test-e2e       everything started as processes by 'labelloop up', minutes a test
# make test-clusters  the same numbers on a local Dask and a local Ray cluster; installs both
# make test-postgresql  store and page on a PostgreSQL of their own    make screenshots  pictures of the page
# make install  the environment in .venv alone     make bench  the benchmarks
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# On Linux a plain torch is a CUDA build of several GB. For the small CPU build:
#   make install PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: bench-fine-tuning run up turn test test-services test-e2e test-clusters lint install bench bench-coverage bench-learning screenshots test-postgresql clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "labelloop needs Python 3.11 or newer; name one: make install PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): some 2 GB, a few minutes the first time"
	@$(BIN)/python -m pip install --quiet --progress-bar off -c constraints.txt -e '.[offline,dev]'
	@touch $(STAMP)

run: install
	@$(BIN)/labelloop up --project examples/home-energy

up: run

turn: install
	@$(BIN)/labelloop run --project examples/home-energy

test: install
	@$(BIN)/python -m pytest

test-services: install
	@$(BIN)/python -m pytest -m "mediawiki or browser or kills"

test-e2e: install
	@$(BIN)/python -m pytest -m e2e

test-clusters: install
	@$(BIN)/python -m pip install --quiet --progress-bar off -c constraints.txt -e '.[dask,ray]'
	@$(BIN)/python -m pytest -m "dask or ray"

screenshots: install
	@$(BIN)/python docs/take_screenshots.py

test-postgresql: install
	@tests/with_postgresql.sh $(BIN)/python -m pytest tests/store tests/review

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench-coverage: install
	@$(BIN)/python benchmarks/coverage.py

# DATA is a folder of CSV files with the columns text, label and perhaps split.
bench-fine-tuning: install
	@test -n "$(DATA)" || { echo "name the labelled sets: make bench-fine-tuning DATA=FOLDER"; exit 2; }
	@$(BIN)/python benchmarks/fine_tuning.py "$(DATA)"

bench-learning: install
	@test -n "$(DATA)" || { echo "name the labelled sets: make bench-learning DATA=FOLDER"; exit 2; }
	@$(BIN)/python -m pip install --quiet --progress-bar off -c constraints.txt -e '.[peers]'
	@$(BIN)/python benchmarks/learning.py $(DATA)

bench: install
	@$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) examples/home-energy/labelloop.duckdb* examples/home-energy/models examples/home-energy/.labelloop
