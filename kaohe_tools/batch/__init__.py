"""Many cases in one go (the counties of a province): each assessed as by itself, then one summary of all."""

from kaohe_tools.batch.run import Batch, Done, run_batch

__all__ = ["Batch", "Done", "run_batch"]
