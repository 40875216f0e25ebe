# Needs a Rust toolchain and a C compiler. Settings come from the environment or from .env (see .env.example).
.DEFAULT_GOAL := help
.PHONY: help run demo test check contract fuzz fmt lint openapi examples crm keep faults backtest bench

# Through cargo, so that it works wherever the target folder is.
APP := cargo run --release --locked --quiet --
CRM_DATA ?= ../shared/data/crm-sales-opportunities
# Where the refused rows of `make crm` go.
CRM_ERRORS ?= data/crm-errors

help: ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

run: demo ## build, load the demo if the database is empty, serve on 127.0.0.1:8080
	$(APP) serve

demo: ## load the demo into DATABASE_URL if it is empty
	cargo build --release --locked
	$(APP) demo --if-empty

test: check contract ## all that every change must pass

# The document check (openapi/openapi.json = what the program prints) is one of the tests.
check: lint ## formatting, lints, all Rust tests on SQLite and PostgreSQL
	tests/postgres.sh run cargo test --locked

contract: ## the document and the program against linters, generated clients and a browser
	cargo build --locked
	tests/postgres.sh run tests/contract/run.sh

fmt: ## format the code
	cargo fmt

lint: ## formatting and lints, nothing changed
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

# By way of a second file: a build that fails leaves the old document whole.
openapi: ## write openapi/openapi.json from the code
	@mkdir -p openapi
	cargo run --locked --quiet -- openapi > openapi/.new && mv openapi/.new openapi/openapi.json || { rm -f openapi/.new; exit 1; }

fuzz: ## the fuzzer for an hour, with a seed of its own
	cargo build --locked
	FUZZ_OPTIONS="--max-time 3600 --seed $$(date +%s)" tests/postgres.sh run tests/contract/run.sh fuzz

# Needs strace, the programs of a PostgreSQL server, and root for a small file system that fills up.
faults: keep ## the program killed and cut off, its disk failing or full, PostgreSQL restarted and stopped, two instances, slow and idle crowds, 30 rounds; backups
	FAULT_ROUNDS=30 tests/postgres.sh run cargo test --locked --test api -- faults --include-ignored --test-threads 1

# The answers of the document's examples are recorded by the test that compares them; the requests are written by hand.
examples: ## record the answers in openapi/examples.json anew, and write the document
	EXAMPLES=write cargo test --locked --quiet --test api -- conventions::examples
	$(MAKE) openapi

# In this order: orders name products, reps and customers. Refused rows do not stop it; they are in CRM_ERRORS.
crm: ## load the CRM sales opportunities from CRM_DATA into DATABASE_URL
	@test -f '$(CRM_DATA)/sales_pipeline.csv' || { echo '!! No CRM data in $(CRM_DATA): set CRM_DATA to the folder with sales_pipeline.csv' >&2; exit 1; }
	@mkdir -p '$(CRM_ERRORS)'
	cargo build --release --locked
	$(APP) migrate
	$(APP) import products '$(CRM_DATA)/products.csv' --mapping tests/crm/products.json --errors '$(CRM_ERRORS)/products.csv'
	$(APP) import users '$(CRM_DATA)/sales_teams.csv' --mapping tests/crm/users.json --errors '$(CRM_ERRORS)/users.csv'
	$(APP) import customers '$(CRM_DATA)/accounts.csv' --mapping tests/crm/customers.json --errors '$(CRM_ERRORS)/customers.csv'
	$(APP) import orders '$(CRM_DATA)/sales_pipeline.csv' --mapping tests/crm/orders.json --errors '$(CRM_ERRORS)/orders.csv'

keep: ## what README says of backups of PostgreSQL, tried on a cluster of its own
	cargo build --locked
	tests/keep/postgres.sh

# Without optimisation: it takes seconds either way, and nothing else has to be built.
backtest: ## the methods of the forecast on the CRM data: trained to September 2017, held against the last quarter
	CRM_DATA='$(abspath $(CRM_DATA))' cargo bench --profile dev --locked --quiet --bench backtest

bench: ## what requests cost beside their floors, time to read one order of 100,000, to start, to hold orders against a large standard, and to count a million
	cargo bench --locked --bench service
	cargo bench --locked --bench read
	cargo bench --locked --bench standards
	cargo bench --locked --bench analytics
