"""`kaohe archive`: what outlasts a year."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kaohe_tools.commands.common import DONE, print_problems, project
from kaohe_tools.problems import Problems


def archive_command(arguments: argparse.Namespace) -> int:
    """Add to, list, export from or query the archive of years."""
    from kaohe_tools import archive

    root = project(getattr(arguments, "case", Path.cwd()))
    store = arguments.store or archive.default_store(root)
    if arguments.action == "add":
        print(archive.archive_results(archive.results_folder(arguments.case, root), store))
    elif arguments.action == "history":
        problems = Problems()
        rows = archive.history_for(
            store, arguments.case, sources=arguments.sources, simulated=arguments.simulated, problems=problems
        )
        archive.write_history(rows, arguments.out)
        print_problems(problems, sys.stdout)
        print(f"历年等次 {len(rows)} 行：{arguments.out}")
    else:
        table = archive.list_archive(store) if arguments.action == "list" else archive.query(store, arguments.query)
        print(table.to_csv(index=False), end="")
    return DONE
