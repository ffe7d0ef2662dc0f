"""The archive: results of many years and cases in one SQLite file, read back as the history of later years.

One row of the table `runs` is one archived case-year: case_name, year, simulated (0/1; the three together are its key,
so a simulated result never takes the place of a real one), title, scheme_id, scheme_title, scheme_sha256,
software_version, assessed_at, archived_at, record (run.json whole). All else refers to it by run_id:

    readings      reading, choice, label
    params        param, value (JSON)
    inputs        file, sha256
    results       position, stage, category, subject, code, group_name, unit, adjustment, composite, rank, grade,
                  pending
    part_scores   position, part, score
    marks         position, mark, value
    reasons       position, stage, subject, code, step, article, explanation
    consequences  position, stage, subject, code, matter, article
    quotas        position, stage, pool, participants, places, used, calculation

Scores are points as published (two decimals). Views with Chinese names and columns, for any SQLite tool:
档案目录, 历年结果, 历年部分得分, 历年其他结论, 历年理由, 历年运用, 历年名额, 历年读法, 历年参数, 历年数据文件.
All of it stands in schema.sql. `PRAGMA user_version` is the version of the schema, `PRAGMA application_id` marks the
file as ours; both are checked whenever it is opened.
"""

from kaohe_tools.archive.adding import Archived, archive_results, results_folder
from kaohe_tools.archive.history import COLUMNS, export_history, history_for, history_rows, write_history
from kaohe_tools.archive.reading import list_archive, query
from kaohe_tools.archive.store import default_store

__all__ = [
    "COLUMNS",
    "Archived",
    "archive_results",
    "default_store",
    "export_history",
    "history_for",
    "history_rows",
    "list_archive",
    "query",
    "results_folder",
    "write_history",
]
