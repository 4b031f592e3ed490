# The portal's commands; `make` alone lists them. The plain commands behind: docs/operations.md.

PORT ?= 8000
python := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup run reset upgrade-database test test-deep lint types contracts bench lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

setup: ## Build .venv (packages pinned by hash), nothing outside of it
	@sh tools/bootstrap.sh test

run: ## Start the portal with demo data, its database, queue and a mail catcher (PORT=8000); Ctrl-C stops all
	@sh tools/bootstrap.sh run
	@exec $(python) -m tools.run --port $(PORT)

reset: ## Delete the demo database and mails that `make run` made
	@sh tools/bootstrap.sh run
	@$(python) -m tools.run --reset

upgrade-database: ## Move the data of an older PostgreSQL, which `make run` refuses, to the one it brings
	@sh tools/bootstrap.sh run
	@$(python) -m tools.run --upgrade-database

test: setup ## Lint, types, contracts, unit, property, PostgreSQL, SMTP and browser tests
	@$(python) -m tools.stages

test-deep: setup ## The slow tests: more examples per property, large databases, the system's PostgreSQL
	@PORTAL_HYPOTHESIS=deep $(python) -m pytest -m deep

lint: setup ## Style and formatting
	@$(python) -m tools.stages lint

types: setup ## Static types
	@$(python) -m tools.stages types

contracts: setup ## Who may import whom
	@$(python) -m tools.stages contracts

bench: setup ## Measure the speeds promised in docs/operations.md
	@$(python) -m bench

lock: setup ## Pin the newest packages allowed by requirements/*.in
	@sh tools/lock.sh --upgrade
