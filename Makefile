# Everything a newcomer runs. `make help` lists it.
# Set-up needs Python 3.11, 3.12 or 3.13 and a package index; the rest of the tools are installed into .venv.

# The first that will do; a shim that leads nowhere and a Python that cannot make a .venv will not.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$python && break; done)
NO_PYTHON := Jamvikt needs Python 3.11, 3.12 or 3.13 with venv, and finds none (Debian: apt-get install python3-venv); \
	another than those on PATH is named by PYTHON=/path/to/python
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ROWS   ?= 1000000
IN_TWO := --numprocesses 2 --dist loadscope --no-loadscope-reorder
PERSONS ?= 300000
# What a machine of 8 GiB gives an engine.
MEMORY ?= 3200MiB
COUNTIES ?= 9000 300000
TIMES ?= 1
RECOMPUTED := tests/integration/test_recomputed.py tests/integration/test_care_recomputed.py \
	-k "recipients or families or money or approval or contacts or users_are_persons or home_help"
LARGE  := JAMVIKT_LANDING_DIR=data/large/landing JAMVIKT_DATA_DIR=data/large/data \
	JAMVIKT_PUBLISHED_DIR=data/large/published JAMVIKT_REPORTS_DIR=data/large/reports \
	JAMVIKT_PSEUDONYM_KEY_FILE=data/large/data/keys/pseudonym.key JAMVIKT_MEMORY_LIMIT=$(MEMORY)

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
# Python keeps what it has compiled, or every process compiles dbt, Dagster and Great Expectations anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-pip nightly demo test quick units large check format bench bench-night calibrate dev docs lock clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(BIN)/python:
	@$(or $(PYTHON),$(error $(NO_PYTHON))) -m venv $(VENV)

$(READY): bootstrap.lock requirements.lock pyproject.toml | $(BIN)/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes --index-strategy unsafe-best-match requirements.lock bootstrap.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation -e .
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip check --quiet
	@touch $@

setup: $(READY) ## Install everything into .venv from the hashed lock files.

setup-pip: | $(BIN)/python ## The same by plain pip, which heeds pip's own configuration; slower.
	@$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock -r bootstrap.lock
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

nightly: setup ## Run the whole night; where nothing lies in data/landing/ yet, on the demo.
	@$(BIN)/jamvikt nightly --demo

demo: setup ## Write the demo exports to data/landing/.
	@$(BIN)/jamvikt demo

test: setup ## Run the test suite.
	@$(BIN)/python -m pytest $(IN_TWO)

large: setup ## Run a night on a county of PERSONS (300,000), recompute figures of it; data/large/.
	@rm -rf data/large
	@$(LARGE) $(BIN)/jamvikt nightly --demo --persons $(PERSONS)
	@$(BIN)/python -m pytest --night data/large $(RECOMPUTED)

quick: setup ## What needs no night: check, unit tests, house rules, dbt's unit tests.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check units

units: setup
	@$(BIN)/python -m pytest $(IN_TWO) tests/unit tests/project

check: setup ## Check format, lint and types.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/sqlfmt --check dbt_project/models dbt_project/macros tests/data
	@$(BIN)/mypy

format: setup ## Format Python and SQL.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/sqlfmt --quiet dbt_project/models dbt_project/macros tests/data

bench: setup ## Measure the registry against hand-written SQL, polars and pandas; ROWS="1000000 10000000".
	@$(BIN)/python benchmarks/registry.py $(ROWS) --with polars pandas

calibrate: setup ## Measure by simulation how often the comparisons are wrong; docs/calibration.md.
	@$(BIN)/python -m tests.calibration

bench-night: setup ## Measure first and second nights; COUNTIES="9000 300000" TIMES=3.
	@JAMVIKT_MEMORY_LIMIT=$(MEMORY) $(BIN)/python benchmarks/nights.py --times $(TIMES) $(COUNTIES)

dev: setup ## Open Dagster's page on http://localhost:3000.
	@mkdir -p data/dagster && cp orchestration/dagster/dagster.yaml data/dagster/
	@DAGSTER_HOME=$(CURDIR)/data/dagster $(BIN)/dagster dev

docs: setup ## Write docs/dictionary/ (not committed), rules, contracts and the lock of the definitions.
	@$(BIN)/jamvikt docs

lock: setup ## Compile requirements.lock anew, without index addresses.
	@env -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements.lock

clean: ## Remove the tools' caches; exports, key, warehouse, publications and reports stay.
	@rm -rf data/dbt dbt_project/target dbt_project/logs .hypothesis .mypy_cache .pytest_cache .ruff_cache
