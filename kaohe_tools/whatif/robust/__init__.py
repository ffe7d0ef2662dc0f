"""How firmly a result stands when weights are drawn at random: `robustness`. See docs in `result` and `plan`."""

from kaohe_tools.whatif.robust.model import NothingToDrawError
from kaohe_tools.whatif.robust.plan import BOTH, INDICATORS, PARTS, SIMPLEX, SPREAD, Plan
from kaohe_tools.whatif.robust.result import Robustness
from kaohe_tools.whatif.robust.run import robustness

__all__ = ["BOTH", "INDICATORS", "PARTS", "SIMPLEX", "SPREAD", "NothingToDrawError", "Plan", "Robustness", "robustness"]
