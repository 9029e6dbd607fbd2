# Every target sets up what it needs, so `make demo` and `make test` work as typed on a fresh machine.
# Arguments go through ARGS: make test ARGS="tests/seawall -x"; another Python: make PYTHON=python3.12 setup.

PYTHON ?= python3
ARGS   ?=
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LIGHT  := $(VENV)/.installed-light
MEDIA  ?=
BUILT  := gateway/http/static/index.html
CODE   := seawall media detectors workers gateway bench docs tests

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start hundreds of processes: without bytecode each of them would compile all of our code again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup check style types imports reference vitest wheel test drills smoke soak fuzz cover bench docs console serve demo image clean

help: ## list what there is
	@echo "usage: make TARGET [ARGS=...]"; echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv and install everything (as root also Debian packages that are missing)
	@echo "$(VENV) is ready."

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV) ..."
	@sh .ci/packages $(BIN)/python
	@$(BIN)/python -m pip install -qq -c constraints.txt -e ".[gateway,workers,media,bench,peers,train,dev]"
	@touch $@

$(LIGHT): pyproject.toml constraints.txt | $(BIN)/python # what serves and shows, without media and models of it
	@[ $(STAMP) -nt pyproject.toml ] || { echo "Installing into $(VENV) ..."; \
	$(BIN)/python -m pip install -qq -c constraints.txt -e ".[gateway,workers]"; }
	@touch $@

$(BIN)/python: # also made anew when the Python it was made from is gone
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || sh .ci/python $(PYTHON)
	@$(PYTHON) -m venv --clear $(VENV)

check: style types imports reference vitest wheel ## format, lint, types, import contracts, reference, wheel (two minutes at most)

style: $(STAMP) ## formatting and lint
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check . ; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(STAMP) ## mypy --strict, tests included
	@$(BIN)/mypy $(CODE)

imports: $(STAMP) ## arrows between the floors point down
	@$(BIN)/lint-imports --no-logo --config pyproject.toml

reference: $(STAMP) ## docs/reference/ equals what the code says
	@$(BIN)/python -m docs.generate --check

vitest: ## types and tests of the console
	@sh .ci/console

wheel: $(STAMP) ## the wheel has one top-level name and runs where it is installed
	@$(BIN)/pytest -q -m wheel tests/house/test_wheel.py

test: $(STAMP) ## every test but drills and the long runs, two at a time (about eight minutes on two cores)
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not drill and not soak and not wheel" $(ARGS)

drills: $(STAMP) ## whole systems, killed, cut off and clicked through (about eight minutes more)
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "drill and not soak" $(ARGS)

smoke: $(STAMP) ## what a message costs, against the committed baseline (three minutes at most)
	@$(BIN)/seawall bench smoke --json bench/out/smoke.json --html bench/out/smoke.html $(ARGS)

soak: fuzz ## the long runs: the property tests at length, then everything marked soak
	@$(BIN)/pytest -m soak -o timeout=0 $(ARGS) || [ $$? = 5 ] # 5: nothing is marked so

fuzz: $(STAMP) ## the property tests, with many times the examples
	@$(BIN)/pytest -m "hypothesis and not soak" --hypothesis-profile=fuzz -o timeout=0 $(ARGS)

cover: $(STAMP) ## branch coverage: all of the core, nine tenths of the rest
	@$(BIN)/pytest --cov --cov-report= $(ARGS); status=$$?; \
	$(BIN)/coverage report --include='seawall/*' --fail-under=100 || status=1; \
	$(BIN)/coverage report --omit='seawall/*' --fail-under=90 || status=1; exit $$status

bench: $(STAMP) ## name the benchmarks, or run one: make bench ARGS=NAME
	@$(BIN)/seawall bench $(ARGS)

docs: $(STAMP) ## write docs/reference/ anew from the code
	@$(BIN)/python -m docs.generate

console: $(BUILT) ## build the console anew where its sources have changed

$(BUILT): $(shell find console -name node_modules -prune -o -type f -print) | $(LIGHT)
	@[ "$$SEAWALL_SKIP_CONSOLE" = 1 ] || { echo "Building the console ..."; \
	$(BIN)/python -m pip install -qq --no-deps -e . && touch $@; }

serve: $(LIGHT) $(BUILT) ## start the gateway on ws://127.0.0.1:7400/v1, HTTP on 7401
	@$(BIN)/seawall serve $(ARGS)

demo: $(if $(MEDIA),$(STAMP),$(LIGHT)) $(BUILT) ## play a sample room; MEDIA=1 a stream besides; CHAT=FILE your own JSON lines
	@$(BIN)/seawall demo $(if $(MEDIA),--media) $(if $(CHAT),--chat "$(CHAT)") $(ARGS)

image: ## build the container image
	docker build --tag seawall .

clean: ## remove everything made here, .venv too (never seawall-data)
	rm -rf $(VENV) dist build gateway/http/static .coverage .coverage.* bench/out
	find . -name node_modules -prune -o -type d \( -name __pycache__ -o -name .mypy_cache -o -name .ruff_cache \
	  -o -name .pytest_cache -o -name .hypothesis -o -name .import_linter_cache \) -prune -exec rm -rf {} +
