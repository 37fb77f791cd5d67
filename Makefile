# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: setup demo test bench simulation catalogue lint style lock screenshots clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

demo: setup
	$(BIN)/rounds demo

lint: style
	$(BIN)/mypy

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

# An empty value lets each process start from compiled modules, also where that is switched off.
test: export PYTHONDONTWRITEBYTECODE =
# Types are checked while the tests wait for something; what is wrong with them is said at the end.
test: style
	@types=$$(mktemp); nice $(BIN)/mypy >"$$types" 2>&1 & checking=$$!; \
	trap 'kill $$checking 2>/dev/null; rm -f "$$types"' EXIT; trap 'exit 130' INT TERM; \
	$(BIN)/python -m pytest -n 3 --dist worksteal; tested=$$?; \
	wait $$checking; checked=$$?; cat "$$types"; \
	if [ $$tested -ne 0 ]; then exit $$tested; fi; exit $$checked

bench: setup
	$(BIN)/python -m tests.benchmarks

# A year of digests over the shared data sets, where they are beside the project, and over generated data.
simulation: setup
	$(BIN)/python -m tests.simulation

# After a sentence was changed: the template of all sentences, and every language's file.
catalogue: setup
	$(BIN)/python -m bot.language.extract

# The README's pictures, taken of the demo. Needs Chromium.
screenshots: setup
	$(BIN)/python -m tests.browser.screenshots docs/pictures

# Needs uv (pip install uv). Writes versions and hashes only, for every platform and Python from 3.11 on.
lock:
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
		--no-emit-index-url --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
