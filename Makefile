# Everything is done by the tools in .venv, which `make` sets up by itself. `make help` lists the targets.

SHELL := bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
MANAGE := DJANGO_SETTINGS_MODULE=config.settings.dev $(BIN)/python backend/manage.py
PYTEST := $(BIN)/pytest
# One test process for each core; the journeys share a stack, and so one process.
PARALLEL := -n auto --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-file test-key test-cov test-cov-html chaos chaos-selftest fuzz lint format typecheck contracts \
	schema schema-check migrations-check monitoring-check screenshots check audit audit-offline licences secrets-baseline lock lock-check clean cache-clear

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

# --- set-up --------------------------------------------------------------------------------------------------

# uv is the version that the lock file names, and comes from the same index as everything else.
$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=…")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -oE '^uv==[0-9.]+' requirements-dev.lock)"
	@$(BIN)/uv pip sync --quiet --require-hashes requirements-dev.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What judges files that are not Python, apart from what `make run` and `make test` need: it is large.
DEPLOY_VENV := .venv-deploy
$(DEPLOY_VENV)/.installed: requirements-deploy.lock $(VENV)/.installed
	@test -x $(DEPLOY_VENV)/bin/python || $(PYTHON) -m venv --without-pip $(DEPLOY_VENV)
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(DEPLOY_VENV)/bin/python requirements-deploy.lock
	@touch $@

# --- running -------------------------------------------------------------------------------------------------

run: $(VENV)/.installed ## run the whole service on this machine (PORT=8000, PAYOUTS_HOME=.payouts)
	@CODE_VERSION="$${CODE_VERSION:-$$(git rev-parse --short HEAD 2>/dev/null)}" exec $(BIN)/payouts up

# --- tests ---------------------------------------------------------------------------------------------------

test: $(VENV)/.installed ## run all tests, quietly
	@$(PYTEST) $(PARALLEL) --quiet

test-all: $(VENV)/.installed ## run all tests, naming each
	@$(PYTEST) $(PARALLEL) --verbose

test-file: $(VENV)/.installed ## run one file or folder: make test-file path=backend/tests/core
	@$(PYTEST) $(path)

test-key: $(VENV)/.installed ## run the tests whose names match: make test-key key=idempotency
	@$(PYTEST) -k "$(key)"

test-cov: $(VENV)/.installed ## run all tests and refuse less than 95 % of lines and branches
	@$(PYTEST) $(PARALLEL) --quiet --cov --cov-report=term

test-cov-html: $(VENV)/.installed ## the same, with a report in htmlcov/index.html
	@$(PYTEST) $(PARALLEL) --quiet --cov --cov-report=html

# --- faults --------------------------------------------------------------------------------------------------

MINUTES ?= 2
FAULTS ?= all
CHAOS := cd backend && $(CURDIR)/$(BIN)/python -m tests.chaos

chaos: $(VENV)/.installed ## break the running service and judge it from outside (SEED=…, MINUTES=2, FAULTS=all)
	@$(CHAOS) --minutes $(MINUTES) --faults $(FAULTS) $(if $(SEED),--seed $(SEED)) $(OPTIONS)

chaos-selftest: $(VENV)/.installed ## plant faults in copies of the service, and see that each is found
	@$(CHAOS).selftest

# --- fuzzing -------------------------------------------------------------------------------------------------

EXAMPLES ?= 1000

fuzz: $(VENV)/.installed ## send a running service what its schema allows and forbids (SEED=…, MINUTES=2, EXAMPLES=1000)
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

# --- pictures ------------------------------------------------------------------------------------------------

screenshots: $(VENV)/.installed ## take the pictures in docs/images from a running service with demo data
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.screenshots $(CURDIR)/docs/images $(if $(only),--only $(only))

# --- checks --------------------------------------------------------------------------------------------------

lint: $(VENV)/.installed ## ruff: every rule, sorted imports, formatting
	@$(BIN)/ruff check backend
	@$(BIN)/ruff format --check backend

format: $(VENV)/.installed ## put everything into shape
	@$(BIN)/ruff check --fix backend
	@$(BIN)/ruff format backend

typecheck: $(VENV)/.installed ## mypy, strictly
	@$(BIN)/mypy

contracts: $(VENV)/.installed ## which package may import which
	@$(BIN)/lint-imports

schema: $(VENV)/.installed ## write docs/openapi.yaml from the code
	@$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

schema-check: $(VENV)/.installed ## docs/openapi.yaml is what the code says
	@$(MANAGE) spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml - \
		|| { echo "docs/openapi.yaml is out of step: run 'make schema'"; exit 1; }

migrations-check: $(VENV)/.installed ## the migrations are what the models say
	@$(MANAGE) makemigrations --check --dry-run --skip-checks 2>&1 | grep -v -e RuntimeWarning -e warnings.warn -e 'Is the server running' ; exit $${PIPESTATUS[0]}

MONITORING := deploy/monitoring

monitoring-check: ## Prometheus's own judgement of deploy/monitoring (needs promtool: Debian's package prometheus)
	@command -v promtool >/dev/null || { echo "promtool is missing: install Debian's package 'prometheus'"; exit 1; }
	@promtool check config $(MONITORING)/prometheus.yml
	@promtool check rules $(MONITORING)/payouts.rules.yml
	@promtool test rules $(MONITORING)/payouts.tests.yml

check: lint typecheck contracts schema-check migrations-check audit-offline test-cov ## everything that must be green before a change lands

lock: $(VENV)/.installed ## resolve the dependencies of pyproject.toml into the lock files
	@$(BIN)/uv pip compile pyproject.toml $(LOCK_FLAGS) --output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml $(LOCK_FLAGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(BIN)/uv pip compile $(subst --all-extras,,$(LOCK_FLAGS)) --group deploy --output-file requirements-deploy.lock

# --- what others made ----------------------------------------------------------------------------------------

SUPPLY_CHAIN := PYTHONPATH=backend $(BIN)/python -m tests.supply_chain
SBOM := build/sbom.cdx.json

# Two at a time: each is a program of its own, and busy.
audit-offline: $(VENV)/.installed ## lock files, licences, bandit, secrets, SBOM in build/: what needs no network
	@$(MAKE) --no-print-directory --jobs=2 --output-sync _locks _bandit _secrets _licences $(SBOM)

audit: audit-offline ## the same, and known vulnerabilities of what is pinned (OFFLINE=1: without, AUDIT_FLAGS)
	@AUDIT_FLAGS='$(AUDIT_FLAGS)' $(SUPPLY_CHAIN) vulnerabilities $(if $(filter-out 0,$(OFFLINE)),--offline)

.PHONY: _locks _bandit _secrets _licences
_locks:
	@$(SUPPLY_CHAIN) locks
_licences:
	@$(SUPPLY_CHAIN) licences
_secrets:
	@$(SUPPLY_CHAIN) secrets
# It takes a statement's exception for all of its lines, and then wonders about the others.
_bandit:
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive backend 2> >(grep -v 'no failed test' >&2)
	@echo 'Bandit: nothing but explained exceptions.'

$(SBOM): requirements.lock pyproject.toml supply-chain.toml docs/licences.md
	@$(SUPPLY_CHAIN) bill $@

licences: $(VENV)/.installed ## write docs/licences.md from requirements.lock and supply-chain.toml
	@$(SUPPLY_CHAIN) licences --write

secrets-baseline: $(VENV)/.installed ## take what looks like a secret into .secrets.baseline, and ask about each
	@$(BIN)/detect-secrets scan --no-verify --baseline .secrets.baseline
	@$(BIN)/detect-secrets audit .secrets.baseline

# Hashes and no index: the same files work against any mirror.
LOCK_FLAGS := --all-extras --universal --python-version 3.11 --generate-hashes --no-header --quiet

# --- cleaning ------------------------------------------------------------------------------------------------

clean: ## remove compiled Python files
	@find . -path ./$(VENV) -prune -o \( -name __pycache__ -o -name '*.pyc' \) -print0 | xargs -0 rm -rf

cache-clear: $(VENV)/.installed ## empty the service's cache (where one runs) and the tools' caches
	@$(BIN)/payouts manage shell --command 'from django.core.cache import cache; cache.clear()' 2>/dev/null \
		|| echo "no running stack: its cache is left alone"
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
