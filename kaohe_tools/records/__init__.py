"""Records: what every output says of where it comes from, whether that still holds, and a finished year in one file."""

from kaohe_tools.records.facts import (
    record_json,
    record_line,
    record_of,
    record_properties,
    record_rows,
    told_outside,
)
from kaohe_tools.records.office import OFFICE_FILES, stamp, stamp_file
from kaohe_tools.records.outputs import is_outputs
from kaohe_tools.records.pack import Packed, pack
from kaohe_tools.records.seal import DIGESTS, MANIFEST, tables_digest, write_manifest
from kaohe_tools.records.unpack import unpack, verify_file
from kaohe_tools.records.verify import Verdict, verify_outputs

__all__ = [
    "DIGESTS",
    "MANIFEST",
    "OFFICE_FILES",
    "Packed",
    "Verdict",
    "is_outputs",
    "pack",
    "record_json",
    "record_line",
    "record_of",
    "record_properties",
    "record_rows",
    "stamp",
    "stamp_file",
    "tables_digest",
    "told_outside",
    "unpack",
    "verify_file",
    "verify_outputs",
    "write_manifest",
]
