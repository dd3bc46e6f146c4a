# Everything a person or CI does. `make demo` and `make test` set up what they need first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
ACTIVATE := source .venv/bin/activate
LOCALIZER ?= features
VIEW ?=
WORKERS ?= 2
ARGS ?=
SECONDS ?= 60
SEED ?= 1
STEPS ?=
KIND ?= cpu

.PHONY: help setup train-setup demo test fuzz check lint docs format bench docker

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: ## make .venv with all that is needed (safe to repeat)
	@tools/setup.sh

train-setup: setup ## add PyTorch and what else `reloc train` needs (for CUDA where there is an NVIDIA GPU)
	@$(ACTIVATE) && python tools/setup_training.py

demo: ## a simulated robot is kidnapped three times and finds itself again (LOCALIZER=features, VIEW=1 shows it in the browser, ARGS=...)
	@tools/setup.sh --demo
	@$(ACTIVATE) && reloc-demo run --localizer "$(LOCALIZER)" $(if $(VIEW),--view) $(ARGS)

test: setup ## all tests (ARGS="tests/core -k name" for some, WORKERS=2 processes)
	@$(ACTIVATE) && python tools/setup_training.py --if-offered
	@# One thread a library: each of the processes has one core.
	@$(ACTIVATE) && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

fuzz: setup ## broken input for every reader (SECONDS=60 in all, SEED=1; TARGET=name, GUIDED=1, REPLAY=file of a find)
	@$(ACTIVATE) && export PYTHONPATH=tests && $(if $(GUIDED), \
	  python -m fuzz.guided "$(TARGET)" --seconds "$(SECONDS)" --seed "$(SEED)" $(ARGS), \
	  python -m fuzz --seconds "$(SECONDS)" --seed "$(SEED)" $(if $(TARGET),--target "$(TARGET)") \
	  $(if $(REPLAY),--replay "$(REPLAY)") $(ARGS))

check: setup ## what is slow: fuzz, the demo, the wheel, the pip line, docs, site; by name also demo-all, beside-ros, tutorial (STEPS="demo wheel")
	@$(ACTIVATE) && python tools/check.py $(STEPS)

lint: setup ## style, types, the layers and the docs
	@$(ACTIVATE) && ruff check . && ruff format --check . && mypy --strict ros2_ws/src/reloc/reloc && lint-imports --no-logo && python tools/check_docs.py

docs: setup ## the docs as a site in out/site, built strictly (ARGS=--serve to read it while writing)
	@$(ACTIVATE) && pip install --quiet --disable-pip-version-check --no-input -c requirements/constraints.txt -r requirements/docs.txt
	@$(ACTIVATE) && python tools/build_site.py $(ARGS)

format: setup ## mend what ruff can mend
	@$(ACTIVATE) && ruff check --fix . && ruff format .

bench: setup ## the numbers in the README
	@$(ACTIVATE) && for file in benchmarks/[a-z]*.py; do echo "== $$file"; python "$$file" $(ARGS); done

docker: ## build an image (KIND=cpu, desktop or jetson)
	docker build -f docker/Dockerfile.$(KIND) -t reloc:$(KIND) .
