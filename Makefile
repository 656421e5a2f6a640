# Groundplan: `make run` starts it, `make test` proves it. Everything is installed into .venv on first use.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: help run test check wheel bench proof clean

BIN := .venv/bin
JOBS ?= 2
PREPARED_BY := pyproject.toml uv.lock scripts/prepare.sh scripts/uv.sh
PYTEST := QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m pytest

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

.venv/.ready-run: $(PREPARED_BY)
	@sh scripts/prepare.sh run

.venv/.ready-test: $(PREPARED_BY)
	@sh scripts/prepare.sh test

run: .venv/.ready-run ## open the window; without a display, plan the built-in example on the command line
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname -s)" = Darwin ]; then exec $(BIN)/groundplan open template:assistant; \
	else echo "No display found: planning the built-in example on the command line."; exec $(BIN)/groundplan demo; fi

test: check wheel ## checks, the built wheel in a fresh environment, and all tests but the long proofs
	$(PYTEST) -n $(JOBS) -m "not proof"

check: .venv/.ready-test ## types, style and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) -q tests/test_architecture.py

wheel: .venv/.ready-test ## build the wheel, install it into a fresh environment and start it
	@sh scripts/wheel.sh

bench: .venv/.ready-test ## measure speed, write build/bench.json
	@mkdir -p build
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python -m tests.benchmarks

proof: .venv/.ready-test ## long proofs against simulators and oracles, and all tests on a second Python
	sh scripts/uv.sh sync --frozen --inexact --group proof
	$(PYTEST) -n $(JOBS) -m proof
	@sh scripts/second_python.sh 3.12

clean: ## remove everything that was built, and the environment
	rm -rf build dist .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
