"""Sliders over the weights of a case: what people drag in JupyterLab or on a page by voila."""

from kaohe_tools.panel.drawing import Beside, beside, flow
from kaohe_tools.panel.firmness import break_even, firmness
from kaohe_tools.panel.trial import Outcome, Trial, open_trial
from kaohe_tools.panel.widgets import Panel, open_panel

__all__ = [
    "Beside",
    "Outcome",
    "Panel",
    "Trial",
    "beside",
    "break_even",
    "firmness",
    "flow",
    "open_panel",
    "open_trial",
]
