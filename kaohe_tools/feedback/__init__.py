"""What leaves the office: a profile and a derivation for each subject, a list of names for the public."""

from kaohe_tools.feedback.build import Wanted, write_feedback
from kaohe_tools.feedback.profile import Profile, profile
from kaohe_tools.feedback.single import SUFFIXES, write_explanation
from kaohe_tools.feedback.tables import ahead_text, heading, items_table, parts_table, reasons_table

__all__ = [
    "SUFFIXES",
    "Profile",
    "Wanted",
    "ahead_text",
    "heading",
    "items_table",
    "parts_table",
    "profile",
    "reasons_table",
    "write_explanation",
    "write_feedback",
]
