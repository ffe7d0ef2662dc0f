"""Looking into the archive: what is in it, and any SELECT over it; nothing here can change it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pandas as pd

from kaohe_tools.archive.store import frame_of, reading, refuse

_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_ASK = sqlite3.SQLITE_ERROR  # the code of a question that SQLite does not understand


def list_archive(store: Path) -> pd.DataFrame:
    """The view 档案目录: 案例, 年度, 标题, 办法, 演示数据 (是/否), 对象数, 待定数, 考核时间, 归档时间, 软件版本,
    办法校验值; by year and case.

    Raises InputError where there is no archive or it cannot be read.
    """
    with reading(store) as connection:
        return frame_of(connection.execute("SELECT * FROM 档案目录"))


def query(store: Path, sql: str) -> pd.DataFrame:
    """The answer to one SELECT, columns as it names them.

    The file is opened read-only and everything but reading is refused, also ATTACH, which could write other files.
    Raises InputError where the question is wrong, or the archive cannot be read.
    """
    with reading(store) as connection:
        views = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY rowid")
        ]
    with reading(store, "ro") as connection:
        connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
        try:
            return frame_of(connection.execute(sql))
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            told = _wrong_question(error, views)
            if told is None:
                raise
            raise refuse("", *told) from error


def _wrong_question(error: Exception, views: list[str]) -> tuple[str, str] | None:
    """What is wrong with a question and what may be asked; None where it is not the question that is wrong."""
    known = f"可查：{'、'.join(views)}"
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_AUTH:
        return "档案只能查询，不能用 SQL 改动", "请写 SELECT …"
    if isinstance(error, sqlite3.DatabaseError) and code not in (_ASK, None):
        return None
    if isinstance(error, (ValueError, sqlite3.Warning)) or code is None:
        return f"查询语句写得不对（{error}）", "请只写一条 SELECT 语句"
    return f"查询语句写得不对（{error}）", known
