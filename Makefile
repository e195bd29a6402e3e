.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
T ?=
# Tests wait for processes as much as they compute.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
# Each worker of the browser's tests has a Chromium and a database of its own.
WINDOWS ?= $(shell getconf _NPROCESSORS_ONLN)
SERVER_TESTS := $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not slow"
BROWSER_TESTS := $(BIN)/python -m pytest -q -n $(WINDOWS) --dist worksteal

# The arena is many processes, started often: each would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run dev test test-server test-page slow check e2e chaos fuzz bench types lock ci frontend audit clean contracts coverage mutations slither kernel

help: ## Show this help
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "==> Making a Python environment in $(VENV)"; $(PYTHON) -m venv $(VENV) || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }; }
	@echo "==> Installing the Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "==> Installing the development packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20.19 or newer with npm is needed. See https://nodejs.org"; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || { echo "Node 20.19 or newer is needed; this is $$(node --version)"; exit 1; }
	@echo "==> Installing the page's packages"
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

SOURCES := $(shell find frontend/src frontend/static frontend/messages frontend/scripts -type f -not -path '*/paraglide/*' 2>/dev/null)

frontend/build/index.html: frontend/node_modules/.package-lock.json $(SOURCES) frontend/package.json frontend/svelte.config.js frontend/vite.config.ts
	@echo "==> Building the page"
	@cd frontend && npm run --silent build >/dev/null
	@touch $@

kernel: $(VENV)/.runtime ## Compile the sums over many votes, where there is a C compiler
	@$(BIN)/python -m arena.ratings.kernel

frontend: frontend/build/index.html ## Build the web page

run: $(VENV)/.runtime kernel frontend/build/index.html contracts/node_modules/.package-lock.json ## Start the whole arena and print its address
	@$(BIN)/python manage.py run

dev: $(VENV)/.dev kernel frontend/node_modules/.package-lock.json contracts/node_modules/.package-lock.json ## The same, with the page rebuilt as you edit it (address: port 5173)
	@trap 'kill 0' EXIT; (cd frontend && npm run --silent dev) & $(BIN)/python manage.py run

test: test-server ## Run the tests (T=path for some of them)
	@test -n "$(T)" || $(MAKE) --no-print-directory test-page

test-server: $(VENV)/.dev kernel contracts/node_modules/.package-lock.json
	@$(SERVER_TESTS) $(T)

test-page: frontend/node_modules/.package-lock.json
	@cd frontend && npm run --silent test

check: $(VENV)/.dev frontend/node_modules/.package-lock.json ## Lint, types, layers, generated files
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd frontend && npm run --silent check

e2e: $(VENV)/.dev frontend/build/index.html contracts/node_modules/.package-lock.json ## The whole journey in a real Chromium (T=path for some of it)
	@command -v chromium >/dev/null || { echo "Chromium is missing. On Debian: apt-get install chromium"; exit 1; }
	@$(BROWSER_TESTS) $(or $(T),tests/e2e)

slow: $(VENV)/.dev kernel contracts/node_modules/.package-lock.json ## The tests that take long: restarts under load, five hundred battles deleted
	@$(BIN)/python -m pytest -q -m slow tests/integration tests/unit

chaos: $(VENV)/.dev ## Kill, freeze and bring back every process under load (KILLS=200 SEED=7)
	@[ $(or $(KILLS),200) -lt 100 ] || $(BIN)/python -m pytest -q tests/chaos
	@$(BIN)/python -m tests.chaos --kills $(or $(KILLS),200) --seed $(or $(SEED),7)

fuzz: $(VENV)/.dev ## Ask everything that the schema knows, well and badly, as every role (REQUESTS=50000 SEED=7)
	@$(BIN)/python -m tests.fuzz --requests $(or $(REQUESTS),50000) --seed $(or $(SEED),7)

types: $(VENV)/.dev frontend/node_modules/.package-lock.json ## Make the OpenAPI schema and the page's types anew
	@$(BIN)/python manage.py spectacular --format openapi-json --file docs/openapi.json
	@cd frontend && npm run --silent types

lock: $(VENV)/.dev ## Pin the Python packages anew, with hashes
	@$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -o requirements.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt -o requirements-dev.txt
	@printf 'arena-rank==0.1.1\nchoix==0.4.1\nevalica==0.4.2\ntrueskill==0.4.5\n' | $(BIN)/uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o tests/bench/requirements-peers.txt

bench: $(VENV)/.dev kernel frontend/build/index.html ## Measure every bar against its limit in the same run (ONLY=S1,S6)
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

audit: $(VENV)/.dev frontend/node_modules/.package-lock.json ## Look for known faults in the code and its packages (asks the network)
	@$(BIN)/python .ci/audit

contracts/node_modules/.package-lock.json: contracts/package-lock.json
	@command -v npm >/dev/null || { echo "Node 20.19 or newer with npm is needed. See https://nodejs.org"; exit 1; }
	@echo "==> Installing the contracts' tools"
	@cd contracts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

FORGE := node_modules/.bin/forge

contracts: contracts/node_modules/.package-lock.json ## Format, committed bytecode, tests, gas of the contracts (PROFILE=deep for long runs)
	@cd contracts && $(FORGE) fmt --check
	@cd contracts && npm run --silent check
	@cd contracts && FOUNDRY_PROFILE=$(or $(PROFILE),ci) $(FORGE) test $(if $(T),--match-test $(T))

coverage: contracts/node_modules/.package-lock.json ## Lines of the contracts that no test reaches
	@cd contracts && COVERAGE=1 FOUNDRY_PROFILE=source $(FORGE) coverage --no-match-contract 'Gas|Invariants|HandlerReach' --no-match-coverage '^(test|node_modules)'

mutations: contracts/node_modules/.package-lock.json ## Break the contracts one rule at a time: a test must fail
	@cd contracts && node scripts/mutate.mjs

contracts/.slither/bin/slither:
	@$(PYTHON) -m venv contracts/.slither
	@contracts/.slither/bin/pip install --quiet --disable-pip-version-check slither-analyzer==0.11.6

slither: contracts/node_modules/.package-lock.json contracts/.slither/bin/slither ## Static analysis of the contracts: nothing high or medium
	@cd contracts && PATH="$$PWD/node_modules/.bin:$$PATH" FOUNDRY_PROFILE=source .slither/bin/slither . --filter-paths node_modules --fail-medium

# Real processes on a busy machine: what failed is tried once more, alone; what fails twice is broken, and so is a run that
# ended in any other way than with failed tests (1).
AGAIN := [ $$? = 1 ] && echo "==> Once more, what failed" && $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none

ci: check contracts kernel frontend/build/index.html ## Everything that must be green
	@rm -rf .pytest_cache
	@$(SERVER_TESTS) || { $(AGAIN); }
	@$(MAKE) --no-print-directory test-page || { echo "==> Once more"; $(MAKE) --no-print-directory test-page; }
	@export ONE_LOOK=1; $(BROWSER_TESTS) tests/e2e || { $(AGAIN) -p no:xdist tests/e2e; }
	@$(MAKE) --no-print-directory chaos KILLS=16
	@$(MAKE) --no-print-directory fuzz REQUESTS=1500

clean: ## Remove what was built here (data is kept)
	@rm -rf $(VENV) frontend/node_modules frontend/build frontend/.svelte-kit static contracts/node_modules contracts/out contracts/cache contracts/.tests contracts/.slither arena/ratings/sums-*.so
