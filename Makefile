# 年度目标责任考核工作簿。只需要 make 和 python3（3.11 或更新版本），其余由第一次运行自动安装到 .venv。

PYTHON ?= python3
CASE   ?= data/raw/qinghai-2019
# Tests of one file stay together, so that what they share is made once.
PYTEST_ARGS ?= -n auto --maxprocesses 4 --dist loadfile

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LOCKED := $(VENV)/.locked
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help report test bench lab lint format lock clean

# LOCKED holds the path that the environment was made for. In a folder that was moved or copied, or whose
# Python is gone, the environment points elsewhere: make it anew.
ifneq ($(shell $(BIN)/python -c "" 2>/dev/null && cat $(LOCKED) 2>/dev/null),$(CURDIR))
.PHONY: $(LOCKED)
endif

help:
	@echo 'make report   考核 $(CASE)，结果写入 data/processed/，报告写入 reports/（另选：make report CASE=文件夹）'
	@echo 'make test     运行全部测试'
	@echo 'make bench    测速，结果写入 docs/测速结果.md（约一小时；会另装要比的软件；试一试：make bench BENCH=--quick）'
	@echo 'make lab      在 JupyterLab 中打开 notebooks/'
	@echo 'make lint     检查代码风格'
	@echo 'make format   整理代码风格'
	@echo 'make lock     改动 pyproject.toml 的依赖后，重新锁定版本（需要 uv）'
	@echo 'make clean    删除 .venv、缓存和 make report 的产出'

report: $(READY)
	@$(BIN)/kaohe run $(CASE)

test: $(READY)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

# Peers are installed beside the locked versions, which they may not change.
bench: $(READY)
	@$(PIP) install --constraint requirements.lock --editable '.[bench,scale]' || \
		echo '要比的软件没有装齐，只和已有的比' >&2
	@$(BIN)/python benchmarks/run.py $(BENCH)

lab: $(READY)
	@$(BIN)/python -m jupyterlab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks

lint: $(READY)
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

format: $(READY)
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

lock:
	@command -v uv >/dev/null || { echo '锁定版本需要 uv：pip install uv' >&2; exit 1; }
	uv pip compile pyproject.toml --extra scale --extra test --universal --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis
	rm -rf data/processed/$(notdir $(CASE)) reports/$(notdir $(CASE))
	find . -name __pycache__ -prune -exec rm -rf {} +

$(LOCKED): requirements.lock
	@command -v $(PYTHON) >/dev/null || { \
		echo '找不到 $(PYTHON)。请安装 Python 3.11 或更新版本；若名称不同：make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "需要 Python 3.11 或更新版本，而 $(PYTHON) 是 $$($(PYTHON) --version 2>&1)。若另装有新版本：make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo '这个 Python 缺少 venv 组件。Debian、Ubuntu 上请先运行：sudo apt-get install python3-venv' >&2; exit 1; }
	@echo '正在准备运行环境 .venv（只在第一次和版本变动时进行，约一分钟，需要网络）……'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --requirement requirements.lock || { \
		echo '安装未完成：请检查网络；可用环境变量 PIP_INDEX_URL 指定镜像，然后再运行一次。' >&2; exit 1; }
	@printf '%s\n' '$(CURDIR)' > $@

$(READY): $(LOCKED) pyproject.toml
	@$(PIP) install --no-deps --editable .
	@touch $@
