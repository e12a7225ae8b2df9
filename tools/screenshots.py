"""Photograph every page at the sizes that matter, into ``screenshots/`` (which git ignores).

``DEMO_PASSWORD=… python tools/screenshots.py http://127.0.0.1:8050 [page …]`` (the password that ``make run`` prints);
prints console errors and foreign requests.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

SIZES = {"phone": (390, 844), "desk": (1440, 900), "hd": (1920, 1080), "wall": (3840, 2160)}
THEMES = ("gelap", "terang")
CHROMES = ("chromium", "chromium-browser", "google-chrome")


def main(address: str, wanted: list[str]) -> int:
    """Take all pictures; the exit code says whether the console was silent and nothing came from elsewhere."""
    folder = Path(__file__).parent.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    chrome = next(filter(None, map(shutil.which, CHROMES)))
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        pages = sign_in(context, address)
        for name, (width, height) in SIZES.items():
            for theme in THEMES:
                view = context.new_page()
                view.set_viewport_size({"width": width, "height": height})
                listen(view, address, troubles)
                for path in pages:
                    page = path.strip("/") or "kota"
                    if not wanted or page in wanted:
                        photograph(view, f"{address}{path}?tema={theme}", folder / f"{page}-{name}-{theme}.png")
                view.close()
    print("\n".join(troubles) or "no trouble")
    return bool(troubles)


def sign_in(context: BrowserContext, address: str) -> list[str]:
    """Sign in as the trial's operator; the paths of the pages that are open then."""
    view = context.new_page()
    view.goto(f"{address}/masuk")
    view.fill("[name=login]", "operator")
    view.fill("[name=password]", os.environ["DEMO_PASSWORD"])
    view.click("button[type=submit]")
    view.locator("[data-panel]").first.wait_for(state="attached")
    pages = [page["path"] for page in view.request.get(f"{address}/meta").json()["pages"]]
    view.close()
    return pages


def listen(view: Page, address: str, troubles: list[str]) -> None:
    view.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    view.on("pageerror", lambda error: troubles.append(str(error)))
    view.on(
        "request",
        lambda asked: None if asked.url.startswith((address, "data:", "blob:")) else troubles.append(asked.url),
    )


def photograph(view: Page, url: str, path: Path) -> None:
    view.goto(url)
    view.locator("[data-panel]").first.wait_for(state="attached")
    view.locator("[data-panel]:not([data-state])").first.wait_for(state="detached")
    view.wait_for_timeout(700)
    view.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2:]))
