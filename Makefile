# Everything is done by the tools in .venv, which `make` sets up by itself. `make help` lists the targets.

SHELL := bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
MANAGE := DJANGO_SETTINGS_MODULE=config.settings.dev $(BIN)/python backend/manage.py
PYTEST := $(BIN)/pytest
# Two test processes are for what waits more than it works (backend/tests/lanes.py), the others for the rest.
TEST_PROCESSES ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores > 3 ? cores : 3)))
PARALLEL := -n $(TEST_PROCESSES) --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-file test-key test-cov test-cov-html chaos chaos-selftest bench bench-quick bench-choices bench-plans fuzz lint format typecheck contracts \
	schema schema-check migrations-check migrations-lint release-record upgrade-test monitoring-check screenshots check audit audit-offline licences \
	secrets-baseline lock lock-check clean cache-clear \
	build up down logs migrate createsuperuser runserver web-shell worker worker-logs \
	env-prod build-prod up-prod down-prod logs-prod migrate-prod createsuperuser-prod prod-shell backup-prod restore-prod upgrade-prod smoke scaled-run

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-21s %s\n", $$1, $$2}'

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

# --- running in containers, for development: docker-compose.yml ----------------------------------------------

COMMIT = $(or $(CODE_VERSION),$(shell git describe --always --dirty --abbrev=8 2>/dev/null))
# What the containers write into the sources belongs to whoever has called make.
DEV := DEV_UID=$$(id -u) DEV_GID=$$(id -g) docker compose --file docker-compose.yml
# An index named in the environment by PIP_INDEX_URL is used for the build, and leaves no trace in the image.
IMAGE := DOCKER_BUILDKIT=1 docker build --build-arg PIP_INDEX_URL --build-arg CODE_VERSION=$(COMMIT)

.env.dev:
	@cp .env.example $@ && echo "$@ is a copy of .env.example"

build: ## dev image, with every tool
	@$(IMAGE) --file Dockerfile.dev --tag payouts:dev .

up: .env.dev ## dev stack, in the background; WEB_PORT=8000
	@$(DEV) up --detach
	@deploy/wait-until-healthy $(DEV)

down: ## stop the dev stack; its data stays
	@$(DEV) down

logs: ## follow the dev stack's logs
	@$(DEV) logs --follow --tail 100

migrate: .env.dev ## migrate the dev stack's database
	@$(DEV) run --rm migrate

createsuperuser: .env.dev ## an operator of the dev stack who may do everything
	@$(DEV) run --rm migrate python manage.py createsuperuser

runserver: .env.dev ## the dev stack's web in the foreground, with what it needs
	@$(DEV) up web

web-shell: ## a shell in the dev stack's web
	@$(DEV) exec web bash

worker: .env.dev ## start the dev stack's worker with the code as it is now
	@$(DEV) up --detach --force-recreate --no-deps worker

worker-logs: ## follow the dev stack's worker
	@$(DEV) logs --follow --tail 100 worker

# --- running in containers, like production: docker-compose.prod.yml -----------------------------------------

PROD := docker compose --env-file .env.prod --file docker-compose.prod.yml

.env.prod:
	@echo 'There is no $@: make one with `make env-prod HOST=payouts.example.com` (or HOST=localhost, to try it out)' >&2; exit 1

env-prod: ## make .env.prod with random secrets: HOST=payouts.example.com, or HOST=localhost to try it out
	@deploy/env-prod "$(HOST)"

build-prod: ## production image, with the commit as its version
	@$(IMAGE) --tag payouts:prod .

up-prod: .env.prod ## production-like stack, in the background (SCALE="web=2 worker=3")
	@$(PROD) up --detach $(addprefix --scale ,$(SCALE))
	@deploy/wait-until-healthy $(PROD)

down-prod: .env.prod ## stop the production-like stack; its data stays
	@$(PROD) down

logs-prod: .env.prod ## follow its logs
	@$(PROD) logs --follow --tail 100

migrate-prod: .env.prod ## migrate its database
	@$(PROD) run --rm migrate

createsuperuser-prod: .env.prod ## an operator of it who may do everything
	@$(PROD) run --rm migrate python manage.py createsuperuser

prod-shell: .env.prod ## a shell in its web
	@$(PROD) exec web bash

backup-prod: .env.prod ## dump its database into backups/, and read the dump again
	@deploy/backup

upgrade-prod: .env.prod ## replace every process by the image that is there now, while it serves
	@deploy/upgrade

restore-prod: .env.prod ## put a dump in its database's place, and ask the rails before anything is paid: FILE=backups/…
	@deploy/restore "$(FILE)"

scaled-run: $(VENV)/.installed ## scale the production-like stack, kill one of each, upgrade it, all under load (SEED=…, RATE=20)
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.scaled $(if $(SEED),--seed $(SEED)) $(if $(RATE),--rate $(RATE))

smoke: ## build both images, pay through both stacks on free ports, take them down again
	@deploy/smoke

# --- tests ---------------------------------------------------------------------------------------------------

# The chart is rendered by what is there.
test test-all test-file test-key test-cov test-cov-html: $(DEPLOY_VENV)/.installed

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

upgrade-test: $(VENV)/.installed ## replace the version before by this one under load, and judge it from outside (SEED=1)
	@$(CHAOS).upgrade $(if $(SEED),--seed $(SEED))

# --- speed ---------------------------------------------------------------------------------------------------

RUNS ?= 1
BENCH := $(BIN)/python -m bench --runs $(RUNS) $(if $(NAME),--name $(NAME))

bench: $(VENV)/.installed ## measure how fast the service is, against the limit of the same run (RUNS=1, NAME=…)
	@$(BENCH)

bench-quick: $(VENV)/.installed ## the same in a minute, without growth and start
	@$(BENCH) --quick

bench-choices: $(VENV)/.installed ## measure design choices where others would differ (RUNS=2 turns of each, ONLY=web, NAME=…)
	@$(BIN)/python -m bench.choices $(if $(filter-out 1,$(RUNS)),--turns $(RUNS)) $(addprefix --only ,$(ONLY)) $(if $(NAME),--name $(NAME))

bench-plans: $(VENV)/.installed ## write bench/plans: how each statement of the hot paths is carried out at a million payouts
	@$(BIN)/python -m bench.explain

# --- fuzzing -------------------------------------------------------------------------------------------------

EXAMPLES ?= 1000

fuzz: $(VENV)/.installed ## send a running service what its schema allows and forbids (SEED=…, MINUTES=2, EXAMPLES=1000)
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --examples $(EXAMPLES) $(if $(SEED),--seed $(SEED))

# --- pictures ------------------------------------------------------------------------------------------------

screenshots: $(VENV)/.installed ## take the pictures in docs/images from a running service with demo data
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.screenshots $(CURDIR)/docs/images $(if $(only),--only $(only))

# --- checks --------------------------------------------------------------------------------------------------

lint: $(VENV)/.installed $(DEPLOY_VENV)/.installed ## ruff with every rule; Dockerfiles, shell, YAML, workflows and the chart
	@$(BIN)/ruff check backend bench
	@$(BIN)/ruff format --check backend bench
	@$(MAKE) --no-print-directory --jobs=2 --output-sync _dockerfiles _shell _yaml _workflows chart-check

# Whatever git knows or would take: nothing that is written tomorrow is forgotten.
FILES := set -o pipefail; git ls-files -z --cached --others --exclude-standard --deduplicate
# Without what is deleted and not committed yet, and without links to folders.
PRESENT := while IFS= read -r -d '' file; do if [ -f "$$file" ]; then printf '%s\0' "$$file"; fi; done
EACH := $(PRESENT) | xargs --null --no-run-if-empty
DEPLOY_BIN := $(DEPLOY_VENV)/bin

.PHONY: _dockerfiles _shell _yaml _workflows chart-check
_dockerfiles: $(DEPLOY_VENV)/.installed
	@$(FILES) -- '*Dockerfile*' ':!*.dockerignore' | $(EACH) $(DEPLOY_BIN)/hadolint --no-color --config .hadolint.yaml
# By the first line, which says what a file is for, or by the name.
_shell: $(DEPLOY_VENV)/.installed
	@$(FILES) | $(EACH) awk '(FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$$)/) || FILENAME ~ /\.sh$$/ { printf "%s%c", FILENAME, 0 } { nextfile }' \
		| xargs --null --no-run-if-empty $(DEPLOY_BIN)/shellcheck --external-sources --enable=deprecate-which
# Templates of the chart are no YAML until they are rendered; what they render to is judged by chart-check.
_yaml: $(DEPLOY_VENV)/.installed
	@$(FILES) -- '*.yaml' '*.yml' ':(exclude,glob)deploy/helm/*/templates/**' | $(EACH) $(DEPLOY_BIN)/yamllint --strict --config-file .yamllint.yaml
_workflows: $(DEPLOY_VENV)/.installed
	@$(FILES) -- '.github/*.yaml' '.github/*.yml' | $(EACH) $(DEPLOY_BIN)/zizmor --offline --quiet --no-progress --persona=pedantic

chart-check: $(DEPLOY_VENV)/.installed ## lint and render the Helm chart, and judge every object by its schema and our policies
	@PYTHONPATH=backend $(DEPLOY_BIN)/python -m tests.chart

format: $(VENV)/.installed ## put everything into shape
	@$(BIN)/ruff check --fix backend bench
	@$(BIN)/ruff format backend bench

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

# A part of the tests, and so of `make check`. Made alone it takes some seconds.
migrations-lint: $(VENV)/.installed ## no migration stops the service or breaks the code that still runs
	@$(PYTEST) --quiet backend/tests/schema

release-record: $(VENV)/.installed ## note that this commit is the version that the next one's migrations must not break
	@cd backend && $(CURDIR)/$(BIN)/python -m tests.schema.release

MONITORING := deploy/monitoring

monitoring-check: ## Prometheus's own judgement of deploy/monitoring (needs promtool: Debian's package prometheus)
	@command -v promtool >/dev/null || { echo "promtool is missing: install Debian's package 'prometheus'"; exit 1; }
	@promtool check config $(MONITORING)/prometheus.yml
	@promtool check rules $(MONITORING)/payouts.rules.yml
	@promtool test rules $(MONITORING)/payouts.tests.yml

# Two at a time: each is a program of its own, and busy.
check: $(VENV)/.installed $(DEPLOY_VENV)/.installed ## everything that must be green before a change lands
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target typecheck lint contracts schema-check migrations-check audit-offline
	@$(MAKE) --no-print-directory test

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
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive backend bench 2> >(grep -v 'no failed test' >&2)
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
