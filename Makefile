# Everything works in a fresh checkout: what a target needs is installed into .venv first, once.
# Standard output belongs to the command itself (make demo ARGS="--once --json" prints one JSON object); set-up talks on standard error.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo dev test static check bench prove mutate

export PYTHON ?= python3

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

install: ## the locked packages, into .venv
	@.ci/install requirements.lock >&2

install-dev: ## the same, and what tests and checks need
	@.ci/install requirements-dev.lock >&2

demo: install ## everything at once, with three branches to play with; ARGS=--once plays both flows by itself
	@.venv/bin/reviews demo $(ARGS)

dev: install-dev ## the demo, whose web process starts again when code, a template or a static file changes
	@.venv/bin/reviews demo --reload $(ARGS)

test: install-dev ## all tests, on each core: rules, flows on a real PostgreSQL, pages in a real Chromium; ARGS=tests/… for some
	@.ci/test $(ARGS)

static: install-dev ## linters, types and import contracts, without the tests
	@.ci/static

check: static ## the same, and all tests with branch coverage
	@COVERAGE=1 .ci/test $(ARGS)

bench: install-dev ## figures beside their limits; ARGS=name for one of them
	@.venv/bin/python -m benchmarks $(ARGS)

prove: install-dev ## the long proofs of promises; ARGS=name for one of them
	@.venv/bin/python -m benchmarks.promises $(ARGS)

mutate: install-dev ## pure rules broken on purpose: how many of the breaks the tests notice; ARGS=module shows those that none does
	@.venv/bin/python -m benchmarks.mutants $(ARGS)
