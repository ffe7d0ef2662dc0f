"""What changed in a case since its last run: a snapshot of the cells that were read, and its comparison with today's.

Ballots are secret: a snapshot holds nothing of them but one digest over all of them.
"""

from kaohe_tools.changes.record import SHOWN, Since, changes_since, tell, write_changes
from kaohe_tools.changes.sheets import Change
from kaohe_tools.changes.snapshot import SNAPSHOT, Snapshot, load, save, take

__all__ = [
    "SHOWN",
    "SNAPSHOT",
    "Change",
    "Since",
    "Snapshot",
    "changes_since",
    "load",
    "save",
    "take",
    "tell",
    "write_changes",
]
