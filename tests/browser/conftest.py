import os
import sys
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from stack import Stack  # noqa: E402  (the path is known only now)


@pytest.fixture(scope="session")
def stack():
    s = Stack()
    try:
        yield s
    finally:
        s.stop()
        s.remove()


@pytest.fixture
def new_browser(tmp_path):
    """Chromium, each with a profile of its own, as two people have."""
    opened = []

    def make(script=True):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
                     f"--user-data-dir={tmp_path}/profile{len(opened)}"):
            options.add_argument(word)
        if os.geteuid() == 0:
            # Chromium's own sandbox refuses to run as root, which containers are.
            options.add_argument("--no-sandbox")
        if not script:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        browser = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        opened.append(browser)
        return browser

    yield make
    for browser in opened:
        browser.quit()
