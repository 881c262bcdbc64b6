"""Open notebooks in JupyterLab in a browser, and take pictures of them.

    python tools/browser.py NOTEBOOK.ipynb FOLDER

Needs Chromium and playwright.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import nbformat.sign

CHROMIUM = "/usr/bin/chromium"
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}


@contextlib.contextmanager
def jupyterlab(folder):
    """Serve `folder` in a JupyterLab of its own; give its address, with %s for a path.

    Its settings, its list of trusted notebooks and its history lie in a temporary folder.
    """
    with tempfile.TemporaryDirectory() as home, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port, token = free.getsockname()[1], secrets.token_hex(16)
        free.close()
        Path(home, "overrides.json").write_text(json.dumps(SETTINGS))
        places = {f"JUPYTER_{name}_DIR": home for name in ("CONFIG", "DATA", "RUNTIME")}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
        command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
        command += [f"--LabApp.app_settings_dir={home}"]
        server = subprocess.Popen(
            command,
            env={**os.environ, **places, "IPYTHONDIR": home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _trust_all(folder, home)
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", server)
            yield f"http://127.0.0.1:{port}/doc/tree/%s?token={token}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _trust_all(folder, home):
    notary = nbformat.sign.NotebookNotary(data_dir=home)
    for path in Path(folder).glob("*.ipynb"):
        notary.sign(nbformat.read(path, 4))
    notary.store.close()


def _wait_for(address, server, seconds=60):
    last = time.monotonic() + seconds
    while time.monotonic() < last and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start")


@contextlib.contextmanager
def opened(*paths, height=1600):
    """A browser page that shows a copy of the first notebook in JupyterLab.

    Yields
    ------
    page
    show : function
        ``show(path)`` shows another of the notebooks on the same page.
    """
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        for path in paths:
            shutil.copy(path, folder)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            with jupyterlab(folder) as address:
                page = browser.new_page(viewport={"width": 1200, "height": height})

                def show(path):
                    page.goto(address % Path(path).name)
                    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)

                show(paths[0])
                yield page, show
        finally:
            browser.close()


def look(path, folder):
    """Take pictures of a notebook, from top to bottom, as JupyterLab shows it."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    beside = path.parent.glob("explorer.html")  # what a frame of the notebook may show
    with opened(path, *beside) as (page, _):
        page.wait_for_timeout(4000)  # formulas and pictures are set after the cells
        panel = page.locator(".jp-WindowedPanel-outer").first
        end = page.locator(".jp-Notebook .jp-Cell").last.bounding_box()
        whole, seen = end["y"] + end["height"], panel.evaluate("e => e.clientHeight")
        for number, top in enumerate(range(0, int(whole), seen - 60), start=1):
            panel.evaluate("(e, top) => e.scrollTo(0, top)", top)
            page.wait_for_timeout(300)
            taken.append(folder / f"{path.stem}_{number:02}.png")
            panel.screenshot(path=taken[-1])
    return taken


if __name__ == "__main__":
    print(*look(*map(Path, sys.argv[1:3])), sep="\n")
