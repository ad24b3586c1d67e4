# `make run` and `make test` need Python >= 3.11 with venv, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# Node 22 or newer from the PATH, or the one among the packages for developing.
NPM := $(BIN)/python web/npm.py
PAGES := app/_assets/web

.PHONY: run test test-all chaos web test-web check bench format clean help

help: ## Show this.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/'

run: $(VENV)/.run ## Serve on http://127.0.0.1:8000/graphql with the embedded PostgreSQL and sample data.
	@$(BIN)/agora serve

test: $(VENV)/.dev ## Every test a person waits for.
	$(PYTEST) -m "not long"

test-all: $(VENV)/.dev ## The long ones: large generated runs, kills, a fresh install.
	$(PYTEST) -m long

chaos: $(VENV)/.dev ## Break things for ten minutes while 200 clients follow chats.
	AGORA_CHAOS_SECONDS=600 $(BIN)/python -m pytest -n 0 -s -m long tests/chaos

web: $(PAGES)/.built ## Build GraphiQL and the pages of the demonstration, which `make run` then serves.

test-web: web ## Test the pages: types against the schema, units, two browsers, clients from npm.
	$(NPM) run types -- --check
	$(NPM) run check
	$(NPM) run unit
	@web/tests/chromium
	$(NPM) run browser

check: $(VENV)/.dev ## Lint, types, layers, the schema's snapshot, drift of the migrations.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/agora schema check
	$(PYTEST) -q tests/test_layers.py tests/models/test_drift.py

bench: $(VENV)/.dev ## Measure against the limit, the usual way and PostGraphile; writes bench/results.json.
	$(BIN)/python -m bench
	$(BIN)/python -m bench.readme

format: $(VENV)/.dev ## Format and sort.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev ## Lock the dependencies anew, with hashes.
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in -o requirements/run.txt
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml requirements/build.in -o requirements/dev.txt -c requirements/run.txt

clean: ## Remove the environment, the embedded database and the built pages.
	rm -rf $(VENV) .agora app/_assets web/node_modules web/.tests web/test-results

# The locked dependencies with their hashes, then Agora itself without asking for any others.
$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Agora needs Python 3.11 or newer; say which with make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "agora: installing the locked dependencies"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

web/node_modules/.installed: web/package-lock.json $(VENV)/.dev
	@echo "agora: installing the packages of the pages"
	@$(NPM) ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

$(PAGES)/.built: web/node_modules/.installed $(shell find web/src web/*.html web/*.ts graphql/operations/chat -type f)
	@$(NPM) run build --silent -- --logLevel warn
	@touch $@
