"""What several test files share: places outside the repository that may be missing, and how properties are tried."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

# Same input, same outcome: the examples of a property are the same in every run, and none fails for being slow.
settings.register_profile("kaohe", derandomize=True, deadline=None, database=None)
settings.load_profile("kaohe")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of examples and checks that stands beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("缺少 ../shared，本测试跳过")
    return folder


@pytest.fixture(scope="session")
def bundled_case() -> Path:
    """Give the folder of the case that comes with the project."""
    return ROOT / "data" / "raw" / "qinghai-2019"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of the system's Chromium (or of the browser that KAOHE_CHROMIUM names)."""
    found = os.environ.get("KAOHE_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("缺少 Chromium 浏览器，本测试跳过；可用环境变量 KAOHE_CHROMIUM 指明路径")
    return found
