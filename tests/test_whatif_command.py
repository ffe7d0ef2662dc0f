"""`kaohe whatif` as a newcomer meets it: words, exit status, files, and what stays when something goes wrong."""

from __future__ import annotations

import pandas as pd
import pytest
from offices import make_case
from whatif_cases import RAW

from kaohe_tools.cli import main
from kaohe_tools.whatif import telling

CASE = str(RAW / "qinghai-2019")


@pytest.fixture
def office(tmp_path):
    votes = {"测评!C2": 20, "测评!D2": 0, "测评!E2": 0, "测评!F2": 0}
    return make_case(tmp_path / "case", votes)


def _read(path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)


def test_other_points_beside_todays(tmp_path, capsys):
    assert main(["whatif", CASE, "--set", "目标任务=70", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "方案“目标任务=70”：目标任务=70（演示数据）" in out
    assert "单位·事业局：目标任务 80→70；其余按比例：民主测评 20→30；合计 100 不变" in out
    assert "16 个对象排名变化；2 个等次或待定变化；得优秀 1 个；失优秀 1 个" in out
    assert "矿业权管理处（厅机关）：综合得分 94.45→94.73，排名 9→5，厅机关名额 7 个，因此得优秀" in out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["方案.yaml", "方案变动.csv", "方案对比.csv"]
    for name in ("方案变动", "方案对比"):
        path = tmp_path / "out" / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert set(_read(path)["数据"]) == {"演示数据"}
    assert len(_read(tmp_path / "out" / "方案对比.csv")) == 52


def test_the_same_question_gives_the_same_bytes_and_its_file_gives_them_again(office, tmp_path, capsys):
    words = ["whatif", str(office), "--break-even", "--leave-out"]
    for name in ("a", "b"):
        assert main([*words, "--set", "事业局:目标任务=71.37", "--out", str(tmp_path / name)]) == 0
    files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert set(files) == {"方案.yaml", "方案变动.csv", "方案对比.csv", "临界分值.csv", "逐项剔除.csv"}
    assert {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()} == files
    file = str(tmp_path / "a" / "方案.yaml")
    assert main([*words, "--scenario", file, "--out", str(tmp_path / "c")]) == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "c").iterdir()} == files
    told = capsys.readouterr().out
    assert "甲局（事业局）：综合得分 90.40→91.44，排名 2→1，事业局名额 1 个，因此得优秀" in told
    assert "“目标任务”由 80 分减到 71.37 分（其余按比例增加），得优秀，此消彼长的是乙局" in told.replace("\n    ", "")
    assert "数据" not in _read(tmp_path / "a" / "方案对比.csv")


def test_where_two_subjects_change_places(office, tmp_path, capsys):
    assert main(["whatif", str(office), "--overtake", "甲 局", "乙局", "--out", str(tmp_path / "out")]) == 0
    assert "“目标任务”由 80 分减到 71.37 分（其余按比例增加），反超：对手乙局" in capsys.readouterr().out
    rows = _read(tmp_path / "out" / "反超分值.csv")
    assert rows[["部分", "临界分值", "交点"]].values.tolist() == [
        *(["目标任务", "71.37", "71.4286"], ["民主测评", "28.63", "28.5714"])
    ]
    assert main(["whatif", str(office), "--overtake", "甲局", "丙处"]) == 2
    assert "“甲局”和“丙处”不在同一类别" in capsys.readouterr().err
    assert main(["whatif", str(office), "--overtake", "甲局", "乙司"]) == 2
    assert "名册里没有“乙司”；是不是“乙局”？请核对" in capsys.readouterr().err


def test_several_scenarios_side_by_side(office, tmp_path, capsys):
    for name, points in (("七成", 70), ("九成", 90)):
        (tmp_path / f"{name}.yaml").write_text(f"部分: {{目标任务: {points}}}\n", encoding="utf-8")
    files = ["--scenario", str(tmp_path / "七成.yaml"), "--scenario", str(tmp_path / "九成.yaml")]
    out = tmp_path / "out"
    assert main(["whatif", str(office), *files, "--out", str(out)]) == 0
    names = ["方案1.yaml", "方案2.yaml", "方案变动.csv", "方案对比.csv", "方案并列.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    beside = _read(out / "方案并列.csv").set_index("考核对象")
    assert beside.loc["甲局", ["现行·等次", "七成·等次", "九成·等次"]].tolist() == ["良好及以下", "优秀", "良好及以下"]
    assert set(_read(out / "方案对比.csv")["方案"]) == {"七成", "九成"}


def test_without_a_change_of_rank_that_is_said(office, capsys):
    assert main(["whatif", str(office), "--set", "厅机关:目标任务=81"]) == 0
    assert "1 个对象的得分有变，排名、等次都不变" in capsys.readouterr().out
    assert main(["whatif", str(office), "--set", "厅机关:目标任务=80"]) == 0
    assert "得分、排名、等次都不变" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "目标任物=70"], "没有部分“目标任物”；是不是“目标任务”？请核对"),
        (["--set", "目标任务"], "--set “目标任务”写得不对；请写成 部分=分值，如 目标任务=85"),
        (["--set", "厅机观:目标任务=70"], "没有环节或类别“厅机观”；是不是“厅机关”？请核对"),
        (["--set", "目标任务=101"], "各部分合计应为 100，写明的共 101；请改正，或让总分改变（--free）"),
        ([], "没有写要试什么：用 --set 部分=分值"),
        (["--free", "--leave-out"], "--free 要和 --set 一起用"),
        (["--set"], "参数 --set：后面至少要写一个值"),
        (["--overtake", "甲局"], "参数 --overtake：后面要写 2 个值"),
    ],
)
def test_wrong_words_are_a_wrong_use_of_the_command(office, capsys, words, told):
    try:
        status = main(["whatif", str(office), *words])
    except SystemExit as stopped:
        status = stopped.code
    assert status == 2
    assert told in capsys.readouterr().err


def test_a_scenario_that_does_not_fit_the_case_is_an_error_at_its_line(office, tmp_path, capsys):
    file = tmp_path / "试.yaml"
    file.write_text("部分:\n  目标任务: 70\n  民主测平: 3\n读法: {quota_rounding: up}\n", encoding="utf-8")
    assert main(["whatif", str(office), "--scenario", str(file), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "错误 试.yaml!第3行：没有部分“民主测平”；是不是“民主测评”？请核对" in told
    assert "错误 试.yaml!第4行：读法“quota_rounding”没有选项“up”" in told
    assert not (tmp_path / "out").exists()
    assert main(["whatif", str(office), "--scenario", str(tmp_path / "无.yaml")]) == 1
    assert "错误 无.yaml：文件打不开" in capsys.readouterr().err


def test_a_case_with_errors_is_told_and_nothing_is_written(tmp_path, capsys):
    case = make_case(tmp_path / "case", {"得分!D2": 99})
    assert main(["whatif", str(case), "--set", "目标任务=70", "--out", str(tmp_path / "out")]) == 1
    assert "得分 99 高于分值 20" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_results_do_not_go_into_the_case_itself(office, capsys):
    before = {path.name for path in office.iterdir()}
    assert main(["whatif", str(office), "--set", "目标任务=70", "--out", str(office / "试")]) == 2
    assert "--out 不能是案例文件夹" in capsys.readouterr().err
    assert {path.name for path in office.iterdir()} == before


def test_a_failure_while_writing_leaves_the_earlier_tables_whole(office, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    assert main(["whatif", str(office), "--set", "目标任务=70", "--out", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(scenario, path):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(telling, "save_scenario", full)
    assert main(["whatif", str(office), "--set", "目标任务=60", "--out", str(out)]) == 1
    assert "文件读写失败" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
