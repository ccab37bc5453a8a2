# A face for those who type make; what happens is in package.json and scripts/.

# Where an installation goes, the root that it is staged in, and whether it brings its own Node: WITH_NODE=1.
PREFIX = /usr/local
DESTDIR =
WITH_NODE =
export PREFIX DESTDIR WITH_NODE

.PHONY: help build test install uninstall runtime-bundle deb
.DEFAULT_GOAL := help

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24
	@echo
	@echo '  PREFIX=$(PREFIX), DESTDIR= and WITH_NODE=1 are for install and uninstall: docs/install.md'

build: node_modules ## Build the daemons, the CLI, its manual and its completions: dist/
	npm run --silent build

test: ## Run everything that decides: lint, types, unit tests, suites with real guests
	npm test

install: node_modules ## Install below PREFIX, in DESTDIR
	npm run --silent install-tree -- install

uninstall: node_modules ## Remove what was installed there, and nothing else
	npm run --silent install-tree -- uninstall

runtime-bundle: node_modules ## Fill ./runtime from the runtime bundle that runtime-bundle.toml names
	npm run --silent runtime-bundle

deb: node_modules ## Build a Debian package: .cache/deb/
	npm run --silent deb

node_modules:
	npm ci
