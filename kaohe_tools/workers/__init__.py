"""Where work is done: processes of this machine, or the workers of a Dask scheduler; the same functions either way."""

from kaohe_tools.workers.extra import need
from kaohe_tools.workers.parcels import LARGEST, Parcel, pack, unpack, within
from kaohe_tools.workers.processes import Processes
from kaohe_tools.workers.reasons import reason_of
from kaohe_tools.workers.threads import LostError, Workers, each

__all__ = [
    "LARGEST",
    "LostError",
    "Parcel",
    "Processes",
    "Workers",
    "each",
    "need",
    "pack",
    "reason_of",
    "unpack",
    "within",
]
