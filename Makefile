# 安康 Ankang. `make run` serves a sample town, `make test` runs everything that CI runs.
# 每个命令都可以重复执行。Every command may be run again without harm.

export PORT ?= 8000
export DATA ?= $(CURDIR)/data
override DATA := $(abspath $(DATA))

PYTHON := .venv/bin/python
# Where this is set, every process would compile all of Django anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup dependencies dev-dependencies assets migrate run test test-tools lint guide bench clean

help:
	@echo "make run    启动（PORT=8000 DATA=data），第一次会建示例镇   serve; the first start makes a sample town"
	@echo "make setup  装好运行所需的一切                             install what running needs"
	@echo "make test   检查并跑全部测试                               lint and the whole suite"
	@echo "make lint   只检查，不跑测试                               checks only"
	@echo "make guide  重拍用户手册的截图                             retake the pictures of the guide"
	@echo "make bench  测速                                           measure speed (bench/README.md)"
	@echo "make clean  删掉装出来和建出来的东西，不动数据             remove what was built, never the data"

setup: dependencies assets migrate

dependencies:
	@tools/sync_python.sh run

dev-dependencies:
	@tools/sync_python.sh dev

assets: dependencies
	@tools/build_assets.sh

migrate: dependencies
	@echo "● 数据库升到最新  migrating the database in $(DATA)"
	@$(PYTHON) manage.py migrate --verbosity 0

run: dependencies assets
	@exec $(PYTHON) tools/serve.py

test-tools: dev-dependencies assets
	@tools/install_test_tools.sh

test: test-tools
	@tools/test.sh

lint: dev-dependencies
	@tools/lint.sh

guide: test-tools
	@ANKANG_SHOOT=1 $(PYTHON) -m pytest -n0 tests/browser

bench: dependencies
	@tools/bench.sh

clean:
	rm -rf .venv node_modules build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
