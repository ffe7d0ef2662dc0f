"""Why something failed that nobody foresaw, in words for the tables: no paths of ours, no English sentences."""

from __future__ import annotations

import errno

from kaohe_tools.workers.threads import LostError

_BY_NUMBER = {errno.ENOSPC: "磁盘满了", errno.EDQUOT: "磁盘配额用完了", errno.EROFS: "那里不许写"}
_BY_KIND = {
    FileNotFoundError: "文件不见了",
    PermissionError: "没有读写权限",
    TimeoutError: "网络超时",
    ConnectionError: "网络断了",
    OSError: "读写出错",
    MemoryError: "内存不够",
}


def reason_of(error: BaseException) -> str:
    """Why it failed; the kind of what nobody has words for is told by its name.

    >>> [reason_of(error) for error in (PermissionError(13, "Permission denied"), OSError(28, "No space"), KeyError())]
    ['没有读写权限', '磁盘满了', '程序出错（KeyError）']
    """
    if isinstance(error, LostError):
        return str(error)
    known = _BY_NUMBER.get(error.errno or 0) if isinstance(error, OSError) else None
    told = known or next((words for kind, words in _BY_KIND.items() if isinstance(error, kind)), "程序出错")
    return told if known or type(error) in _BY_KIND else f"{told}（{type(error).__name__}）"
