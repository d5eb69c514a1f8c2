# The whole list of commands. `make` prints it.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install packages grafana pictures kafka demo test check format generate lock bench bench-detection bench-kafka bench-live torture store-kills fuzz-door golden clean

help: ## print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## prepare .venv with everything, from the lock file

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Leakstream needs Python 3.11 or newer (set PYTHON=)")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

packages: ## install what is missing of Java, Maven, curl (a broker, clients), Node and Chromium (flame graphs); Debian, as root
	@missing=; for pair in javac:default-jdk-headless mvn:maven curl:curl node:nodejs npm:npm chromium:chromium; do \
		command -v $${pair%%:*} >/dev/null || missing="$$missing $${pair#*:}"; done; \
	if [ -z "$$missing" ]; then echo "javac, mvn, curl, node, npm and chromium are there"; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "install these first (names of Debian):$$missing" >&2; exit 1; fi

grafana: .grafana/.installed ## bring what Grafana has on npm into .grafana (600 MB): its flame graph, its types

.grafana/.installed: tests/infra/grafana/node/package.json tests/infra/grafana/node/package-lock.json
	@mkdir -p .grafana && cp $^ .grafana/
	cd .grafana && npm ci --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

pictures: install grafana ## draw the pictures of the docs anew
	$(BIN)/python -m tests.infra.grafana.make_pictures

kafka: install ## run one Apache Kafka broker on 127.0.0.1:9092 until Ctrl-C (PORT= for another port)
	@$(BIN)/python -m examples.broker $(if $(PORT),--port $(PORT))

demo: install ## watch Leakstream find two leaks in real Go programs (KEEP=1 leaves it running, LOG=kafka on a real broker)
	$(BIN)/python -m examples.demo $(if $(LOG),--log $(LOG)) $(if $(KEEP),--keep)

test: install ## run every test
	$(BIN)/python -m pytest -q --numprocesses 2 --dist loadfile

check: install ## lint, format, types, spelling, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python -m docs.generate --check

format: install ## format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: install ## make the generated files anew (wire code, reference docs)
	$(BIN)/python -m docs.generate

golden: install ## build tests/golden/matrix with Go 1.21 to 1.27 and refresh the committed cases (a quarter of an hour)
	$(BIN)/python -m tests.golden.make_golden

lock: install ## resolve the dependencies anew into requirements.lock
	$(PYTHON) -m venv .venv/uv && .venv/uv/bin/pip install --quiet uv
	.venv/uv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --group dev pyproject.toml -o requirements.lock --quiet

bench: install ## measure profiles per second live and replayed, the store, dashboards, the spool and text profiles (writes benchmarks/RESULTS.md)
	$(BIN)/python -m benchmarks.bench_pipeline
	$(BIN)/python -m benchmarks.bench_replay
	$(BIN)/python -m benchmarks.bench_spool
	$(BIN)/python -m benchmarks.bench_text
	$(BIN)/python -m benchmarks.bench_store
	$(BIN)/python -m benchmarks.bench_dashboards

bench-detection: install ## the exam of simulated fleets beside the baselines, what each kind of evidence buys, what growth costs (two hours)
	$(BIN)/python -m benchmarks.bench_growth
	$(BIN)/python -m benchmarks.detection.table
	$(BIN)/python -m benchmarks.detection.ablation
	$(BIN)/python -m benchmarks.detection.frontier

bench-kafka: install ## measure the way through Kafka beside the raw client, dying brokers and processors, an outage (half an hour)
	$(BIN)/python -m benchmarks.bench_kafka
	$(BIN)/python -m benchmarks.bench_failover
	$(BIN)/python -m benchmarks.bench_takeover
	$(BIN)/python -m benchmarks.bench_outage

bench-live: install ## record leaks in running Go programs, half an hour with each of two Go versions, and say what is found
	rm -rf .golden/recordings
	$(BIN)/python -m benchmarks.detection.live.record --go 1.27 --parallel 140 --out .golden/recordings
	$(BIN)/python -m benchmarks.detection.live.record --go 1.23 --parallel 140 --out .golden/recordings
	$(BIN)/python -m benchmarks.detection.live.table .golden/recordings/1.27.3 .golden/recordings/1.23.9

torture: install ## random faults on every role as a process; nothing may be lost or counted twice (ROUNDS=20, SEED=1)
	$(BIN)/python -m tests.conservation.torture --rounds $(or $(ROUNDS),20) --seed $(or $(SEED),1)

store-kills: install ## kill the writer of a store in migrations and inserts, then look at every view (ROUNDS=50, SEED=1)
	$(BIN)/python -m tests.conservation.store_kills --rounds $(or $(ROUNDS),50) --seed $(or $(SEED),1)

fuzz-door: install ## ask the embedded store's HTTP door what the engine's own words can be put together to (MINUTES=10)
	$(BIN)/python -m tests.fuzz.door --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

clean: ## remove what was built; .venv stays
	rm -rf dist build .demo .golden .kafka .grafana .mypy_cache .ruff_cache .pytest_cache .hypothesis
