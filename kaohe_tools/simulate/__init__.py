"""Simulated scores, ballots, ledger, findings and history (演示数据) for a case that has a roster and indicators.

What makes the figures look like an office's: items differ in difficulty, subjects in ability, each category's examiners
in leniency; scores come in halves or tenths and never exceed their points; votes are drawn for each voter group anew.
Seeded: the same roster, indicators and seed give the same tables.
"""

from kaohe_tools.simulate.build import EVERY_FILE, FILES, simulate, write_simulated

__all__ = ["EVERY_FILE", "FILES", "simulate", "write_simulated"]
