"""kaohe_tools: a workbook for yearly target-responsibility assessment (年度目标责任考核).

The house has one way through it; a module imports only from those before it:

    problems, exact → grid → scheme → case, sheets, binding → scoring → ranking → grading → assess
    → charts, tables, report → cli
"""

__version__ = "0.1.0"
