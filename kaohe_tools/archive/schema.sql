-- The archive, version 1: one row of `runs` for each archived case-year, all else hangs on its run_id.
-- Plain SQLite without newer features, so that any SQLite tool opens it. Statements end with a semicolon at line end.

CREATE TABLE runs (
    run_id INTEGER PRIMARY KEY,
    case_name TEXT NOT NULL,
    year INTEGER NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    title TEXT NOT NULL,
    scheme_id TEXT NOT NULL,
    scheme_title TEXT NOT NULL,
    scheme_sha256 TEXT NOT NULL,
    software_version TEXT NOT NULL,
    assessed_at TEXT NOT NULL,
    archived_at TEXT NOT NULL,
    record TEXT NOT NULL, -- run.json as it was
    UNIQUE (case_name, year, simulated)
);

CREATE TABLE readings (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    reading TEXT NOT NULL,
    choice TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (run_id, reading)
);

CREATE TABLE params (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    param TEXT NOT NULL,
    value TEXT NOT NULL, -- JSON
    PRIMARY KEY (run_id, param)
);

CREATE TABLE inputs (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (run_id, file)
);

CREATE TABLE results (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL, -- its row in 结果.csv, from 1
    stage TEXT NOT NULL,
    category TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT NOT NULL, -- 编号, '' where none
    group_name TEXT NOT NULL, -- 分口
    unit TEXT NOT NULL, -- 所属单位
    adjustment REAL, -- 加减分
    composite REAL, -- published, two decimals
    rank INTEGER,
    grade TEXT NOT NULL,
    pending TEXT NOT NULL,
    PRIMARY KEY (run_id, position),
    UNIQUE (run_id, stage, subject, code)
);

CREATE TABLE part_scores (
    run_id INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the subject in results
    part TEXT NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (run_id, position, part),
    FOREIGN KEY (run_id, position) REFERENCES results ON DELETE CASCADE
);

CREATE TABLE marks (
    run_id INTEGER NOT NULL,
    position INTEGER NOT NULL, -- of the subject in results
    mark TEXT NOT NULL, -- a further column of 结果.csv, such as 表彰
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, position, mark),
    FOREIGN KEY (run_id, position) REFERENCES results ON DELETE CASCADE
);

CREATE TABLE reasons (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL, -- its row in 理由.csv, from 1
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    step TEXT NOT NULL,
    article TEXT NOT NULL,
    explanation TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE consequences (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL, -- its row in 运用.csv, from 1
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    matter TEXT NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE quotas (
    run_id INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL, -- its row in 名额.csv, from 1
    stage TEXT NOT NULL,
    pool TEXT NOT NULL, -- 类别, or a pool within it
    participants INTEGER,
    places INTEGER,
    used INTEGER,
    calculation TEXT NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE INDEX results_by_subject ON results (stage, subject);

CREATE VIEW 档案目录 AS
SELECT case_name AS 案例, year AS 年度, title AS 标题, scheme_id AS 办法,
    CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    (SELECT COUNT(*) FROM results WHERE results.run_id = runs.run_id) AS 对象数,
    (SELECT COUNT(*) FROM results WHERE results.run_id = runs.run_id AND pending <> '') AS 待定数,
    assessed_at AS 考核时间, archived_at AS 归档时间, software_version AS 软件版本, scheme_sha256 AS 办法校验值
FROM runs
ORDER BY year, case_name, simulated;

CREATE VIEW 历年结果 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, category AS 类别, subject AS 考核对象, code AS 编号, group_name AS 分口, unit AS 所属单位,
    adjustment AS 加减分, composite AS 综合得分, rank AS 排名, grade AS 等次, pending AS 待定
FROM runs JOIN results USING (run_id)
ORDER BY year, case_name, simulated, position;

CREATE VIEW 历年部分得分 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, category AS 类别, subject AS 考核对象, code AS 编号, part AS 部分, score AS 得分
FROM runs JOIN results USING (run_id) JOIN part_scores USING (run_id, position)
ORDER BY year, case_name, simulated, position, part_scores.rowid;

CREATE VIEW 历年其他结论 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, category AS 类别, subject AS 考核对象, code AS 编号, mark AS 项目, value AS 结论
FROM runs JOIN results USING (run_id) JOIN marks USING (run_id, position)
ORDER BY year, case_name, simulated, position, marks.rowid;

CREATE VIEW 历年理由 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, subject AS 考核对象, code AS 编号, step AS 步骤, article AS 条款, explanation AS 说明
FROM runs JOIN reasons USING (run_id)
ORDER BY year, case_name, simulated, position;

CREATE VIEW 历年运用 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, subject AS 考核对象, code AS 编号, matter AS 事项, article AS 条款
FROM runs JOIN consequences USING (run_id)
ORDER BY year, case_name, simulated, position;

CREATE VIEW 历年名额 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    stage AS 环节, pool AS 类别, participants AS 参加数, places AS 名额, used AS 已用, calculation AS 算式
FROM runs JOIN quotas USING (run_id)
ORDER BY year, case_name, simulated, position;

CREATE VIEW 历年读法 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    reading AS 读法, choice AS 选项, label AS 意思
FROM runs JOIN readings USING (run_id)
ORDER BY year, case_name, simulated, reading;

CREATE VIEW 历年参数 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    param AS 参数, value AS 值
FROM runs JOIN params USING (run_id)
ORDER BY year, case_name, simulated, param;

CREATE VIEW 历年数据文件 AS
SELECT case_name AS 案例, year AS 年度, scheme_id AS 办法, CASE simulated WHEN 1 THEN '是' ELSE '否' END AS 演示数据,
    file AS 文件, sha256 AS 校验值
FROM runs JOIN inputs USING (run_id)
ORDER BY year, case_name, simulated, file;
