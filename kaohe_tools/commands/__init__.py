"""What each `kaohe` command does: takes parsed words, calls the package, says in Chinese what came of it.

Every command returns its exit status. What is heavy is imported in the function that needs it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kaohe_tools.commands.asking import (
    explain_command,
    feedback_command,
    monitor_command,
    readings_command,
    whatif_command,
)
from kaohe_tools.commands.assessing import assess_command, check_command, run_command
from kaohe_tools.commands.keeping import archive_command, verify_command
from kaohe_tools.commands.making import import_command, schemes_command, simulate_command, template_command
from kaohe_tools.commands.many import batch_command

COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": run_command,
    "check": check_command,
    "assess": assess_command,
    "explain": explain_command,
    "feedback": feedback_command,
    "readings": readings_command,
    "whatif": whatif_command,
    "monitor": monitor_command,
    "import": import_command,
    "template": template_command,
    "simulate": simulate_command,
    "archive": archive_command,
    "verify": verify_command,
    "batch": batch_command,
    "schemes": schemes_command,
}
