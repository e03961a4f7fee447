# What a checkout can do. `make` lists it; every target works on a fresh machine and again later.

PYTHON ?= python3
INSTANCE ?=
SPEED ?=
ENFORCE_IAM ?=
DURING_DRILL ?=
DELETE_REGIONS ?=
DELETE_TABLES ?=
TESTS ?=
PLUGINS ?=
# tests/conftest.py says which tests stay together, and which ones give way.
ALL_TESTS := --numprocesses 2 --dist loadscope --no-loadscope-reorder
VENV := .venv/bin
# Of `up` and `down`: read by tools/local, and checked before a setup that may take minutes.
VARIABLES = "INSTANCE=$(INSTANCE)" "SPEED=$(SPEED)" "ENFORCE_IAM=$(ENFORCE_IAM)" "DURING_DRILL=$(DURING_DRILL)" "DELETE_REGIONS=$(DELETE_REGIONS)" "DELETE_TABLES=$(DELETE_TABLES)"
SETUP := @$(PYTHON) -m tools.setup
KNOWN := PYTHON INSTANCE SPEED ENFORCE_IAM DURING_DRILL DELETE_REGIONS DELETE_TABLES TESTS PLUGINS CALLS SEED SHELL
UNKNOWN := $(filter-out $(KNOWN),$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
$(if $(strip $(UNKNOWN)),$(error unknown variable $(UNKNOWN); there are $(filter-out SHELL,$(KNOWN)), and `make` lists which goes where))
# Without compiled modules every program starts at half the speed; they are ignored by git.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up test check down clean bench interop soak lock format

help: ## This list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: ## Bring the local system up, or to what the checkout says. INSTANCE=0..19|auto SPEED=20 ENFORCE_IAM=1
	@$(PYTHON) -m tools.local.make_variables $(VARIABLES)
	$(SETUP)
	@$(VENV)/python -m tools.local up $(VARIABLES)

down: ## End the local system and remove its state; the tools stay.
	@$(if $(strip $(INSTANCE)$(SPEED)$(ENFORCE_IAM)$(DURING_DRILL)),$(PYTHON) -m tools.local.make_variables $(VARIABLES))
	@# A setup that was interrupted has no stamp; what runs beside it is ended all the same.
	@if [ ! -f .venv/muster-stamp ] && [ -d .twin/state ]; then \
		$(PYTHON) -m tools.setup python; fi
	@if [ -f .venv/muster-stamp ]; then $(VENV)/python -m tools.local down $(if $(DURING_DRILL),"DURING_DRILL=$(DURING_DRILL)"); fi

test: ## Run all tests. TESTS="tests/unit -k codec" runs some.
	$(SETUP) python pulumi browser
	@unset TWIN_HOME TWIN_INSTANCE AWS_ENDPOINT_URL; \
		PATH="$(CURDIR)/$(VENV):$(CURDIR)/.tools/bin:$$PATH" $(VENV)/python -m pytest $(or $(TESTS),$(ALL_TESTS))

check: ## Check format, lint, types and spelling.
	$(SETUP) python
	@$(VENV)/python -m tools.check

format: ## Bring format, the index of AWS behaviour and the reports' schemas to what the checks want.
	$(SETUP) python
	@$(VENV)/ruff check --quiet --fix-only . && $(VENV)/ruff format . && $(VENV)/python -m tools.aws_behaviour && $(VENV)/python -m muster.report.schema && $(VENV)/python -m muster.trend.schema

interop: ## Test with other people's programs, as installed (Terraform, Go, Maven, npm). PLUGINS=mirror of providers
	$(SETUP)
	@INTEROP_PLUGINS="$(PLUGINS)" $(VENV)/python -m pytest $(or $(TESTS),tests/interop)

bench: ## Measure the whole path against its floor.
	$(SETUP)
	@$(VENV)/python -m bench

soak: ## Send random calls to the twin: control, Global Accelerator, DynamoDB, Lambda, DNS. CALLS=100000 SEED=1
	$(SETUP)
	@for part in control own_services accelerator region invoke dns; do \
		$(VENV)/python -W ignore -m tests.soak.$${part}_soak \
			--calls "$(or $(CALLS),20000)" --seed "$(or $(SEED),1)" || exit 1; done

lock: ## Write requirements.lock anew from requirements.in.
	$(SETUP) python
	@$(VENV)/uv pip compile --quiet --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock requirements.in

clean: down ## `make down`, and remove the tools as well.
	@rm -rf .venv .tools .twin .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
