# make demo and make test need Python 3.11 or newer with pip or ensurepip, and make; they install the rest in .venv.
# Another Python: make demo PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
export VENV PYTHON

# Many small matrices: the threads of a BLAS only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1

RUNTIME := $(VENV)/.runtime-ready
DEV := $(VENV)/.dev-ready
PEERS_VENV ?= .venv-peers
PEERS := $(PEERS_VENV)/.ready

OUT ?= demo
SEED ?= 1
WORKERS ?= 2

$(RUNTIME): requirements.lock pyproject.toml tools/set-up
	@tools/set-up requirements.lock
	@touch $@

# After the runtime stamp, so that `make demo` after `make test` installs nothing again.
$(DEV): requirements-dev.lock requirements.lock pyproject.toml tools/set-up
	@tools/set-up requirements-dev.lock
	@touch $(RUNTIME) $@

# What the benchmarks compare with wants other versions than the product; so it has an environment of its own.
$(PEERS): requirements-peers.lock pyproject.toml tools/set-up
	@VENV=$(PEERS_VENV) tools/set-up requirements-peers.lock
	@touch $@

#> The product and its checks

.PHONY: help
help:  ## This list
	@awk -F ':.*## ' '/^#> /{printf "\n%s\n", substr($$0, 4)} /^[a-z-]+:.*## /{printf "  make %-22s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: $(RUNTIME)  ## A simulated company, two years replayed; its mails and digest in demo/
	@$(BIN)/leftturn demo --out $(OUT) --seed $(SEED)

.PHONY: test
test: $(DEV)  ## Every test
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile -rs

.PHONY: check
check: $(DEV)  ## Style, types, imports, dependencies, locks, Docker files
	@echo "ruff: style" && $(BIN)/ruff check --quiet .
	@echo "ruff: layout" && $(BIN)/ruff format --quiet --check .
	@echo "mypy: types" && $(BIN)/mypy --no-error-summary
	@MYPYPATH=benchmarks/proof:tests/support:benchmarks $(BIN)/mypy --no-error-summary --follow-imports=silent benchmarks/proof/*.py
	@echo "import-linter: rooms" && $(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@echo "deptry: dependencies" && $(BIN)/deptry . > $(VENV)/deptry.log 2>&1 || { cat $(VENV)/deptry.log; exit 1; }
	@echo "check-jsonschema: docker-compose.yml" && $(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@echo "hadolint: Dockerfile" && $(BIN)/hadolint Dockerfile
	@echo "locks: hashes, and no address" && ! grep -nE '://|^--(index|extra-index|find-links)' requirements.lock requirements-dev.lock requirements-peers.lock
	@echo "mail: no smtplib" && ! grep -rnE '^[[:space:]]*(import|from) smtplib' --include='*.py' alerts config detectors monitor tests benchmarks
	@echo "pip-audit: known holes" && tools/audit
	@echo "everything checked"

.PHONY: golden
golden: $(DEV)  ## The sample mails' texts that the tests hold, anew; look at the difference
	@LEFTTURN_GOLDEN=write $(BIN)/pytest -q tests/alerts/test_alerts_golden.py
	@git diff --stat -- tests/alerts/golden

#> Proofs: whether it keeps what it promises

.PHONY: prove-demo
prove-demo: $(DEV)  ## Whether the product finds what the demo plants, and nothing else, over several seeds
	@$(BIN)/python benchmarks/prove_demo.py

SEEDS ?= 0-7
SIZES ?= 0.12
VOLUMES ?= 60

.PHONY: prove-verdict
prove-verdict: $(DEV)  ## Whether the verdict is right: scenarios of known truth; SEEDS=0-49 SIZES=.. VOLUMES=.. ELSEWHERE=0-7
	@$(BIN)/python -m benchmarks.prove_verdict --seeds $(SEEDS) --sizes $(SIZES) --volumes $(VOLUMES) \
	  $(if $(ELSEWHERE),--elsewhere $(ELSEWHERE)) --write

.PHONY: prove-hostile
prove-hostile: $(DEV)  ## 300 hostile texts in every text of every kind of mail
	@LEFTTURN_HOSTILE=all $(BIN)/pytest -q -n $(WORKERS) tests/alerts/test_alerts_hostile.py

.PHONY: prove-mta
prove-mta: $(DEV)  ## Every sample mail through a real Postfix into a mailbox, and read back (needs root: it installs Postfix)
	@BIN=$(BIN) tools/prove-mta

.PHONY: proof
proof: $(DEV)  ## Nothing lost, nothing doubled: each experiment's figures; writes docs/proof.md (ONLY=E1,E4: these; SIZE=tenth: less)
	@$(BIN)/python benchmarks/proof/prove.py $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

SOAK_SECONDS ?= 28800

.PHONY: soak
soak: $(DEV)  ## Eight hours of a daemon's life with faults: does it grow? SOAK_SECONDS=..
	@LEFTTURN_SOAK_SECONDS=$(SOAK_SECONDS) $(BIN)/python benchmarks/proof/prove.py --only E14

.PHONY: fuzz
fuzz: $(DEV)  ## Mutated CSV, Parquet, configuration files and CRM replies by the thousand: no error, no row lost
	@$(BIN)/python benchmarks/fuzz.py

#> Measurements: how well, and what it costs

.PHONY: bench-detection
bench-detection: $(DEV) $(PEERS)  ## The detector against an oracle and its promise, a quarter of an hour; writes docs/detection-figures.md
	@$(BIN)/python -m benchmarks.detection --workers $(WORKERS) --peers $(PEERS_VENV)/bin/python

.PHONY: bench-detection-short
bench-detection-short: $(DEV)  ## The same with a handful of series: does it run?
	@$(BIN)/python -m benchmarks.detection --short

NULL_SEEDS ?= 0-49

.PHONY: bench-nulls
bench-nulls: $(DEV)  ## False alarms where nothing happens, beside a naive chart, an hour; writes docs/null-figures.md
	@$(BIN)/python -m benchmarks.nulls --seeds $(NULL_SEEDS) --workers $(WORKERS) --write

.PHONY: bench-peers
bench-peers: $(PEERS)  ## The detector beside other methods on the same series; writes docs/detection-peers.md
	@$(PEERS_VENV)/bin/python -m benchmarks.peers --workers $(WORKERS)

.PHONY: bench-segmentation
bench-segmentation: $(PEERS)  ## The cut of finished series against other methods; writes docs/segmentation-figures.md
	@$(PEERS_VENV)/bin/python -m benchmarks.segmentation

.PHONY: bench-company
bench-company: $(DEV)  ## What is learned of a company's series together, and what it costs, some minutes
	@$(BIN)/python benchmarks/company.py

.PHONY: bench-tiers
bench-tiers: $(DEV)  ## How a move between tiers of the profile is best watched at one budget, a minute
	@$(BIN)/python benchmarks/tiers.py --mixes 40

.PHONY: bench-seasons
bench-seasons: $(DEV)  ## What allowing for a year before it was seen saves and costs, two minutes
	@$(BIN)/python benchmarks/seasons.py

.PHONY: bench-pooled
bench-pooled: $(DEV)  ## What alarms of series that agree would find and cost, some minutes
	@$(BIN)/python benchmarks/pooled.py

IDEAS ?=

.PHONY: bench-ideas
bench-ideas: $(DEV)  ## Ideas for the detector against the detector as it is (IDEAS="days sums": those alone), half an hour
	@$(BIN)/python -m benchmarks.ideas $(IDEAS)

PARTS ?=

.PHONY: bench-lifetimes
bench-lifetimes: $(DEV)  ## Restated weeks, new baselines, thinned starts (PARTS="revision": that alone), ten minutes
	@$(BIN)/python -m benchmarks.lifetimes $(PARTS)

.PHONY: bench-verdict
bench-verdict: RUNS ?= 600
bench-verdict: $(DEV)  ## Whether shares' intervals hold what they claim, and what a verdict costs; RUNS=600
	@$(BIN)/python -m benchmarks.verdict_coverage --runs $(RUNS) --write

.PHONY: bench-ingest
bench-ingest: $(DEV)  ## What reading a million deals costs, against polars and a raw write
	@$(BIN)/python benchmarks/ingest.py

.PHONY: bench-mail
bench-mail: $(DEV)  ## How long the mails take to render, and how large they are
	@$(BIN)/python -m benchmarks.mail

#> Pictures

.PHONY: pictures
pictures: $(DEV)  ## The pictures of the README and of docs/gallery.md, from the sample mails (needs chromium)
	@$(BIN)/python tools/pictures.py

.PHONY: console-pictures
console-pictures: $(DEV)  ## The pictures of docs/console.md anew, from the demo's database (needs chromium)
	@BIN=$(BIN) OUT=$(OUT) tools/console-pictures

#> Upkeep

UV_COMPILE = uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.PHONY: lock
lock:  ## The locks anew, from pyproject.toml (needs uv)
	@command -v uv > /dev/null || { echo "LeftTurn: make lock needs uv on the PATH" >&2; exit 1; }
	@echo "LeftTurn: resolving requirements.lock" && $(UV_COMPILE) $(UPGRADE) --extra build --extra salesforce --extra duckdb -o requirements.lock
	@echo "LeftTurn: resolving requirements-dev.lock" && $(UV_COMPILE) $(UPGRADE) --extra build --extra salesforce --extra duckdb --extra dev -c requirements.lock -o requirements-dev.lock
	@echo "LeftTurn: resolving requirements-peers.lock" && $(UV_COMPILE) $(UPGRADE) --extra build --extra peers -o requirements-peers.lock

.PHONY: clean
clean:  ## Remove the environment, the demo and what the tools keep
	rm -rf $(VENV) $(PEERS_VENV) demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
