# Everything sets itself up: `make demo` on a machine with Python 3.11, pip, make and git is enough.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
SOURCES := src tests benchmarks tools hatch_build.py
LOCALE := src/cminbox/locale
INPUTS := pyproject.toml constraints.txt hatch_build.py $(wildcard $(LOCALE)/*/LC_MESSAGES/*.po)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# By the environment, so that the build of the package itself (in a place of its own) gets the exact versions too. Only
# here: servers that tests install live with versions of their own.
INSTALL := PIP_CONSTRAINT="$(CURDIR)/constraints.txt" $(BIN)/python -m pip install -q

.PHONY: help demo test live check quality messages docs format clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo      a practice campaign in the inbox (ARGS="--headless --seconds 20" passes on)'
	@echo 'make test      every test, those against real servers included'
	@echo 'make check     format, lint, types, import contracts, and the tests without servers'
	@echo 'make live      only the tests against real servers'
	@echo 'make messages  bring the catalogues in line with the source and compile them'
	@echo 'make docs      write the reference pages in docs/ from the code'
	@echo 'make format    format the code'
	@echo 'make clean     remove what was made here'

demo: $(VENV)/.run
	@$(BIN)/cminbox demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not live"
	$(BIN)/python -m pytest -q -m live -n $(JOBS) --dist loadfile

live: $(VENV)/.dev
	$(BIN)/python -m pytest -q -m live -n $(JOBS) --dist loadfile

check: quality
	$(BIN)/python -m pytest -q -n $(JOBS) -m "not live"

quality: $(VENV)/.dev
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

messages: $(VENV)/.dev
	$(BIN)/python tools/messages.py
	$(BIN)/python hatch_build.py

docs: $(VENV)/.dev
	$(BIN)/python tools/docs.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
	find $(LOCALE) -name '*.mo' -delete

# An environment of our own. Debian's python3 may lack ensurepip: then the pip beside it serves.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'cminbox needs Python 3.11 or newer; none was found (PYTHON=... names one).' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "cminbox needs Python 3.11 or newer; $(PYTHON) is older (PYTHON=... names another)." >&2; exit 1; }
	@if "$(PYTHON)" -c 'import ensurepip' 2>/dev/null; then \
	  "$(PYTHON)" -m venv $(VENV); \
	elif "$(PYTHON)" -m pip --version >/dev/null 2>&1 && "$(PYTHON)" -m venv --without-pip $(VENV); then \
	  "$(PYTHON)" -m pip --python $(BIN)/python install -q pip; \
	else \
	  rm -rf $(VENV); \
	  echo 'Python cannot make a virtual environment here. On Debian: apt install python3-venv python3-pip' >&2; exit 1; \
	fi

$(VENV)/.run: $(BIN)/python $(INPUTS)
	@echo 'Setting up cminbox (once)...'
	@$(INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(BIN)/python $(INPUTS)
	@echo 'Setting up cminbox and its tests (once)...'
	@$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/.run
