"""Thousands of damaged archives, years' files and Word templates: used, or refused in Chinese, and nothing is left."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from damage import ODD_VALUES, TOKENS, damaged, damaged_json, damaged_members, damaged_zip, members
from documents import sample
from fuzzing import tries, try_all
from offices import make_case

from kaohe_tools import archive
from kaohe_tools.assess import assess
from kaohe_tools.digests import listing
from kaohe_tools.document.bundled import FOLDER
from kaohe_tools.document.filling import fill
from kaohe_tools.document.making import CONTEXTS
from kaohe_tools.outputs import write
from kaohe_tools.problems import InputError, Problem, Problems
from kaohe_tools.records import pack, unpack, verify_file
from kaohe_tools.records.layout import DIGESTS


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project whose case 局 is assessed, with an archive, and the year's file."""
    root = tmp_path_factory.mktemp("项目")
    case = make_case(root / "data" / "raw" / "局", simulated="true")
    write(assess(case), root / "data" / "processed" / "局")
    archive.archive_results(root / "data" / "processed" / "局", archive.default_store(root))
    pack(case, root, root / "年.zip")
    return root


# --- the archive of years ---------------------------------------------------------------------------------------------


def _damaged_store(content: bytes, chance: random.Random, folder: Path) -> bytes:
    """Another archive: its bytes damaged, or its tables by SQL, so that SQLite finds it sound."""
    if chance.random() < 0.5:
        return damaged(content, chance)
    path = folder / "坏.db"
    path.write_bytes(content)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for _ in range(chance.choice([1, 1, 3])):
            _spoil(connection, chance)
    return path.read_bytes()


def _spoil(connection: sqlite3.Connection, chance: random.Random) -> None:
    connection.execute("PRAGMA ignore_check_constraints = ON")
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    views = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")]
    way, table = chance.random(), chance.choice([*names, "runs", "results", "results"])
    if table not in names or way < 0.1:
        name = chance.choice(names)
        connection.execute(f"DROP TABLE {name}" if way < 0.05 or not views else f"DROP VIEW {chance.choice(views)}")
    elif way < 0.15:
        connection.execute(
            f"PRAGMA {chance.choice(['user_version', 'application_id'])} = {chance.choice([0, 1, 2, -1])}"
        )
    elif way < 0.25:
        connection.execute(f"DELETE FROM {table} WHERE rowid % 2")
    else:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        odd = chance.choice([v for v in ODD_VALUES if not isinstance(v, (list, dict)) and v != "\ud800"] + TOKENS)
        odd = str(odd) if isinstance(odd, int) and abs(odd) > 2**62 else odd
        text = f"UPDATE OR IGNORE {table} SET {chance.choice(columns)} = ? WHERE rowid = 1 OR ?"
        try:
            connection.execute(text, (odd, chance.choice([0, 1])))
        except sqlite3.IntegrityError:
            connection.execute(f"DELETE FROM {table}")


def test_a_damaged_archive_is_read_and_added_to_or_refused(project, tmp_path, capfd):
    store, results = tmp_path / "档案.db", project / "data" / "processed" / "局"
    whole = archive.default_store(project).read_bytes()

    def read(content: bytes) -> list[Problem]:
        store.write_bytes(content)
        problems = Problems()
        reads = (
            lambda: archive.list_archive(store).to_csv(),
            lambda: archive.query(store, "SELECT * FROM 历年结果").to_csv(),
            lambda: archive.history_rows(store, "局", 2030, simulated=True, problems=problems),
            lambda: archive.archive_results(results, store),
        )
        for look in reads:
            try:
                look()
            except InputError as error:
                problems.extend(error.problems)
        store.with_name(f"{store.name}-journal").unlink(missing_ok=True)
        return list(problems)

    found = try_all(tries(400), lambda chance: _damaged_store(whole, chance, tmp_path), read)
    assert min(found.values()) > 4
    assert capfd.readouterr() == ("", "")


# --- a year's file ----------------------------------------------------------------------------------------------------


def _sealed(parts: dict[str, bytes]) -> bytes:
    """A year's file of these members, its list of digests in agreement, as a forger would make it."""
    digests = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items() if name != DIGESTS}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, part in {**parts, DIGESTS: listing(digests).encode()}.items():
            packed.writestr(zipfile.ZipInfo(name), part)
    return stream.getvalue()


def _damaged_year(parts: dict[str, bytes], chance: random.Random) -> bytes:
    way = chance.random()
    if way < 0.3:
        return damaged_zip(parts, chance)
    name = chance.choice(sorted(parts))
    if way < 0.6 and name.endswith(".json"):
        return _sealed({**parts, name: damaged_json(parts[name], chance)})
    return _sealed(damaged_members(parts, chance))


def test_a_damaged_years_file_is_unpacked_whole_or_leaves_nothing(project, tmp_path, capfd):
    parts = members((project / "年.zip").read_bytes())
    file, out = tmp_path / "年.zip", tmp_path / "解开"

    def read(content: bytes) -> list[Problem]:
        file.write_bytes(content)
        try:
            assert unpack(file, out) == len([path for path in out.rglob("*") if path.is_file()])
        finally:
            shutil.rmtree(out, ignore_errors=True)
            assert list(tmp_path.iterdir()) == [file]
        return []

    found = try_all(tries(700), lambda chance: _damaged_year(parts, chance), read)
    assert min(found.values()) > 7
    assert capfd.readouterr() == ("", "")


def test_a_damaged_years_file_is_verified_to_the_end(project, tmp_path, capfd):
    parts = members((project / "年.zip").read_bytes())
    file = tmp_path / "年.zip"

    def read(content: bytes) -> list[Problem]:
        file.write_bytes(content)
        return list(verify_file(file).problems)

    found = try_all(tries(80), lambda chance: _damaged_year(parts, chance), read)
    assert found["refused"] > found["read"]
    assert capfd.readouterr() == ("", "")


# --- Word templates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["公示", "通报"])
def test_a_damaged_template_is_filled_or_refused(tmp_path, capfd, name):
    context = CONTEXTS[name](sample(tmp_path / "结果", {"start": "2024-01-08"}, sizes={"事业局": 3}))
    path = tmp_path / f"{name}.docx"
    parts = members((FOLDER / f"{name}.docx").read_bytes())

    def make(chance: random.Random) -> bytes:
        if chance.random() < 0.6:
            return damaged_zip(parts, chance)
        return damaged_zip({**parts, "word/document.xml": damaged(parts["word/document.xml"], chance)}, chance)

    def read(content: bytes) -> list[Problem]:
        path.write_bytes(content)
        assert zipfile.is_zipfile(io.BytesIO(fill(path, context)))
        return []

    found = try_all(tries(100), make, read)
    assert found["refused"] > 1
    assert capfd.readouterr() == ("", "")
