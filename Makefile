# Two commands for a newcomer: `make demo` and `make test`. Nothing else has to be installed before.

FUZZ_SECONDS ?= 600
FUZZ_SEED ?= 0
BIN = .venv/bin

.PHONY: demo test check bench fuzz soak docs clean

demo: ## an invented card, opened, read, proven and shown, without any hardware
	@tools/environment demo
	@$(BIN)/eid demo

test: ## everything, through the real card service where that can be had
	@tools/system-packages || echo "Going on without them: the tests that need them are skipped."
	@tools/environment dev
	$(BIN)/python -m pytest --cov=eid --cov-branch --cov-report=term:skip-covered

check: ## style, types, import contracts, documentation
	@tools/environment dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

bench: ## our time beside the time of the raw operations
	@tools/environment dev
	$(BIN)/python benchmarks/bench.py

fuzz: ## every fuzz target for FUZZ_SECONDS, two at a time, by chance unless FUZZ_SEED is given
	@tools/environment dev
	@tools/environment fuzz
	$(BIN)/python tools/fuzz.py $(FUZZ_SECONDS) $(FUZZ_SEED)

soak: ## the long runs: tests marked so, and mutants
	@tools/environment dev
	@tools/environment soak
	$(BIN)/python -m pytest -m soak --timeout=0
	$(BIN)/python tools/mutate.py

docs: ## the documentation, in docs/_build/html
	@tools/environment dev
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

clean: ## back to a fresh clone, .venv included
	rm -rf .venv build dist docs/_build docs/errors.md .coverage .coverage.*
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests fuzz benchmarks examples docs tools -name __pycache__ -prune -exec rm -rf {} +
