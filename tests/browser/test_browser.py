"""The pages as people see them: Chromium, with script and without."""

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from inputs import many
from stack import IMPORT, PATIENCE


def sign_in(browser, stack, who):
    browser.get(stack.url + IMPORT)
    browser.find_element(By.NAME, "email").send_keys(who[0])
    browser.find_element(By.NAME, "password").send_keys(who[1])
    browser.find_element(By.CSS_SELECTOR, "form button[type=submit]").click()
    until(browser, lambda: browser.current_url == stack.url + IMPORT)


def until(browser, probe):
    return WebDriverWait(browser, PATIENCE, poll_frequency=0.2).until(lambda _: probe())


def text(browser, selector):
    """The script may put a new row in the place of one between the look and the reading: then look again."""
    while True:
        try:
            return " ".join(e.text for e in browser.find_elements(By.CSS_SELECTOR, selector))
        except StaleElementReferenceException:
            pass


def click(browser, selector):
    """False when the page replaced the element meanwhile."""
    try:
        browser.find_element(By.CSS_SELECTOR, selector).click()
    except StaleElementReferenceException:
        return False
    return True


def choose(browser, path):
    browser.find_element(By.CSS_SELECTOR, ".account-block input[type=file]").send_keys(str(path))
    browser.find_element(By.CSS_SELECTOR, ".account-block button[type=submit]").click()


def test_an_upload_reaches_completed_before_the_eyes_of_both_admins(stack, new_browser, tmp_path):
    export = tmp_path / "watched by two.xml"
    export.write_bytes(many(200))
    first, second = new_browser(), new_browser()
    sign_in(first, stack, stack.first)
    sign_in(second, stack, stack.second)
    choose(first, export)
    for browser in (first, second):
        # Neither page is loaded again: their script asks for news.
        until(browser, lambda: "watched by two.xml" in text(browser, ".jobs tbody"))
        until(browser, lambda: "Completed" in text(browser, ".jobs tbody tr:first-child"))
        assert "200" in text(browser, ".jobs tbody tr:first-child")
        assert browser.current_url == stack.url + IMPORT


def test_a_wrong_file_is_told_in_the_middle_of_a_slow_upload(stack, new_browser, tmp_path):
    """At 100 kB/s the 200 MB would take half an hour: the sentence must come before."""
    movie = tmp_path / "movie.png"
    with movie.open("wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + bytes(100_000))
        f.truncate(200_000_000)
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 100_000})
    choose(browser, movie)
    until(browser, lambda: "PNG" in text(browser, ".account-block [role=alert]"))
    assert "movie.png" not in text(browser, ".jobs")


def test_a_failed_job_says_why_and_what_to_do_next(stack, new_browser, tmp_path):
    export = tmp_path / "cut.xml"
    export.write_bytes(many(20)[:-200])
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    choose(browser, export)
    until(browser, lambda: "Failed" in text(browser, ".jobs tbody tr:first-child"))
    assert "Nothing was imported." in text(browser, ".jobs tbody tr:first-child .message")
    until(browser, lambda: click(browser, ".jobs tbody tr:first-child a"))
    assert "breaks off at line" in text(browser, ".job-page .alert")
    browser.find_element(By.LINK_TEXT, "Upload the file again").click()
    until(browser, lambda: browser.current_url == stack.url + IMPORT)


def test_the_focus_stays_on_the_buttons_of_the_form(stack, new_browser, tmp_path):
    """A button that is disabled or hidden drops the focus, and with it whoever uses the keyboard."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.find_element(By.CSS_SELECTOR, ".account-block input[type=file]").send_keys(str(picture))
    browser.find_element(By.CSS_SELECTOR, ".account-block button[type=submit]").send_keys("\ue007")
    until(browser, lambda: "PNG" in text(browser, ".account-block [role=alert]"))
    assert browser.switch_to.active_element.get_attribute("type") == "submit"


def test_the_selectors_of_documentation_tools_are_there(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.get(stack.url + IMPORT + "?demo=true")
    assert browser.find_elements(By.CSS_SELECTOR, ".content .account-block form")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".content .jobs tbody tr")) == 5


def test_no_page_complains_in_the_console(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    for path in (IMPORT, IMPORT + "?demo=true", "/no/such/page"):
        browser.get(stack.url + path)
        complaints = [entry["message"] for entry in browser.get_log("browser")
                      if "404" not in entry["message"]]
        assert complaints == []


def test_without_script_the_job_page_follows_by_itself(stack, new_browser, tmp_path):
    export = tmp_path / "plain form.xml"
    export.write_bytes(many(100))
    browser = new_browser(script=False)
    sign_in(browser, stack, stack.first)
    choose(browser, export)
    until(browser, lambda: "/import/" in browser.current_url)
    until(browser, lambda: "Completed" in text(browser, ".content"))
    assert "100" in text(browser, ".content")


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_its_window(stack, new_browser, width):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    for path in (IMPORT, IMPORT + "?demo=true"):
        browser.get(stack.url + path)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
