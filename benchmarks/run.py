"""All benchmarks with one command: their tables in one document, with machine, date and versions.

    python benchmarks/run.py [names…] [--quick]

Without names everything is measured, else what is named; its section in docs/测速结果.md is written anew, the others
stay as they are, each with its own date and state of the machine. --quick: the smallest sizes, to see that all run;
nothing is written. Each benchmark is a process of its own, so that what one leaves in memory does not burden the next,
with one BLAS thread. What cannot be measured here, or fails, is said in its place.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

from measuring import OURS, PEERS, ROOT, Table, load, machine, versions

sys.path.insert(0, str(ROOT))

BENCHMARKS = {  # name → what it is called in the document
    "main_job": "`kaohe run` 整个案例",
    "checking": "读取、核对、考核",
    "reading": "读 Excel",
    "assessing": "重新考核一次",
    "robustness": "换权重抽样",
    "scale": "大规模计分",
    "sliders": "拖滑块",
}
RESULT = ROOT / "docs" / "测速结果.md"
ONE = "--one"
FAILED = "**没有量完**"
HEAD = """# 测速结果

本页由程序写出，不要手改。重做：`make bench`（约一小时；先关掉别的程序），或只做一节：`make bench BENCH=main_job`。
怎么读见[速度](速度.md)。

“对 X”是用时除以 X 的用时，同一次运行里轮流做，取中位数；“（处理器）”是处理器时间的比例。
负载是 1、5、15 分钟内在运行或等待的进程数：超过处理器个数时机器是忙的，看“（处理器）”的比例。"""


def one(name: str, small: bool) -> None:
    """Run one benchmark here; a line of JSON for each table."""
    for table in importlib.import_module(name).tables(small):
        print(json.dumps([table.title, table.head, table.rows, table.remarks], ensure_ascii=False), flush=True)


def measured(name: str, small: bool) -> Iterator[Table | str]:
    """The tables of a benchmark as they come, and a sentence where it gave none or failed."""
    words = [sys.executable, __file__, ONE, name, *(["--quick"] if small else [])]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    count = 0
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        for line in process.stdout:
            count += 1
            yield Table(*json.loads(line))
    if process.returncode:
        yield f"{FAILED}：benchmarks/{name}.py 出错（退出状态 {process.returncode}）。"
    elif not count:
        yield "没有量：这台机器上缺少它要比的软件，或系统不支持。"


def circumstances(before: str) -> str:
    """When, where and with what something was measured; `before`: the load as it began."""
    found = versions((*OURS, *PEERS))
    there = "、".join(f"{name} {told}" for name, told in found.items() if told)
    missing = "、".join(name for name, told in found.items() if not told) or "无"
    when = f"量于 {date.today().isoformat()}；负载：开始 {before}，结束 {load()}"
    return f"{when}。\n机器：{machine()}。\n版本：{there}。没有安装，没有比：{missing}。"


def section(name: str, small: bool) -> str:
    """Measure one benchmark and print its section as it comes; the whole of it."""
    before, pieces = load(), [f"## {BENCHMARKS[name]}"]
    print(f"\n{pieces[0]}", flush=True)
    for piece in measured(name, small):
        pieces.append(str(piece))
        print(f"\n{piece}", flush=True)
    pieces.insert(1, circumstances(before))
    print(f"\n{pieces[1]}", flush=True)
    return "\n\n".join(pieces)


def earlier() -> dict[str, str]:
    """The sections of the document that is there, by heading."""
    text = RESULT.read_text(encoding="utf-8") if RESULT.exists() else ""
    return {piece.split("\n")[0]: f"## {piece.strip()}" for piece in f"\n{text}".split("\n## ")[1:]}


def main() -> int:
    """Measure what was asked for; 1 where something failed."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    small = "--quick" in sys.argv
    if ONE in sys.argv:
        one(words[0], small)
        return 0
    if unknown := [word for word in words if word not in BENCHMARKS]:
        print(f"没有测速 {'、'.join(unknown)}，可选：{'、'.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    failed = False
    for name in words or BENCHMARKS:
        made = section(name, small)
        failed |= FAILED in made
        if not small:  # at once, so that an interruption loses nothing
            kept = {**earlier(), BENCHMARKS[name]: made}
            pieces = [kept.get(title, f"## {title}\n\n还没有量过。") for title in BENCHMARKS.values()]
            RESULT.write_text("\n\n".join([HEAD, *pieces]) + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
