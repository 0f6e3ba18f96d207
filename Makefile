# Two commands do everything: `make serve` runs the service, `make test` proves it.
# `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Tested versions; `make upgrade` renews them.
PIP     = PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/pip install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help serve test drills benchmarks lint format check build wheel upgrade clean

help: ## List the targets.
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/serve.stamp ## Build a release if none is fresh, and serve it (PORT=8001 picks the port).
	@$(BIN)/citydiplomacy serve $(if $(PORT),--port $(PORT))

test: lint ## Everything that has to be true: style, types, data, service, browser.
	@$(BIN)/pytest --quiet --numprocesses auto -m "not drill"

drills: $(VENV)/dev.stamp ## What takes longer than a test may: every variant, other engines, outside suites.
	@$(BIN)/pytest --quiet --numprocesses auto -m drill
	@$(BIN)/python -m benchmarks.soak --minutes 5 --repetitions 1000

benchmarks: $(VENV)/dev.stamp ## Measure ourselves against peers (ARGS=--smoke shows quickly that it works).
	@$(BIN)/python -m benchmarks $(ARGS)

lint: $(VENV)/dev.stamp ## ruff and mypy.
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy

format: $(VENV)/dev.stamp ## Let ruff mend what it can.
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

check: $(VENV)/dev.stamp ## Check ontology, shapes, queries and data; say how to mend what is wrong.
	@$(BIN)/citydiplomacy check

build: $(VENV)/serve.stamp ## Build a release under .release/.
	@$(BIN)/citydiplomacy build

wheel: $(VENV)/dev.stamp ## Build the wheel in dist/.
	@$(BIN)/python -m build --wheel --outdir dist .

upgrade: ## Renew constraints.txt with the newest versions that pyproject.toml allows.
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade -e '.[dev]'
	@$(BIN)/pip freeze --exclude-editable > constraints.txt
	@touch $(VENV)/serve.stamp $(VENV)/dev.stamp

clean: ## Remove everything that was built.
	@rm -rf $(VENV) .release dist

$(VENV)/serve.stamp: pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/serve.stamp
	@echo "Installing the test tools into $(VENV) (once) ..."
	@$(PIP) -e '.[dev]'
	@touch $@
