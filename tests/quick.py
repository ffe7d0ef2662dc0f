"""What makes many small cases quick to try, and changes nothing else."""

from __future__ import annotations

from functools import cache

import pytest

import kaohe_tools.case
from kaohe_tools.scheme import load_scheme


@pytest.fixture(autouse=True, scope="module")
def schemes_read_once():
    """Read each scheme file once for all cases of a module that imports this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kaohe_tools.case, "load_scheme", cache(load_scheme))
        yield
