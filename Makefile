# What is done with this project: `make` lists it. Each target is `python -m scripts TARGET`, and its
# code scripts/commands/TARGET.py.
#
# A variable (make invite NAME='Ana María') reaches the program by its environment, as it was typed;
# only `$` is Make's own, and is typed `$$`. An empty variable counts as not given.

.DEFAULT_GOAL := help

PYTHON ?= python3
TARGETS := $(shell sed -n 's/^\([a-z-]*\):.* \#\# .*/\1/p' $(firstword $(MAKEFILE_LIST)))

.PHONY: $(TARGETS)
$(filter-out help,$(TARGETS)):
	@$(PYTHON) -m scripts $@

##@ Start here

help: ## Lists the targets. A value may be quoted (NAME='Ana María'); a $ in it is typed $$.
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Runs the whole stack on this machine and prints a link to chat. [PORT MODEL_PORT MODEL=file.gguf MODEL_URL=http://…]
down: ## Ends the local stack and removes all it kept.

##@ Make and remove a stack (ENV=aws or ENV=local, STACK=name)

doctor: ## Says what of this machine and account would make a deploy fail; changes nothing. [STACK=name NOMODEL=1]
plan: ## Says what a deploy would make, change and remove, and changes nothing.
deploy: ## Makes the stack or brings it up to date; ends with its page and your link. [YES=1 SMOKE=chat DOCTOR=no]
destroy: ## Removes the stack with all it holds, and looks whether anything is left. [YES=1]
verify-gone: ## Looks for anything of the stack that still exists.
state-bucket: ## Moves Terraform's state into a bucket of the account, which several machines can share.
state-local: ## Moves Terraform's state back to this machine. [YES=1: removes the empty bucket too]

##@ Operate a stack (ENV=aws or ENV=local, STACK=name)

invite: ## Lets a person in and prints their link. NAME=ana [DAYS=30 DAILY=50]
guests: ## Lists who may come in.
revoke: ## Takes an invite back. NAME=ana
llm-on: ## Switches the model on. [HOURS=2 BACKEND=bedrock|worker; of a worker: INSTANCE=c8g.xlarge SPOT=1]
llm-off: ## Switches the model off, and ends a worker.
llm-allow: ## Gives the model back after the budget's kill switch has fired. [REARM=1]
status: ## Says what is going on: switch, spend, alarms, and the numbers of the last 24 hours.
logs: ## Shows what was logged, and why what failed. [SINCE=1h CODE=model_busy]
trace: ## Draws where the time of one reply went. ID=… (of a reply or a request)
cost: ## Shows what was spent, the limits and the forecast. [AWS=1: the account's bill too; CHECK=1]
export: ## Writes every conversation as JSON lines and Markdown. [TO=folder; TO=-: JSON lines on stdout]
import: ## Brings an export into this stack; what is there already stays. FROM=folder
outputs: ## Prints the stack's outputs as one JSON object.
smoke: ## Asks the page, the API and the model once.

##@ Develop

package: ## Builds the function's zip and the page into build/.
test: ## Runs every suite but the drills; installs what they need. [K='expression' SEED=1 WORKERS=4 COVERAGE=1]
test-unit: ## Runs the unit tests, in seconds and offline once installed. [K='expression' SEED=1]
drills: ## Runs the tests that take long: deploys under faults, leases, alarms. [K='expression' SEED=1]
test-up: ## Keeps a stack, on which the tests of one start at once.
test-down: ## Ends the stack that test-up keeps.
lint: ## Checks the form and types of Python, Terraform, shell and the page's code.
bench: ## The same as bench-cost.
bench-cost: ## Measures what a reply costs, on a stack of its own. [TURNS=10 MODEL=local JSON=1 SAVE=1]
docs: ## Writes today's figures into the documents. [CHECK=1: only says which are out of date]
audit: ## Asks the package indexes for known vulnerabilities of all that is pinned.
lock: ## Pins every Python package with its hashes, anew. [UPGRADE=1]
