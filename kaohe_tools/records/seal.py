"""Folders of outputs and the digests of what was written into them: is every file still there, and as it was?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from kaohe_tools.digests import digest_of, listing, read_listing
from kaohe_tools.problems import Place, Problems
from kaohe_tools.records.office import OFFICE_FILES
from kaohe_tools.results.reading import FILES, PAST

MANIFEST = "assets/files.txt"  # what a report wrote: everything else in its folder was put there by somebody
DIGESTS = "assets/sha256.txt"  # and the digests of these files, for `kaohe verify` and for `sha256sum --check`

_SINCE = "与写出时不同（被改过，或已损坏）"
_AGAIN = "请不要手改输出；改输入后重新运行 kaohe run，或换上原来的文件"
_COPY = "填写日期、试改数字请另存一份；这里请换上原来的文件，或重新运行 kaohe run"


def write_manifest(folder: Path) -> None:
    """List all files of a finished report, and their digests, within it."""
    names = sorted(name_of(path, folder) for path in folder.rglob("*") if path.is_file())
    text = "\n".join([*sorted({*names, DIGESTS}), MANIFEST, ""])
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    sealed = listing({name: digest_of(folder / name) for name in {*names, MANIFEST} - {DIGESTS}})
    (folder / DIGESTS).write_text(sealed, encoding="utf-8", newline="\n")


def tables_digest(folder: Path) -> str:
    """A fingerprint of the tables of a results folder (run.json is left out: it holds the time)."""
    digest = hashlib.sha256()
    past = [PAST] if (folder / PAST).is_file() else []
    for name in (*(name for name, _ in FILES.values()), *past):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def read_digests(folder: Path, problems: Problems) -> dict[str, str] | None:
    """The list of digests of a report; None (and an error) where there is none that can be used."""
    try:
        found = read_listing((folder / DIGESTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.error(Place(DIGESTS), "没有校验清单，不知道各文件写出时的样子", "请重新运行 kaohe run")
        return None
    except (OSError, ValueError):
        problems.error(Place(DIGESTS), "校验清单读不出来", "请换上原来的文件，或重新运行 kaohe run")
        return None
    outside = [name for name in found if not is_inside(name)]
    for name in outside:
        problems.error(Place(DIGESTS), f"校验清单里的“{name}”不在报告文件夹里", "清单被改过，请重新运行 kaohe run")
    return None if outside else found


def check_files(folder: Path, digests: Mapping[str, str], problems: Problems) -> None:
    """Tell every listed file of a folder that is missing or no longer as it was."""
    for name in sorted(digests):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            problems.error(Place(name), "写出过的文件不见了", _AGAIN)
        elif digest_of(path) != digests[name]:
            problems.error(Place(name), _SINCE, _COPY if path.suffix in OFFICE_FILES else _AGAIN)


def tell_others(folder: Path, known: Iterable[str], problems: Problems) -> None:
    """A note for the files of a folder that this software did not write."""
    ours = set(known)
    found = [name_of(path, folder) for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink()]
    others = [name for name in found if name not in ours]
    if others:
        shown = "、".join(others[:5]) + ("等" if len(others) > 5 else "")
        problems.note(Place(), f"另有 {len(others)} 个文件不是本软件写的，没有核对：{shown}")


def name_of(path: Path, folder: Path) -> str:
    """A file's name within a folder, `/` between."""
    return path.relative_to(folder).as_posix()


def is_inside(name: str) -> bool:
    r"""Does a name that somebody wrote down stay within a folder, on whatever system?

    >>> [is_inside(name) for name in ("tables/结果.csv", "../x", "/etc/x", "a/../../x", "C:x", "a\\..\\x", "", "a//b")]
    [True, False, False, False, False, False, False, False]
    """
    plain = not any(sign in name for sign in '\\:*?"<>|') and all(sign >= " " for sign in name)
    return plain and all(part.rstrip(" .") for part in name.split("/"))
