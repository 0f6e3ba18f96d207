"""Take the screenshots that README and docs show, from a running service.

    make serve &                                   # or any other address
    .venv/bin/python docs/images/take.py http://127.0.0.1:8000

Needs the browser that the tests use. Each picture is named by what it shows.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 760}
PICTURES = {
    "home": ("/", DESKTOP, "light"),
    "city": ("/city/taipei", DESKTOP, "light"),
    "city-dark": ("/city/yokohama", DESKTOP, "dark"),
    "city-phone": ("/city/yokohama", PHONE, "light"),
    "cities": ("/city/?country=ukraine&sort=-agreements", DESKTOP, "light"),
    "compare": ("/compare?city=yokohama&city=taipei", DESKTOP, "light"),
    "explore-map": ("/explore/map?status=suspended&status=terminated", DESKTOP, "light"),
    "explore-network": ("/explore/network", DESKTOP, "light"),
    "question": ("/query/cities-by-number-of-ties", DESKTOP, "light"),
    "ontology": ("/ontology.html#module-agreement", DESKTOP, "light"),
}


def take(address: str) -> None:
    """Write each picture beside this file."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for name, (path, size, scheme) in PICTURES.items():
            page = browser.new_page(viewport=size, color_scheme=scheme)
            page.goto(address + path, wait_until="networkidle")
            page.wait_for_timeout(500)
            page.screenshot(path=HERE / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"))
