# What is done with this project. `make` alone lists it; what takes more than three lines lives in scripts/.

.DEFAULT_GOAL := help

# Which stack the commands act on. ENV: aws, or local, in the emulator of `make up`. STACK: its name, by default the one of
# settings.toml, and locally the one of `make up`.
ENV ?= aws
STACK ?=
PYTHON ?= python3
# Terraform's program; TF=tofu uses OpenTofu.
TF ?= terraform
HOURS ?= 2
BACKEND ?= bedrock
DAYS ?= 30
DAILY ?= 50
SINCE ?= 1h
export TF
# SMOKE=chat has a deploy ask the model once.
export SMOKE
# A configuration that is named but not there makes every Terraform command warn.
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif

VENV := .venv/bin
INSTALL := $(PYTHON) -m scripts.workspace.install
WHICH = --env $(ENV) $(if $(STACK),--stack "$(STACK)")
OPERATE = $(VENV)/python -m scripts $(WHICH)

##@ Start here

.PHONY: help
help: ## Lists the targets.
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: ## Runs the whole stack on this machine and prints a link to chat. [PORT MODEL_PORT MODEL=file.gguf MODEL_URL=http://…]
	@$(PYTHON) -m scripts.commands.up

.PHONY: down
down: ## Ends the local stack and removes all it kept.
	@$(PYTHON) -m scripts.commands.down

##@ Make and remove a stack (ENV=aws or ENV=local, STACK=name)

.PHONY: doctor
doctor: .python ## Says what of this machine and account would make a deploy fail; changes nothing. [STACK=name NOMODEL=1]
	@$(VENV)/python -m scripts.commands.doctor $(WHICH) $(if $(NOMODEL),--no-model)

.PHONY: plan
plan: .python ## Says what a deploy would make, change and remove, and changes nothing.
	@$(VENV)/python -m scripts.commands.deploy $(WHICH) --plan

.PHONY: deploy
deploy: .python ## Makes the stack or brings it up to date; ends with its page and your link. [YES=1 SMOKE=chat DOCTOR=no]
	@$(VENV)/python -m scripts.commands.deploy $(WHICH) $(if $(YES),--yes) $(if $(filter no,$(DOCTOR)),--no-doctor)

.PHONY: destroy
destroy: .python ## Removes the stack with all it holds, and looks whether anything is left. [YES=1]
	@$(VENV)/python -m scripts.commands.destroy $(WHICH) $(if $(YES),--yes)

.PHONY: verify-gone
verify-gone: .python ## Looks for anything of the stack that still exists.
	@$(VENV)/python -m scripts.commands.verify_gone $(WHICH)

.PHONY: state-bucket
state-bucket: .python ## Moves Terraform's state into a bucket of the account, which several machines can share.
	@$(VENV)/python -m scripts.commands.state_bucket to-bucket $(WHICH)

.PHONY: state-local
state-local: .python ## Moves Terraform's state back to this machine. [YES=1: removes the empty bucket too]
	@$(VENV)/python -m scripts.commands.state_bucket to-local $(WHICH) $(if $(YES),--yes)

##@ Operate a stack (ENV=aws or ENV=local, STACK=name)

.PHONY: invite
invite: .python ## Lets a person in and prints their link. NAME=ana [DAYS=30 DAILY=50]
	@$(OPERATE) invite "$(NAME)" --days $(DAYS) --daily $(DAILY)

.PHONY: guests
guests: .python ## Lists who may come in.
	@$(OPERATE) guests

.PHONY: revoke
revoke: .python ## Takes an invite back. NAME=ana
	@$(OPERATE) revoke "$(NAME)"

.PHONY: llm-on
llm-on: .python ## Switches the model on. [HOURS=2 BACKEND=bedrock|worker; of a worker: INSTANCE=c8g.xlarge SPOT=1]
	@$(OPERATE) llm-on $(HOURS) --backend $(BACKEND) $(if $(INSTANCE),--instance $(INSTANCE)) $(if $(SPOT),--spot)

.PHONY: llm-off
llm-off: .python ## Switches the model off, and ends a worker.
	@$(OPERATE) llm-off

.PHONY: llm-allow
llm-allow: .python ## Gives the model back after the budget's kill switch has fired. [REARM=1]
	@$(OPERATE) llm-allow $(if $(REARM),--rearm)

.PHONY: status
status: .python ## Says what is going on: switch, spend, alarms, and the numbers of the last 24 hours.
	@$(OPERATE) status

.PHONY: logs
logs: .python ## Shows what was logged, and why what failed. [SINCE=1h CODE=model_busy]
	@$(OPERATE) logs --since "$(SINCE)" $(if $(CODE),--code "$(CODE)")

.PHONY: trace
trace: .python ## Draws where the time of one reply went. ID=… (of a reply or a request)
	@$(OPERATE) trace -- "$(ID)"

.PHONY: cost
cost: .python ## Shows what was spent, the limits and the forecast. [AWS=1: the account's bill too; CHECK=1]
	@$(OPERATE) cost $(if $(AWS),--aws) $(if $(CHECK),--check)

.PHONY: export
export: .python ## Writes every conversation as JSON lines and Markdown. [TO=folder; TO=-: JSON lines on stdout]
	@$(OPERATE) export --to "$(TO)"

.PHONY: import
import: .python ## Brings an export into this stack; what is there already stays. FROM=folder
	@$(OPERATE) import "$(FROM)"

.PHONY: outputs
outputs: .python ## Prints the stack's outputs as one JSON object.
	@$(OPERATE) outputs

.PHONY: smoke
smoke: .python ## Asks the page, the API and the model once.
	@$(OPERATE) smoke

##@ Develop

.PHONY: package
package: .python ## Builds the function's zip and the page into build/.
	@$(INSTALL) site
	@$(VENV)/python -m scripts.workspace.package

.PHONY: test
test: ## Runs every suite; installs what they need.
	@$(INSTALL) dev model lint browser tools
	@$(VENV)/python -m pytest

.PHONY: test-unit
test-unit: ## Runs the unit tests, in seconds and offline once installed.
	@$(INSTALL) dev
	@$(VENV)/python -m pytest tests/unit

.PHONY: lint
lint: ## Checks the form of Python, Terraform, shell and the page's code.
	@$(INSTALL) dev lint
	@$(VENV)/ruff check && $(VENV)/ruff format --check
	@$(VENV)/shellcheck --external-sources --source-path=SCRIPTDIR terraform/modules/worker/lease/files/*.sh
	@$(TF) fmt -check -recursive terraform && npm run --silent lint

.PHONY: bench
bench: bench-cost ## The same as bench-cost.

.PHONY: bench-cost
bench-cost: .python ## Measures what a reply costs, on a stack of its own. [TURNS=10 MODEL=local JSON=1 SAVE=1]
	@$(INSTALL) model
	@$(VENV)/python -m scripts.commands.bench $(if $(TURNS),--turns $(TURNS)) $(if $(MODEL),--model $(MODEL)) $(if $(JSON),--json) $(if $(SAVE),--save)

.PHONY: audit
audit: ## Asks the package indexes for known vulnerabilities of all that is pinned.
	@$(INSTALL) tools lint
	@$(PYTHON) -m scripts.commands.audit

.PHONY: lock
lock: ## Pins every Python package with its hashes, anew. [UPGRADE=1]
	@$(INSTALL) tools
	@$(PYTHON) -m scripts.commands.lock $(if $(UPGRADE),--upgrade)

.PHONY: .python
.python:
	@$(INSTALL) python
