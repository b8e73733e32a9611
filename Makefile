# One word does it: `make demo` runs an offline voice turn, `make test` runs the tests. Both do their own set-up.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -q --disable-pip-version-check
NO_PIP := echo "pip could not install what is locked; its reason stands above. Mend that (often the network) and run make again."; exit 1
BUNDLE := build/venv
FITS   := $(PYTHON) -c 'import sys; v=sys.version_info[:2]; sys.exit(None if (3,11) <= v <= (3,13) else f"{sys.executable} is Python {v[0]}.{v[1]}; this needs 3.11 to 3.13: make PYTHON=python3.12 …")'
CACHE  := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/voicegateway
DEMO_MODELS := whisper/tiny.en piper/en_US-joe-medium llamacpp/smollm2-135m
TEST_MODELS := $(DEMO_MODELS) whisper/base kokoro/v1.0-int8 llamacpp/qwen2.5-coder-0.5b turn/smart-turn-v3.2 speaker/dvector-256

# without compiled modules on the disk each process that a test starts would compile all it imports
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo app test offline check lint system-test locks models-test mutants bench package repo doors wine site clean

help:
	@echo "make demo    recorded speech in, spoken answer out, offline; installs what it needs"
	@echo "make app     the tray application from this folder"
	@echo "make test    every check and test; installs what it needs"
	@echo "make offline the end-to-end tests where there is no network (needs unshare and ip)"
	@echo "make mutants change the code that guards money, keys and records, and list what no test notices (at most 90 minutes)"
	@echo "make lint    only the checks that run nothing: ruff, mypy, import rules"
	@echo "make bench   the speed figures the README quotes"
	@echo "make package the installers of Linux (.deb, .rpm) in dist/; docs/packaging.md"
	@echo "make repo    repositories for apt and dnf out of dist/, in build/repo"
	@echo "make doors   files for containers, Flatpak, winget and Homebrew, in build/doors (ADDRESS=https://…/: where a release lies)"
	@echo "make wine    a Windows Python under wine in build/wine, and the tests of the Windows side (as root)"
	@echo "make site    the documentation as a site with search, in build/site/VERSION, beside other versions"
	@echo "make locks   solve the dependencies again (needs uv)"

# -- set-up -----------------------------------------------------------------------------------------------------------

$(VENV)/pyvenv.cfg:
	@$(FITS)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No venv module in $(PYTHON): install it (Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/.local: requirements/local.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing the program and its local engines into $(VENV) (1 GB on disk, once) ..."
	@[ -e $(VENV)/.dev ] || $(PIP) --require-hashes -r requirements/local.lock || { $(NO_PIP); }
	@$(PIP) --no-deps --no-index --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock pyproject.toml | $(VENV)/pyvenv.cfg
	@echo "Installing the development set into $(VENV) (1.3 GB on disk, once) ..."
	@$(PIP) --require-hashes -r requirements/dev.lock || { $(NO_PIP); }
	@$(PIP) --no-deps --no-index --no-build-isolation -e .
	@touch $(VENV)/.local $@

system-test:
	@sh packaging/dev/system-packages.sh

# -- run --------------------------------------------------------------------------------------------------------------

demo: $(VENV)/.local
	@$(BIN)/voicegw models pull $(DEMO_MODELS)
	@$(BIN)/voicegw demo

app: $(VENV)/.local system-test
	@$(BIN)/voicegw-desktop

# -- check ------------------------------------------------------------------------------------------------------------

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --any-exprs-report build/any
	@$(BIN)/python packaging/dev/any_report.py --report build/any --check
	@$(BIN)/python packaging/dev/walks.py
	@$(BIN)/lint-imports

models-test: $(VENV)/.dev
	@$(BIN)/python -m voicegw_desktop.models pull --to "$(CACHE)/test-models" $(TEST_MODELS) || echo "Without these models the tests that need them cannot pass."

# the whole in two processes, a file of tests in one of them, slow files first; a part (PYTEST_ARGS) in one, and it cannot reach the floors of
# branch coverage
test: system-test lint models-test
	@rm -rf build/coverage
	@mkdir -p build/coverage
	@VOICEGW_TEST_MODELS="$(CACHE)/test-models" VOICEGW_TEST_CACHE="$(CACHE)/test-tools" $(BIN)/python -m pytest \
		$(or $(PYTEST_ARGS),--measure -n logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder)
	@[ -n "$(PYTEST_ARGS)" ] || $(BIN)/python -m tests.support.branch_floors

# MUTANTS: subjects and options, as `python -m tests.mutants --help` lists them
mutants: $(VENV)/.dev
	@$(BIN)/python -m tests.mutants $(MUTANTS)

# as the user, in a network namespace with nothing but loopback
offline: models-test
	@VOICEGW_TEST_MODELS="$(CACHE)/test-models" VOICEGW_TEST_CACHE="$(CACHE)/test-tools" \
		unshare --net --map-root-user sh -c 'ip link set lo up && exec "$$@"' sh $(BIN)/python -m pytest tests/e2e $(PYTEST_ARGS)

bench: $(VENV)/.dev models-test
	@VOICEGW_TEST_MODELS="$(CACHE)/test-models" $(BIN)/python -m tests.bench

# -- ship -------------------------------------------------------------------------------------------------------------

$(BUNDLE)/.done: requirements/bundle.lock
	@$(FITS)
	@$(PYTHON) -m venv $(BUNDLE)
	@$(BUNDLE)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bundle.lock || { $(NO_PIP); }
	@touch $@

package: system-test $(BUNDLE)/.done
	@$(BUNDLE)/bin/python packaging/build.py

repo: $(VENV)/.dev
	@$(BIN)/python packaging/repo.py build/repo

doors: $(VENV)/.dev
	@$(BIN)/python packaging/doors.py build/doors --address "$(ADDRESS)"

# the first process under wine opens the files of all later ones, so it too has to see the models
wine: $(VENV)/.dev models-test
	@VOICEGW_TEST_MODELS="$(CACHE)/test-models" sh packaging/dev/wine/setup.sh
	@VOICEGW_TEST_MODELS="$(CACHE)/test-models" $(BIN)/python -m pytest tests/wine $(PYTEST_ARGS)

site: $(VENV)/.dev
	@$(BIN)/python packaging/dev/site.py

locks:
	uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements/dev.lock
	uv pip compile -q pyproject.toml --extra desktop --extra local --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements/dev.lock -o requirements/local.lock
	uv pip compile -q pyproject.toml --extra bundle --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -c requirements/dev.lock -o requirements/bundle.lock
	echo 'nvidia-cublas-cu12>=12.1,<13' | uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements/cuda.lock

clean:
	rm -rf $(VENV) build dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
