"""The file of the archive: opened, checked and closed in one place; whatever SQLite finds wrong is told in Chinese."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from kaohe_tools.problems import InputError, Place, Problems

VERSION = 1  # of the schema, kept as PRAGMA user_version; raise it whenever schema.sql changes
APPLICATION = 0x4B414F48  # "KAOH": tells our files from other SQLite files
WAIT = 30.0  # seconds a writer waits for another one
SCHEMA = Path(__file__).with_name("schema.sql")

_KINDS = {"TEXT": ["text"], "INTEGER": ["integer"], "REAL": ["real", "integer"]}
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SPOILED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_FORMAT)  # what is asked for is always the same: the schema was changed
_CLOSED = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH)
_PRIMARY = 0xFF  # the low byte of an SQLite error code says its kind


def default_store(root: Path) -> Path:
    """Where the archive of a project lies."""
    return root / "data" / "archive.db"


def refuse(place: Path | str, message: str, advice: str = "") -> InputError:
    """One problem as an exception, to be raised."""
    problems = Problems()
    problems.error(Place(str(place)), message, advice)
    return InputError(problems)


@contextmanager
def reading(store: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """The archive for reading only; any write is refused. `rw` lets SQLite clean up after a writer that was cut off.

    Raises InputError where there is no archive, or it is damaged, locked, not ours or of a newer version.
    """
    if not store.is_file():
        raise refuse(store, "还没有档案", "请先用 kaohe archive add 归档一次结果")
    with _told(store), closing(_connect(store, mode)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")  # all that is read is of one moment
        if _checked_version(connection, store) == 0:
            raise refuse(store, "档案是空的", "请先用 kaohe archive add 归档一次结果")
        yield connection


@contextmanager
def writing(store: Path) -> Iterator[sqlite3.Connection]:
    """The archive in one transaction that is kept whole or not at all; made where there is none yet.

    Another writer is waited for. Raises InputError as `reading` does, and where the file cannot be written.
    """
    store.parent.mkdir(parents=True, exist_ok=True)
    with _told(store), closing(_connect(store, "rwc")) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _checked_version(connection, store) == 0:
                _create(connection)
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def frame_of(cursor: sqlite3.Cursor) -> pd.DataFrame:
    """The answer of a SELECT as a table. Raises ValueError where there is none (a blank or a remark was asked)."""
    if cursor.description is None:
        raise ValueError("空的语句")
    return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])


def _connect(store: Path, mode: str) -> sqlite3.Connection:
    path = quote(os.fsencode(store.resolve().as_posix()), safe="/:")
    uri = f"file://{'' if path.startswith('/') else '/'}{path}?mode={mode}"  # C:/… and //server/… as SQLite wants them
    return sqlite3.connect(uri, uri=True, timeout=WAIT, isolation_level=None)


def _checked_version(connection: sqlite3.Connection, store: Path) -> int:
    """The version of the schema, 0 for an empty file. Raises InputError where the file is not sound or not ours."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION:
        raise refuse(store, "这是别的软件的数据库，不是考核档案", "请核对文件，或另选一个档案文件")
    if version > VERSION:
        message = f"档案的格式是第 {version} 版，本软件只认得第 {VERSION} 版及以前的"
        raise refuse(store, message, "请升级软件后再用")
    if version < 1 or connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok" or not _has_form(connection):
        raise _damaged(store)
    return version


def _has_form(connection: sqlite3.Connection) -> bool:
    """Are all tables and views of the schema there, with values of the kinds declared? SQLite itself keeps any."""
    names = "SELECT name FROM sqlite_master WHERE type = ?"
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as ours:
        _create(ours)
        views = [row[0] for row in ours.execute(names, ("view",))]
        tables = {row[0]: _columns(ours, row[0]) for row in ours.execute(names, ("table",)).fetchall()}
    there = {row[0] for row in connection.execute(names, ("view",))}
    if set(views) - there or any(_columns(connection, name) != columns for name, columns in tables.items()):
        return False
    for view in views:
        connection.execute(f"SELECT * FROM {view} LIMIT 0")
    return not any(
        connection.execute(f"SELECT 1 FROM {name} WHERE {' OR '.join(map(_is_odd, columns))} LIMIT 1").fetchone()
        for name, columns in tables.items()
    )


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str, int]]:
    """Name, kind and "must it have a value" of each column; the table's name is ours, never a user's."""
    return [(row[1], row[2], row[3]) for row in connection.execute(f"PRAGMA table_info({table})")]


def _is_odd(column: tuple[str, str, int]) -> str:
    """The condition under which a column holds a value of another kind than is declared."""
    name, kind, needed = column
    kinds = [*_KINDS[kind], *([] if needed else ["null"])]
    return f"typeof({name}) NOT IN ({', '.join(repr(one) for one in kinds)})"


def _create(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.read_text(encoding="utf-8").split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _damaged(store: Path) -> InputError:
    return refuse(store, "档案文件已损坏，或者不是档案", "请换上备份；没有备份的，移走此文件后重新归档各年结果")


@contextmanager
def _told(store: Path) -> Iterator[None]:
    """Errors of SQLite as problems that say what to do."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _explained(store, error) from error
    except UnicodeError as error:  # SQLite speaks of a damaged name
        raise _damaged(store) from error


def _explained(store: Path, error: Exception) -> InputError:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & _PRIMARY
    if code in _BUSY:
        return refuse(store, f"档案正被别的程序占用，等了 {WAIT:g} 秒", "请关掉打开它的软件后再试；档案没有改动")
    if code in _DAMAGED:
        return _damaged(store)
    if code in _CLOSED:
        return refuse(store, "档案打不开或不能写", "请检查路径和读写权限；档案没有改动")
    if code == sqlite3.SQLITE_FULL:
        return refuse(store, "磁盘满了，没有存下", "请腾出空间后再试；档案没有改动")
    if code in _SPOILED or "UTF-8" in str(error):
        return _damaged(store)
    return refuse(store, f"档案读写失败（{error}）", "请检查磁盘和文件；必要时换上备份")
