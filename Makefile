# Every target sets itself up: a machine needs make and Python 3.11 or later with its venv module, nothing else.
# The virtual environment is .venv; stamp files in it make a second call instant.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq install
# The first of these that is new enough is taken; `make PYTHON=/path/to/python run` names another.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
  $(shell $(name) -c 'import sys; print("$(name)" if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
# What `make test` runs, and in how many processes: one more than there are cores, for each waits for the disk now and
# then; eight at most, for each has a PostgreSQL server of its own.
# WORKERS=0 runs everything in one.
TESTS ?= not browser and not slow and not thorough
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(1 + min(os.cpu_count() or 2, 7))')
# A machine that keeps no compiled code would have each process of the tests, and each start of the service, compile
# all modules anew: two seconds every time.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test thorough browser lint format types bench bench-quick promises score lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.runtime ## start the service (the sandbox when no provider is configured)
	@exec $(PY) main.py

test: $(VENV)/.dev ## run the tests, except those of `thorough`, `browser` and `promises`
	@$(PY) -m pytest -q -m "$(TESTS)" -n $(WORKERS) --dist worksteal

thorough: $(VENV)/.dev ## jobs on PostgreSQL, and what takes seconds each: weeks of a desk, real processes
	@$(PY) -m pytest -q -m thorough -n $(WORKERS) --dist worksteal

browser: $(VENV)/.dev ## run the tests that drive a Chromium (Debian: apt-get install chromium)
	@$(PY) -m pytest -q -m browser

lint: $(VENV)/.dev ## check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(VENV)/.dev ## fix style and formatting
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

types: $(VENV)/.dev ## check the types
	@$(PY) -m mypy

bench: $(VENV)/.dev ## measure the figures, as ratios in one run
	@$(PY) -m bench

bench-quick: $(VENV)/.dev ## letters, messages, the clock and the start in less than a minute, less exact
	@$(PY) -m bench --quick

promises: $(VENV)/.dev ## check the promises in the full counts of a release (long)
	@$(PY) -m pytest -m slow --timeout 5400
	@$(PY) tools/broken_builds.py

score: $(VENV)/.dev ## how much of what people type is understood
	@$(PY) tools/score.py

lock: $(VENV)/.made ## choose the newest allowed versions of all dependencies anew
	@rm -rf build/lock && $(PY) -m venv build/lock
	@$(PY) -c "$$WANTED" build/lock
	@$(LOCK_PIP) -qq install -r build/lock/runtime.txt
	@$(FROZEN) > build/lock/runtime.lock
	@$(LOCK_PIP) -qq install -c build/lock/runtime.lock -r build/lock/dev.txt
	@{ echo "-r requirements.lock"; $(FROZEN) | grep -vxFf build/lock/runtime.lock; } > build/lock/dev.lock
	@cp build/lock/runtime.lock requirements.lock && cp build/lock/dev.lock requirements-dev.lock
	@rm -rf build/lock

clean: ## remove what make made (never data/)
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Versions only, no addresses, so that the locks hold wherever the packages come from.
LOCK_PIP = build/lock/bin/python -m pip --disable-pip-version-check
FROZEN = $(LOCK_PIP) list --format=freeze --exclude pip --exclude setuptools | LC_ALL=C sort -f

define WANTED
import pathlib, sys, tomllib
project = tomllib.loads(pathlib.Path('pyproject.toml').read_text())['project']
for name, wanted in (('runtime', project['dependencies']), ('dev', project['optional-dependencies']['dev'])):
    pathlib.Path(sys.argv[1], name + '.txt').write_text('\n'.join(wanted))
endef
export WANTED

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "Prêté-Rendu needs Python 3.11 or later; none was found. Name yours: make PYTHON=/path/to/python run" >&2; \
	  exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Prêté-Rendu needs Python 3.11 or later; $(PYTHON) is not." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is not whole here (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.lock | $(VENV)/.made
	@echo "Installing the dependencies into $(VENV) (once)…" >&2
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing the tools for development into $(VENV) (once)…" >&2
	@$(PIP) -r requirements-dev.lock
	@touch $@
