"""A headless Chromium, spoken to by the DevTools protocol: what a page shows, its console, clicks and pictures."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium is installed: apt install chromium"
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0", "--remote-allow-origins=*",
)  # fmt: skip
_START_S = 60.0
# Said by Chromium of a machine without a GPU, not by the page.
_NO_FAULT = ("GPU stall due to ReadPixels", "GL Driver Message", "software WebGL", "SwiftShader")


def program() -> str | None:
    """The path of Chromium; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Chromium:
    """One tab. A context manager: the browser ends with it."""

    def __init__(self, url: str, size: tuple[int, int] = (1280, 800)) -> None:
        from websockets.sync.client import connect

        path = program()
        assert path is not None, MISSING
        self._profile = tempfile.mkdtemp(prefix="reloc-chromium-")
        window = f"--window-size={size[0]},{size[1]}"
        self._process = subprocess.Popen(
            ["nice", "-n", "5", path, *_OPTIONS, window, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            port_file = Path(self._profile) / "DevToolsActivePort"
            wait(lambda: port_file.is_file() and len(port_file.read_text().split()) > 1, "DevTools' port", _START_S)
            port = port_file.read_text().split()[0]
            self._socket = connect(self._tab(port), max_size=None, origin=None)  # type: ignore[arg-type]
            self._number = 0
            self.console: list[str] = []  # errors and warnings
            for domain in ("Runtime", "Log", "Page"):
                self._call(f"{domain}.enable")
            self.resize(*size)
            self._call("Page.navigate", url=url)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser at once, as a person does who closes it."""
        self._process.kill()
        self._process.wait(10)
        shutil.rmtree(self._profile, ignore_errors=True)

    def value(self, script: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        """All text of the page."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the page shows a text."""
        wait(lambda: text in self.text, f"{text!r} in the page", seconds, lambda: self.text)

    def click(self, text: str) -> None:
        """Click the innermost element with exactly this text."""
        script = (
            "(() => { const all = [...document.querySelectorAll('button, label, a, span, div')];"
            f"const found = all.filter(e => e.textContent.trim() === {json.dumps(text)});"
            "if (!found.length) return false; const one = found[found.length - 1];"
            "(one.closest('button') || one).click(); return true; })()"
        )
        assert self.value(script), f"nothing says {text!r}"

    def toggle(self, label: str) -> None:
        """Click the checkbox beside a label."""
        script = (
            "(() => { const words = [...document.querySelectorAll('label, span, div')]"
            f".filter(e => e.textContent.trim() === {json.dumps(label)});"
            "for (let e = words[words.length - 1]; e; e = e.parentElement) {"
            "const box = e.querySelector('input[type=checkbox]'); if (box) { box.click(); return true; } }"
            "return false; })()"
        )
        assert self.value(script), f"no checkbox is beside {label!r}"

    def click_at(self, x: float, y: float) -> None:
        """Click a point of the window, pixels."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def picture(self, file: Path, quality: int = 80) -> None:
        """Write what is to be seen: .png or .jpg."""
        kind = "png" if file.suffix == ".png" else "jpeg"
        options = {} if kind == "png" else {"quality": quality}
        file.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format=kind, **options)["data"]))

    def open(self, url: str) -> None:
        """Go to another page, and wait until it is there."""
        self._call("Page.navigate", url=url)
        wait(lambda: self.value("document.readyState") == "complete", url, _START_S)

    def look(self, color_scheme: str = "light", medium: str = "screen") -> None:
        """Show the page in light or dark, on a screen or as in print."""
        preferred = [{"name": "prefers-color-scheme", "value": color_scheme}]
        self._call("Emulation.setEmulatedMedia", media=medium, features=preferred)

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **metrics)

    def faults(self) -> list[str]:
        """What the console holds of the page's own errors and warnings so far."""
        self.value("0")  # takes in what has arrived
        return [line for line in self.console if not any(known in line for known in _NO_FAULT)]

    def _tab(self, port: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
        return str(tabs[0]["webSocketDebuggerUrl"])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=300))
            if message.get("id") == self._number:
                assert "error" not in message, message
                return dict(message["result"])
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        told, what = message.get("params", {}), message.get("method")
        if what == "Runtime.exceptionThrown":
            self.console.append(json.dumps(told["exceptionDetails"])[:2000])
        elif what == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
            self.console.append(" ".join(str(one.get("value", one.get("description"))) for one in told["args"])[:2000])
        elif what == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.console.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")


def wait(done: Callable[[], bool], what: str, seconds: float, seen: Callable[[], str] = lambda: "") -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"no {what} within {seconds:g} s: {seen()[-1500:]}"
        time.sleep(0.1)
