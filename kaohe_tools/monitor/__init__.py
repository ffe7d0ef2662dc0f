"""Through the year: progress against plan, early warning, two issues of an indicator table, demands on indicators.

`monitor(folder)` looks at a case whose annual scores may still be missing; `tables` and `lines` say what it found.
In the order of work: times, reports, progress, bars, alerts, issues, demands, watching, telling.
"""

from kaohe_tools.monitor.alerts import Alert
from kaohe_tools.monitor.issues import Comparison, compare_issues
from kaohe_tools.monitor.progress import ADDED_UP, EACH_TIME, Plan
from kaohe_tools.monitor.telling import (
    alert_table,
    change_table,
    finding_table,
    heading,
    lines,
    progress_table,
    sum_table,
    tables,
    write,
)
from kaohe_tools.monitor.watching import Monitoring, WrongDayError, look_at, monitor, monitor_prepared

__all__ = [
    "ADDED_UP",
    "EACH_TIME",
    "Alert",
    "Comparison",
    "Monitoring",
    "Plan",
    "WrongDayError",
    "alert_table",
    "change_table",
    "compare_issues",
    "finding_table",
    "heading",
    "lines",
    "look_at",
    "monitor",
    "monitor_prepared",
    "progress_table",
    "sum_table",
    "tables",
    "write",
]
