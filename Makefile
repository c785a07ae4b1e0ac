# Each target does its own set-up: nothing needs to be installed but Python 3.12+ and git.
.DEFAULT_GOAL := help
.PHONY: help demo test lint type format bench bench-image bench-noise bench-history bench-eval bench-fixes bench-claims bench-platforms bench-hostile bench-files bench-recall bench-guidelines bench-risk bench-shards bench-pushes measure-code sarif-validate pictures soak schema tables requirements clean

BIN := .venv/bin
PINS := requirements/build.txt requirements/runtime.txt
SOURCES := codeflow_action tests benchmarks scripts/measure_code.py scripts/mutate.py scripts/write_tables.py scripts/agent_pages.py scripts/write_popular_names.py scripts/write_secret_patterns.py scripts/draw_pictures.py scripts/layer_sizes.py scripts/absolute_links.py
export PYTHON
# Without compiled files each process begins by compiling what it imports.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(BIN)/python:
	@python="$$(scripts/find-python)" && echo "making .venv with $$python" && "$$python" -m venv .venv

.venv/.runtime: $(BIN)/python $(PINS) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: .venv/.runtime ## run the main job on a made-up pull request: no key, no network, no Docker
	$(BIN)/codeflow demo

test: .venv/.dev ## run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

# The action's entry point lies in the image, not in the repository; examples name `@v1`, and are not beside
# the workflows that they follow.
lint: .venv/.dev ## check style, layers, workflows, Dockerfile and schemas
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/zizmor --offline --quiet --no-progress --strict-collection action.yml .github
	$(BIN)/zizmor --offline --quiet --no-progress --config examples/zizmor.yml examples/workflows/*.yml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jactionlint --ignore=invalid-local-action .github/workflows/*.yml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jactionlint --ignore=unpinned-uses --ignore=workflow-run-names examples/workflows/*.yml
	$(BIN)/shellcheck .ci/run scripts/find-python scripts/export-requirements scripts/pin-image scripts/release scripts/try-installed scripts/build-wheel scripts/try-wheel
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/workflows/*.yml
	$(BIN)/check-jsonschema --check-metaschema codeflow.schema.json codeflow-dismissed.schema.json

type: .venv/.dev ## check types
	$(BIN)/mypy

format: .venv/.dev ## format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: .venv/.dev ## print the figures beside their targets
	$(BIN)/python -m benchmarks.run

bench-image: .venv/.dev ## measure the run without a key in an image: IMAGE=NAME, DOCKER=podman for another engine
	$(BIN)/python -m benchmarks.key_free "$(IMAGE)"

bench-noise: .venv/.dev ## count what the gates say on merged pull requests: REPOS=DIR holds clones
	$(BIN)/python -m benchmarks.noise "$(REPOS)" $(NOISE)

bench-history: .venv/.dev ## review pull requests of public repositories: REPOS=DIR holds their clones
	$(BIN)/python -m benchmarks.history "$(REPOS)"

bench-eval: .venv/.dev ## measure the reviewer on known findings: REPOS=DIR holds clones, also of alibaba/aacr-bench
	@mkdir -p .codeflow
	$(BIN)/python -m benchmarks.convert_aacr "$(REPOS)" $(AACR) >.codeflow/aacr.jsonl
	$(BIN)/codeflow eval .codeflow/aacr.jsonl --repos "$(REPOS)" $(EVAL)

bench-fixes: .venv/.dev ## hold what backtest finds against fixes that were read: REPOS=DIR holds clones
	$(BIN)/python -m benchmarks.later_fixes "$(REPOS)"

bench-claims: .venv/.dev ## plant true and false claims and count those that are called proven
	$(BIN)/python -m benchmarks.claims

bench-platforms: .venv/.dev ## measure platform_detector on labelled repositories: REPOS=DIR holds their clones
	$(BIN)/python -m benchmarks.platforms "$(REPOS)" $(PLATFORMS)

bench-hostile: .venv/.dev ## measure whole runs on files that were made to stop them
	$(BIN)/python -m benchmarks.hostile

bench-files: .venv/.dev ## count which files of whole repositories are called broken: REPOS=DIR holds their clones
	$(BIN)/python -m benchmarks.whole_trees "$(REPOS)" $(FILES)

bench-recall: .venv/.dev ## count the seeds that the gates see: RECALL="--show ROW" for some rows
	$(BIN)/python -m benchmarks.recall $(RECALL)

bench-guidelines: .venv/.dev ## measure which statements of guidelines are rules: REPOS=DIR holds clones
	$(BIN)/python -m benchmarks.guideline_rules "$(REPOS)"

bench-risk: .venv/.dev ## hold the risk lane against later fixes: REPOS=DIR holds clones with their history
	$(BIN)/python -m benchmarks.risk "$(REPOS)" $(RISK)

bench-shards: .venv/.dev ## what a change of 3,000 files takes in 1, 4, 16 and 64 shards: FILES=300 for a smaller one
	$(BIN)/python -m benchmarks.shards $(FILES)

bench-pushes: .venv/.dev ## what the second push of real pull requests takes: REPOS=DIR holds their clones
	$(BIN)/python -m benchmarks.second_pushes "$(REPOS)" $(COUNT)

measure-code: .venv/.dev ## measure names, sizes and comments of the package beside their limits
	$(BIN)/python -m scripts.measure_code

pictures: .venv/.dev ## draw what is posted (needs Chromium, ImageMagick, npm and a font with emoji): PICTURES="ten none" for some
	@command -v npm > /dev/null || { echo "npm is not there: install Node.js"; exit 1; }
	$(BIN)/python -m tests.integrations.github.write.render.samples
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT \
	&& npm pack --silent --pack-destination "$$folder" github-markdown-css@5.9.0 > /dev/null \
	&& tar -xzf "$$folder"/*.tgz -C "$$folder" \
	&& $(BIN)/python -m scripts.draw_pictures "$$folder/package" $(PICTURES)

# The inner quotes are for the package's own shell, which would end a command at the semicolon.
sarif-validate: .venv/.dev ## check our SARIF with Microsoft's validator and GitHub's rules (needs Node.js)
	@command -v npx > /dev/null || { echo "npx is not there: install Node.js"; exit 1; }
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT \
	&& $(BIN)/python -m tests.integrations.sarif_samples "$$folder" \
	&& npx --yes @microsoft/sarif-multitool@5.7.0 validate "$$folder/*.sarif" --rule-kind "'Sarif;Ghas'" \
	     --level "'Error;Warning'" --output "$$folder/out.json" --log ForceOverwrite | tee "$$folder/log" \
	&& grep -q '^Analysis completed successfully' "$$folder/log" && ! grep -aE ': (error|warning) (SARIF|GH)' "$$folder/log" > /dev/null

soak: .venv/.dev ## long campaigns, not part of make test, and all properties on many new examples
	$(BIN)/python -m pytest -m "soak or hypothesis" --hypothesis-profile soak
	$(BIN)/python -m scripts.mutate

schema: .venv/.runtime ## write the schemas anew
	$(BIN)/codeflow schema config >codeflow.schema.json
	$(BIN)/codeflow schema dismissed >codeflow-dismissed.schema.json

tables: .venv/.runtime ## write the generated tables of README and docs anew
	$(BIN)/python -m scripts.write_tables

requirements: ## write requirements/*.txt anew from poetry.lock (needs poetry and poetry-plugin-export)
	scripts/export-requirements

clean: ## remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache codeflow-demo
