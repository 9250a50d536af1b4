# `make demo` needs Python 3.11 or newer and nothing else; what it makes lies in .venv/ and out/.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo test mutations lab check lint types contracts bench judges clean

help: ## Show what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/.package ## Render the article's cluster into out/, with tokens of a throw-away Vault
	$(BIN)/cloudgen up examples/article.yaml --out out --vault dev --yes

test: .venv/.dev ## Run the tests; judges that are missing are skipped visibly
	$(BIN)/pytest -n auto

mutations: .venv/.dev ## Make each fault of tests/mutations/list.yaml in a copy; its tests must notice
	$(BIN)/python -m tests.mutations

lab: .venv/.dev ## Boot masters for real, in namespaces (root; its parts take 7 minutes the first time)
	$(BIN)/python -m tests.lab

check: lint types contracts ## Lint, format, types, import contracts

lint: .venv/.dev
	$(BIN)/ruff check cloudgen tests scripts
	$(BIN)/ruff format --check cloudgen tests scripts

types: .venv/.dev
	$(BIN)/mypy

contracts: .venv/.dev
	$(BIN)/lint-imports

bench: .venv/.package ## Time what a user waits for
	$(BIN)/python scripts/bench.py

judges: ## Fetch the outside judges into .cache/ (Debian, no root)
	bash .ci/judges.sh

clean: ## Remove what the other targets made, but the judges
	rm -rf .venv out dist .*_cache .hypothesis .benchmarks
	find cloudgen tests -name __pycache__ -prune -exec rm -rf {} +

.venv/.package: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	touch $@

.venv/.dev: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ .venv/.package
