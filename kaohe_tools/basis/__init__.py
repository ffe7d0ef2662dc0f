"""What a result was made of, written beside the tables, so that a workbook can recompute it (联动.json).

Only what may be written out is in it: see `anonymity`.
"""

from kaohe_tools.basis.model import BASIS, LARGEST, Basis, Line, OpenPool, StageBasis, Taken, key_of, own_state
from kaohe_tools.basis.storing import fingerprint, load, of_folder, save
from kaohe_tools.basis.taking import take

__all__ = [
    "BASIS",
    "LARGEST",
    "Basis",
    "Line",
    "OpenPool",
    "StageBasis",
    "Taken",
    "fingerprint",
    "key_of",
    "load",
    "of_folder",
    "own_state",
    "save",
    "take",
]
