# What a person types is what CI types. `make compare` and `make test` set everything up by themselves.

# The first of these that is Python 3.11 to 3.13 and can make virtual environments; or: make PYTHON=/path/to/python3.12
PYTHONS := python3 python3.13 python3.12 python3.11 python
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

.PHONY: help compare bench lessons mutants fuzz test verify quick lint format clean .venv

help:
	@echo "make compare   train one network from scratch and in Keras, and compare the two"
	@echo "make bench     measure training, prediction and start-up beside Keras"
	@echo "make lessons   run all lessons and make web pages of them, in site/"
	@echo "make test      run all tests but the longest"
	@echo "make verify    run the checks that take too long for every change: thousands of cases, hundreds of steps"
	@echo "make quick     run the quick ones of the tests that need neither TensorFlow nor compiled kernels, in under 30 s"
	@echo "make mutants   change the code a little, many times, and see whether the tests notice (takes some minutes)"
	@echo "make fuzz      read Keras files changed at random, 3,000 of each kind (an hour or more)"
	@echo "make lint      check style and formatting; 'make format' mends what it can"
	@echo "make .venv     only set up the virtual environment that all of these use"

compare: .venv
	$(BIN)/digits compare

bench: .venv
	$(BIN)/digits bench

lessons: .venv
	$(BIN)/python -m lessons.site

# Two processes, each with half of the tests: few tests keep two cores busy.
test: .venv
	$(BIN)/python -m pytest -n 2 --dist worksteal

verify: .venv
	$(BIN)/python -m pytest -n 2 --dist worksteal -m verify

quick: .venv
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not keras and not slow and not compiled and not verify"

# For example: make mutants ARGS="--only losses"
mutants: .venv/mutants
	$(BIN)/python -m tests.mutants $(ARGS)

# For example: make fuzz CASES=100 SEED=7
CASES := 3000
SEED := 0

fuzz: .venv
	$(BIN)/python -m tests.scratch.saving.fuzz --cases $(CASES) --seed $(SEED)

lint: .venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: .venv
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:
	rm -rf .venv out mutants

.venv: .venv/installed

# The stamp is written last, so that an installation that was interrupted is made anew.
.venv/installed: pyproject.toml constraints.txt
	@python="$(PYTHON)"; \
	for candidate in $(PYTHONS); do \
	    if [ -z "$$python" ] && $$candidate -c "$(USABLE)" 2>/dev/null; then python=$$candidate; fi; \
	done; \
	if [ -z "$$python" ] || ! "$$python" -c "$(USABLE)" 2>/dev/null; then \
	    echo "No usable Python found$${python:+ at $$python}: expected 3.11, 3.12 or 3.13 with the venv and ensurepip modules" >&2; \
	    echo "(on Debian and Ubuntu: apt install python3-venv). Name one with 'make PYTHON=/path/to/python'." >&2; \
	    exit 1; \
	fi; \
	echo "Setting up .venv with $$("$$python" --version); this downloads about 1 GB and takes a few minutes."; \
	"$$python" -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

.venv/mutants: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,mutants]"
	@touch $@
