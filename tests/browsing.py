"""JupyterLab and voila on loopback for tests, with settings of their own, and the system's Chromium to look at them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, WebSocket, sync_playwright

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
START = 60  # seconds that a server may take on a busy machine
RUN = 120_000  # milliseconds that a notebook may take


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(scratch: Path) -> dict[str, str]:
    """Folders of its own for everything that Jupyter would keep in the user's home; the package from this tree."""
    named = {name: str(scratch / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    root = str(Path(__file__).resolve().parent.parent)
    pages = scratch / "jupyter_config_dir" / "labconfig"
    pages.mkdir(parents=True)
    off = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (pages / "page_config.json").write_text(json.dumps(off), encoding="utf-8")
    return {**os.environ, **named, "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"), "PYTHONPATH": root}


@contextlib.contextmanager
def _served(words: list[str], port: int, scratch: Path) -> Iterator[None]:
    """A server while the block runs; it is up once its port answers."""
    log = scratch / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen([sys.executable, "-m", *words], stdout=out, stderr=out, env=_environment(scratch))
    try:
        end = time.monotonic() + START
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                break
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(log.read_text(errors="replace")[-2000:])
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@contextlib.contextmanager
def lab(folder: Path, scratch: Path) -> Iterator[str]:
    """JupyterLab over a folder; gives the address at which a notebook opens ({} stands for its path)."""
    port, token = _free_port(), secrets.token_hex(16)
    words = [
        *("jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--expose-app-in-browser"),
        "--allow-root",
    ]
    with _served(words, port, scratch):
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?token={token}&reset"


@contextlib.contextmanager
def voila(notebook: Path, scratch: Path) -> Iterator[str]:
    """A notebook as a page by voila; gives its address."""
    port = _free_port()
    words = ["voila", str(notebook), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    with _served(words, port, scratch):
        yield f"http://127.0.0.1:{port}/"


@contextlib.contextmanager
def browser_page(chromium: str, scratch: Path) -> Iterator[Page]:
    """A page of the system's Chromium with a profile of its own."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(scratch / "profile"),
            executable_path=chromium,
            args=list(FLAGS),
            viewport={"width": 1400, "height": 1000},
        )
        try:
            yield context.new_page()
        finally:
            context.close()


def run_all(page: Page) -> None:
    """Run every cell of the notebook that is open in JupyterLab (the menu may come before the kernel is ready)."""
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget?.context", timeout=RUN)
    page.evaluate(
        """async () => {
            const widget = window.jupyterapp.shell.currentWidget;
            await widget.context.ready;
            await widget.sessionContext.ready;
            await window.jupyterapp.commands.execute('notebook:run-all-cells');
        }"""
    )


class Wire:
    """Messages of a page's widgets to their kernel: how many were sent, and how many waited for an answer at once."""

    def __init__(self, page: Page) -> None:
        self.sent = self.waiting = self.most = 0
        page.on("websocket", self._follow)

    def reset(self) -> None:
        """Count from here."""
        self.sent, self.most = 0, self.waiting

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", self._out)
        socket.on("framereceived", self._in)

    def _out(self, payload: str | bytes) -> None:
        if b"comm_msg" in _bytes(payload):
            self.sent, self.waiting = self.sent + 1, self.waiting + 1
            self.most = max(self.most, self.waiting)

    def _in(self, payload: str | bytes) -> None:
        text = _bytes(payload).replace(b" ", b"")
        if b'"execution_state":"idle"' in text and b"comm_msg" in text:
            self.waiting -= 1


def _bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload
