"""The Chromium, Chrome or Edge of this machine, without a window: prints a page that lies on disk as a PDF."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

CHOSEN = "KAOHE_CHROMIUM"  # environment variable that names a browser which is not found by itself
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (  # where browsers lie that are on no search path
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
QUIET = ("gpu", "quic", "background-networking", "component-update", "sync", "extensions", "default-apps")
FLAGS = (
    *("--headless", "--no-first-run", "--no-default-browser-check", "--hide-scrollbars"),
    *(f"--disable-{name}" for name in QUIET),
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name is looked up: nothing goes over the network
)
PATIENCE = 180  # seconds that printing may take


class BrowserError(Exception):
    """The browser did not print, with why, in words for users."""


def find_browser() -> str | None:
    """The path of a browser that can print; None where there is none."""
    chosen = os.environ.get(CHOSEN)
    found = shutil.which(chosen) if chosen else next(filter(None, map(shutil.which, NAMES)), None)
    return found or next((place for place in PLACES if not chosen and Path(place).is_file()), None)


def print_page(browser: str, page: Path, target: Path, patience: float = PATIENCE) -> None:
    """Print a page (HTML) into `target` (PDF), as its own style sheet wants it, without the browser's head and foot.

    The browser runs with a profile of its own that is gone afterwards, and so is every process of it, also when it
    takes longer than `patience` (seconds). Raises BrowserError.
    """
    # The folder may still be written to by what is being ended: what cannot be removed then is left to the system.
    with tempfile.TemporaryDirectory(prefix="kaohe-", ignore_cleanup_errors=True) as profile:
        words = [browser, *FLAGS, f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        words += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # it refuses to run as root
        words += ["--generate-pdf-document-outline", f"--print-to-pdf={target}", page.as_uri()]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            running = subprocess.Popen(words, start_new_session=os.name != "nt", **quiet)
        except OSError as error:
            raise BrowserError(f"浏览器 {browser} 不能运行（{error.strerror}）") from None
        try:
            status = running.wait(patience)
        except subprocess.TimeoutExpired:
            raise BrowserError(f"浏览器 {patience:g} 秒还没有打印完") from None
        finally:
            _end(running)
    if status or not target.is_file() or not target.read_bytes().startswith(b"%PDF"):
        raise BrowserError(f"浏览器没有写出 PDF（退出码 {status}）")


def _end(running: subprocess.Popen[bytes]) -> None:
    """End a browser with all its processes, where any are left."""
    with contextlib.suppress(OSError):
        if os.name == "nt":
            if running.poll() is None:
                subprocess.run(["taskkill", "/T", "/F", "/PID", str(running.pid)], capture_output=True, check=False)
        else:
            os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def set_times(pdf: bytes, time: str) -> bytes:
    """A PDF as if it had been made at `time` (ISO 8601): browsers write the moment of printing into it.

    >>> set_times(b"/CreationDate (D:20261121160641+00'00')", "2020-01-02T03:04:05+08:00")
    b"/CreationDate (D:20200102030405+00'00')"
    """
    digits = re.sub(r"\D", "", time[:19]).ljust(14, "0")[:14].encode("ascii")
    return re.sub(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}", lambda found: found[1] + digits, pdf)
