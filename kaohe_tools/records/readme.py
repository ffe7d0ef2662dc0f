"""The text that tells whoever opens a year's file what it is and how to come to the same results again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaohe_tools.records.facts import clock, reading_texts, record_of

_TEXT = """{title}　年度归档
{stamp}
一、这是什么

{year} 年度一次考核的全部材料，一个文件：输入的数据、所用的办法、结果表、报告。
凭这一个文件，可以重新考核一遍，核对结果是否相同。

- data/raw/{case}/：输入，即 case.yaml 和各部门报来的数据文件
- data/processed/{case}/：结果表（CSV）和运行记录 run.json
- reports/{case}/：报告，即 index.html、各类别网页、等次表等（归档时有报告才有）
- 办法/：所用考核办法的原文件（{scheme}）和各办法通用的读法（办法/common.yaml）
- requirements.lock：当时软件所依赖的各个程序包的版本（有才附上）
- 记录.json：这次考核的案例、办法、读法、参数、数据校验值、软件版本、时间
- sha256.txt：以上每个文件的校验值，也可用 sha256sum --check sha256.txt 核对

二、保密

里面有民主测评票、各项打分等个人数据和未公开的材料。请按内部资料保管：不要放到公开的网盘、邮件或即时通信里，
只交给有权查看的人；解开后用完即删。

三、怎么核对、怎么重做

装好 kaohe_tools（当时是 {software} 版），然后：

  kaohe verify 本文件.zip
      解到临时文件夹，核对每个文件的校验值，用里面的办法和数据重新考核，逐字节比较结果表，
      告诉您结果是否相同；不同的，写明第一处差别是谁的哪一项。

  kaohe archive unpack 本文件.zip --out 文件夹
      解开成一个项目文件夹，可以查看，也可以再运行 kaohe run 文件夹/data/raw/{case} --out 另一文件夹。

没有这个软件，也能看：结果表是 UTF-8 编码的 CSV，报告是普通网页，不需要网络。

四、这次考核

案例：{case}
标题：{title}
办法：{scheme_title}（{scheme_id}，校验值 {scheme_sha}）
读法：{readings}
参数：{params}
数据：{count} 个文件，总校验值 {inputs}
软件：{versions}
时间：{time}
"""


def readme(run: Mapping[str, Any], scheme: str) -> str:
    """The text for the year's file of a run; `scheme`: where its scheme stands in it. The same for the same run."""
    record = record_of(run)
    return _TEXT.format(
        title=record["title"],
        stamp="\n【演示数据】数据为模拟生成，不代表任何单位的真实考核结果。\n" if record["simulated"] else "",
        year=record["year"],
        case=record["case"],
        scheme=scheme,
        software=record["software"],
        scheme_title=record["scheme"]["title"],
        scheme_id=record["scheme"]["id"],
        scheme_sha=record["scheme"]["sha256"],
        readings="，".join(reading_texts(record)) or "无",
        params="，".join(f"{name}={value}" for name, value in (record["params"] or {}).items()) or "无",
        count=len(record["inputs"]),
        inputs=record["inputs_sha256"],
        versions="，".join(f"{name} {version}" for name, version in record["versions"].items()),
        time=clock(record["time"]),
    )
