"""The `kaohe` command: parses its words, runs one command, and says in Chinese what went wrong.

Exit status: 0 done, 1 the case has errors (each printed), 2 wrong use of the command.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence

from kaohe_tools.commands import COMMANDS
from kaohe_tools.commands.common import DONE, ERRORS, STOPPED, print_problems
from kaohe_tools.kernel import RARELY
from kaohe_tools.problems import InputError
from kaohe_tools.words import parser

_WHY = {  # what users can do something about, in their words
    errno.ENOSPC: "磁盘满了，请腾出空间后再运行",
    errno.EFBIG: "文件超过了允许的大小",
    errno.EACCES: "没有读写权限",
    errno.EROFS: "磁盘只能读，不能写",
}
DEBUG = "KAOHE_DEBUG"  # set in the environment: show tracebacks of failures that are ours


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    gc.set_threshold(*RARELY)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = parser(COMMANDS).parse_args(words)
    try:
        return arguments.run(arguments)
    except InputError as error:
        print_problems(error.problems, sys.stderr)
        return ERRORS
    except KeyboardInterrupt:
        print("\n已中断；先前的结果和报告保持原样", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        where = f"：{error.filename}" if error.filename else ""
        why = _WHY.get(error.errno, error.strerror or error)
        print(f"错误 文件读写失败（{why}）{where}；先前的结果和报告保持原样", file=sys.stderr)
        return ERRORS
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        print(f"错误 程序没有料到的情况（{type(error).__name__}: {error}）", file=sys.stderr)
        print(f"这是软件的缺陷，请反馈；设环境变量 {DEBUG}=1 再运行一次可看到详情", file=sys.stderr)
        return ERRORS


if __name__ == "__main__":
    sys.exit(main())
