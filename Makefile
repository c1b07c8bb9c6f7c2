# Each target sets up what it needs, in .venv, and does so again only when that has changed.
#
#   make run            the service with a small built-in PBX and invented callers
#   make run PBX=real   the same on a real Asterisk with SIPp (Debian, as root)
#   make test           linters, types, import contracts and every test
#   make lint           the first three of these
#   make chaos          calls without end while everything breaks: CALLS=1000 to each database,
#                       SEED=... repeats a run, DESK=zammad chooses the desk (Debian, as root)
#   make figures        200 calls of every outcome on a real Asterisk, whose figures a separate program
#                       counts again: CALLS=200, SEED=..., ASTERISK=16 or 22 (Debian, as root)
#   make screenshots    pictures of each page, in artefacts/screenshots: VIEWS="calls tickets" for some
#   make bench          the figures in the README, measured here
#   make clean          everything away that the other targets have made

PYTHON ?= python3
PBX ?= builtin
ASTERISK ?= 22

# Tests start hundreds of processes of ours: each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
# The machine's own pip fills the environment: not every Python can put one into it.
PIP := $(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python
INSTALL := $(PIP) install --quiet --editable

BUILT_FROM := pyproject.toml hatch_build.py package.json package-lock.json .npmrc \
	$(wildcard callcenter/web/assets/src/* callcenter/web/locales/*/LC_MESSAGES/*.po)

.PHONY: run test lint pytest chaos figures screenshots bench clean

run: $(VENV)/ready-to-run-$(PBX)
ifeq ($(PBX),real)
	$(BIN)/python -m tests.rig.demo
else
	$(BIN)/callcenter demo
endif

test: lint pytest

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Most tests wait for telephones and processes: three at a time are right for two cores. Those of a
# file come one after another, and files as tests/conftest.py has ordered them.
pytest: $(VENV)/ready-to-test $(VENV)/system
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

chaos: $(VENV)/ready-to-test $(VENV)/system
	$(BIN)/python -m tests.chaos --calls $(or $(CALLS),1000) $(if $(SEED),--seed $(SEED)) $(if $(DESK),--desk $(DESK))

figures: $(VENV)/ready-to-test $(VENV)/system
	$(BIN)/python -m tests.figures --calls $(or $(CALLS),200) --asterisk $(ASTERISK) $(if $(SEED),--seed $(SEED))

screenshots: $(VENV)/ready-to-test $(VENV)/system
	$(BIN)/python -m tests.web.browser.screenshots $(VIEWS)

bench: $(VENV)/ready-to-bench
	$(BIN)/python -m bench

$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/ready-to-run-builtin: $(BUILT_FROM) | $(BIN)/python
	$(INSTALL) .
	@touch $@

$(VENV)/ready-to-run-real: $(VENV)/ready-to-test $(VENV)/system
	@touch $@

$(VENV)/ready-to-test: $(BUILT_FROM) | $(BIN)/python
	$(INSTALL) '.[dev]'
	@touch $@ $(VENV)/ready-to-run-builtin

$(VENV)/ready-to-bench: $(BUILT_FROM) | $(BIN)/python
	$(INSTALL) '.[bench]'
	@touch $@ $(VENV)/ready-to-run-builtin

# Debian's packages that tests on a real Asterisk, PostgreSQL and Chromium need.
SYSTEM := $(wildcard tests/rig/install)

$(VENV)/system: $(SYSTEM) | $(BIN)/python
	@if [ "$$(id -u)" = 0 ]; then for script in $(SYSTEM); do bash "$$script" || exit; done; \
	else echo "not root: tests are skipped where Debian's packages for them are missing"; fi
	@touch $@

clean:
	rm -rf $(VENV) dist build artefacts node_modules callcenter/web/static
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find callcenter -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
