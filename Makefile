# The two commands of the README, and a few more. `make help` lists them.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PROFILE ?= demo
# Every kernel would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help weekly lab test check studies measured bench lock lint format clean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "The workbench needs Python 3.11 (3.11.7 or later): install it, or say where it is: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not ((3, 11, 7) <= v < (3, 12)))' || { echo "The workbench is pinned for Python 3.11.7 to 3.11.x; $(PYTHON) is $$($(PYTHON) -V). Say where a 3.11 is: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned environment into $(VENV) (once) ..."
	@awk '/^uv==/{p=1} p{print} p&&!/\\$$/{exit}' requirements.lock > $(VENV)/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock \
	  || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . \
	  || $(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

weekly: $(STAMP)  ## Run the demo league's week and print where its report is
	@$(BIN)/workbench weekly --profile demo

lab: $(STAMP)  ## Open JupyterLab with the notebooks ready to run
	@$(BIN)/jupyter lab --notebook-dir=. notebooks/start_here.ipynb

lint: $(STAMP)  ## Ruff, mypy and the import floors
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

test: lint  ## Everything CI runs
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not study and not benchmark"

check: test  ## The same as make test

studies: $(STAMP)  ## The long studies: PROFILE=nfl SET="--set key=value" PEERS=folder PROPS=folder DRIVES=file CAUSAL=folder EPL=folder
	@$(BIN)/workbench study forecast_skill --profile $(PROFILE) $(SET) $(if $(PEERS),--set peers=$(PEERS))
	@$(BIN)/workbench study simulation --profile $(PROFILE) $(SET) $(if $(DRIVES),--set drives=$(DRIVES))
	@for study in shock_events treatment_effects shock_backtest synthetic_control did; do \
	  $(BIN)/workbench study $$study --profile $(PROFILE) $(SET) || exit 1; done
	@$(BIN)/workbench study causal_benchmarks --profile $(PROFILE) $(SET) $(if $(CAUSAL),--set causal=$(CAUSAL))
	@$(BIN)/workbench study bnn --profile $(PROFILE) $(SET) $(if $(PEERS),--set peers=$(PEERS)) $(if $(PROPS),--set props=$(PROPS))
	@$(BIN)/workbench study backtest --profile $(PROFILE) $(SET) $(if $(PEERS),--set peers=$(PEERS))
	@for study in overround sharpness; do \
	  $(BIN)/workbench study $$study --profile $(PROFILE) $(SET) $(if $(EPL),--set epl=$(EPL)) || exit 1; done
	@for study in thresholds rent; do $(BIN)/workbench study $$study --profile $(PROFILE) $(SET) || exit 1; done
	@$(if $(EPL),$(BIN)/workbench study backtest --profile epl --set sources.epl.base=$(EPL))
	@for study in bnn_failure bnn_samplers bnn_truth; do $(BIN)/workbench study $$study --profile $(PROFILE) $(SET) || exit 1; done
	@$(BIN)/workbench study planted_truth --set leagues=1000 --set slow_leagues=200 --set workers=2
	@$(BIN)/python -m pytest -q -m study

measured: $(STAMP)  ## Write docs/measured.md from the latest results of the studies
	@$(BIN)/python -m workbench.report.measured

bench: $(STAMP)  ## Speed and memory, as ratios in one run
	@$(BIN)/python -m pytest -q -p no:randomly -m benchmark tests/benchmarks

format: $(STAMP)  ## Format the code and strip the notebooks
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q . ; $(BIN)/nbstripout notebooks/*.ipynb notebooks/*/*.ipynb

lock: $(STAMP)  ## Resolve pyproject.toml anew into requirements.lock (names, versions, hashes; no addresses)
	@$(BIN)/uv lock -q --upgrade && $(BIN)/uv export -q --all-groups --all-extras --no-emit-project --no-header --no-annotate --format requirements-txt -o requirements.lock >/dev/null; rm -f uv.lock

clean:  ## Remove what was made (artifacts, reports, caches), keep the environment
	@rm -rf artifacts reports/*/ .pytest_cache .mypy_cache .ruff_cache .hypothesis
