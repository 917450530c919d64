# Two commands matter: `make run` starts Exedra, `make test` proves it. Each does all of its own set-up.

CARGO_PROFILE ?= release
BIN := target/release/exedra
WEB := sdk/dist/.built console/dist/.built

.DEFAULT_GOAL := help
.PHONY: lab help run build web test check setup setup-test bench bench-peers bench-forward fuzz deny clean lab-matrix

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

run: build ## Builds everything and starts a development server
	$(BIN) dev

build: setup web ## Leaves the binary, with SDK and console inside, at target/release/exedra
	cargo build --release --locked --package exedra-server

web: $(WEB)

test: ## Proves everything: units, simulations, the real server, real browsers, vendor packages
	scripts/test.sh

check: ## The quick half of `make test`: format, lints, generated files, licences
	scripts/check.sh

bench-forward: setup ## Nanoseconds and allocations per forwarded packet; the last line is JSON
	cargo run --release --quiet --package exedra-bench --bin forward

bench: build ## End-to-end load run on this machine; rewrites bench/scoreboard.md
	scripts/bench.sh

bench-peers: build ## The same traffic through Exedra, Janus, LiveKit, mediasoup and Pion in one run; rewrites bench/peers.md. Root and Go
	scripts/bench-peers.sh

fuzz: setup ## Runs every fuzz target for FUZZ_SECONDS (default 30) each; needs cargo-fuzz and a nightly toolchain
	scripts/fuzz.sh

deny: ## Licences and advisories of every dependency (installs cargo-deny)
	cargo install --locked --quiet cargo-deny
	cargo deny check licenses bans sources

setup:
	@scripts/setup.sh build

setup-test:
	@scripts/setup.sh test

# A web bundle is rebuilt when any of its sources is newer than its stamp.
sdk/node_modules/.installed: sdk/package-lock.json | setup
	cd sdk && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.installed

console/node_modules/.installed: console/package-lock.json | setup
	cd console && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.installed

sdk/dist/.built: sdk/node_modules/.installed $(shell find sdk/src sdk/package.json sdk/*.ts sdk/*.mjs -type f 2>/dev/null)
	cd sdk && npm run --silent build && touch dist/.built

console/dist/.built: console/node_modules/.installed sdk/dist/.built $(shell find console/src console/public console/index.html console/package.json console/*.ts -type f 2>/dev/null)
	cd console && npm run --silent build && touch dist/.built

clean: ## Removes everything that was built
	cargo clean
	rm -rf sdk/dist console/dist sdk/node_modules console/node_modules conformance/node_modules conformance/.venv*

lab-matrix: setup-test web ## Provokes every cause in the network lab; rewrites lab/CONFUSION.md (root; some 15 minutes)
	cargo build --locked --package exedra-server --package exedra-sim --bin exedra --bin exedra-relay
	cd conformance && npm ci --no-audit --no-fund --loglevel=error
	EXEDRA_BIN=$(CURDIR)/target/debug/exedra lab/matrix.mjs --repeats 3 --out lab/CONFUSION.md

lab: ## The network lab: make lab, then lab/lab.sh condition NAME (see lab/lab.sh)
	cargo build --release --package exedra-sim --bin exedra-relay
	lab/lab.sh up
	@lab/lab.sh conditions
