"""A browser, a workspace with three people, and an app beside it that uses all that Slack offers."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox import APP_TOKEN, BOT_TOKEN, Manifest, Sandbox, Workspace, start_sandbox
from tests.browser import kit

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
LAUNCH = ["--no-sandbox", "--lang=en-GB"]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}
PATIENCE = 20_000  # ms: two busy cores are shared by the browser, the workspace and the app

Json = dict[str, Any]


@pytest.fixture(scope="package")  # not the session: playwright's event loop would be in the way of others
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: the page is not tested in a browser")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=LAUNCH)
        yield running
        running.close()


@dataclass
class Rig:
    """The workspace, the app's client, and every payload that reached the app."""

    sandbox: Sandbox
    client: WebClient
    seen: list[Json]

    def post(self, where: str, text: str, blocks: list[Json] | None = None, **more: Any) -> str:
        ts: str = self.client.chat_postMessage(channel=where, text=text, blocks=blocks, **more)["ts"]
        return ts

    def picture(self) -> str:
        file_id: str = self.client.files_upload_v2(filename="chart.png", content=chart())["file"]["id"]
        return file_id

    def last(self, kind: str) -> Json:
        """The newest payload of this type, waited for."""
        deadline = time.monotonic() + PATIENCE / 1000
        while not (found := [body for body in self.seen if body.get("type") == kind]):
            assert time.monotonic() < deadline, f"no {kind} reached the app"
            time.sleep(0.01)
        return found[-1]


def chart() -> bytes:
    """A picture of the size of a digest's."""
    image = Image.new("RGB", (960, 520), "white")
    pen = ImageDraw.Draw(image)
    pen.line([(60, 40), (60, 460), (920, 460)], fill="#8a9895", width=2)
    pen.line([(60 + 33 * n, 380 - 9 * n - (n % 5) * 14) for n in range(26)], fill="#0b6357", width=5)
    kept = io.BytesIO()
    image.save(kept, "png")
    return kept.getvalue()


def workspace() -> Workspace:
    made = Workspace()
    made.add_user("U1", name="ana", real_name="Ana Silva", email="ana@example.org", tz="Europe/Lisbon")
    made.add_user("U2", name="ben", real_name="Ben Okoro", email="ben@example.org")
    made.add_user("U3", name="cleo", real_name="Cleo Marsh", email="cleo@example.org")
    made.add_channel("ward-4", id="C1", members=["U1", "U2"])
    made.add_channel("leaders", id="C2", members=["U1"], private=True)
    made.add_channel("old-ward", id="C3", members=["U1"])
    made.archive("C3")
    return made


@pytest.fixture
def rig() -> Iterator[Rig]:
    with start_sandbox(workspace(), manifest=Manifest.parse(kit.MANIFEST)) as sandbox:
        sandbox.faults.file_processing = 0.0
        client = WebClient(token=BOT_TOKEN, base_url=sandbox.api_url, retry_handlers=[])
        app = App(client=client, process_before_response=True)
        seen = kit.register(app)
        handler = SocketModeHandler(app, APP_TOKEN, ping_interval=0.1)
        handler.connect()
        assert sandbox.wait_connected()
        yield Rig(sandbox, client, seen)
        handler.client.auto_reconnect_enabled = False
        sandbox.close_sockets()
        # slack_sdk's own close() races with its receiver's, so the receiver finishes first
        deadline = time.monotonic() + 10
        while handler.client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.01)
        handler.close()


Open = Callable[..., Page]


@pytest.fixture
def window(browser: Browser, rig: Rig) -> Iterator[Open]:
    """Opens the page as somebody. Whatever the page asks for must be of this machine; no script may fail."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    wrong: list[str] = []

    def opened(
        who: str = "U1", at: str = "dm", *, narrow: bool = False, dark: bool = False, url: str | None = None
    ) -> Page:
        context = browser.new_context(
            viewport=NARROW if narrow else DESKTOP,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(f"{url or rig.sandbox.page_url}?as={who}&at={at}")
        page.locator("#places button").first.wait_for(state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
    assert all(url.startswith(("http://127.0.0.1:", "data:")) for url in asked)
