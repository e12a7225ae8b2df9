"""Photograph every scene of the wall at the usual geometries, into ``screenshots/`` (which git ignores).

``DEMO_PASSWORD=… python tools/scenes.py http://127.0.0.1:8050 [size …]`` (the password that ``make run`` prints);
without sizes ``tv55``, ``2x2`` and ``4x3``. Prints console errors, foreign requests, and scenes that do not fit.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from screenshots import CHROMES, listen, sign_in

USUAL = ("tv55", "2x2", "4x3")


def main(address: str, sizes: list[str]) -> int:
    """Take all pictures; the exit code says whether the console was silent and every scene fitted."""
    folder = Path(__file__).parent.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    troubles: list[str] = []
    with sync_playwright() as playwright:
        chrome = next(filter(None, map(shutil.which, CHROMES)))
        browser = playwright.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context()
        sign_in(context, address)
        for size in sizes or USUAL:
            plan = context.request.get(f"{address}/dinding/rencana?ukuran={size}").json()
            troubles += [f"{size}: {reason}" for reason in plan["unfit"].values()]
            view = context.new_page()
            view.set_viewport_size({"width": plan["width_px"], "height": plan["height_px"]})
            listen(view, address, troubles)
            for scene in plan["scenes"]:
                photograph(
                    view, f"{address}/dinding?ukuran={size}&adegan={scene}", folder / f"dinding-{size}-{scene}.png"
                )
            view.close()
    print("\n".join(troubles) or "no trouble")
    return bool(troubles)


def photograph(view: Page, url: str, path: Path) -> None:
    """One scene, once every panel of it has drawn its answer."""
    view.goto(url)
    view.locator(".scene.is-shown").wait_for()
    view.locator(".is-shown .panel:not([data-state])").first.wait_for(state="detached")
    view.wait_for_timeout(500)
    view.screenshot(path=path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/"), sys.argv[2:]))
