"""The pages as people see them: Chromium, with script and without."""

import gzip
import uuid

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from blog import Blog
from inputs import many
from stack import IMPORT, PATIENCE, Person
from test_cancel import colleague, held_import
from test_move import SMALL, export
from test_reliability import LARGE
from wordpress import ScriptedWordPress

DATA = "/auth/my-account/manage-data"
EXPORT = DATA + "/export"
MOVE, COPY = DATA + "/migrate-domains", DATA + "/copy-comments"
PAGES = (IMPORT, IMPORT + "?demo=true", EXPORT, EXPORT + "?demo=true", DATA + "/integrations", DATA + "/notifications", DATA + "/audit",
         DATA + "/api-tokens", MOVE, MOVE + "?demo=true", COPY, COPY + "?demo=true",
         "/auth/my-account/integrations/v1/confirm?token=nobody.has.asked")


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
    browser.find_element(By.CSS_SELECTOR, ".account-block input[name=file]").send_keys(str(path))
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
    assert "deleted" in text(browser, ".job-page .actions")


def test_the_focus_stays_on_the_buttons_of_the_form(stack, new_browser, tmp_path):
    """A button that is disabled or hidden drops the focus, and with it whoever uses the keyboard."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.find_element(By.CSS_SELECTOR, ".account-block input[name=file]").send_keys(str(picture))
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
    for path in (*PAGES, "/no/such/page"):
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


@pytest.mark.parametrize("width", [1280, 1000, 390])
def test_no_page_is_wider_than_its_window(stack, new_browser, width):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    for path in PAGES:
        browser.get(stack.url + path)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.execute_script("return [...document.querySelectorAll('.table-card')]"
                                      ".every(card => card.scrollWidth <= card.clientWidth)")


# --- cancelling ---


@pytest.fixture
def held(stack):
    """An import of the first admin that stands still in its middle: its number."""
    with held_import(stack, Person(stack, stack.first), gzip.compress(many(LARGE), 1)) as job_id:
        yield job_id


@pytest.mark.parametrize("script", [True, False])
def test_an_import_is_cancelled_before_the_eyes_of_both_admins(stack, new_browser, held, script):
    first, second = new_browser(script=script), new_browser()
    sign_in(first, stack, stack.first)
    sign_in(second, stack, stack.second)
    row = f'[data-job="{held}"]'
    assert "Running" in text(second, row)
    until(first, lambda: click(first, row + " .cell-state a"))
    until(first, lambda: first.current_url.endswith(f"/{held}/cancel"))
    first.find_element(By.CSS_SELECTOR, ".card form button").click()
    # Who pressed sees it in the answer, the other one without a reload.
    until(first, lambda: "Cancelled" in text(first, ".job-page .badge"))
    until(second, lambda: "Cancelled" in text(second, row + " .badge"))
    assert f"cancelled by {stack.first[0]}" in text(second, row)
    assert second.current_url == stack.url + IMPORT
    # It also goes away by itself that something is being taken back.
    for browser in (first, second):
        until(browser, lambda: "taken back" not in text(browser, row))


def test_a_waiting_import_says_for_which_until_that_one_has_ended(stack, new_browser, held):
    person = Person(stack, stack.first)
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    waiting = person.upload(many(5), name="next.xml").json()["job"]["id"]
    row = f'[data-job="{waiting}"]'
    until(browser, lambda: f"Waits until import {held}" in text(browser, row))
    person.cancel(held)
    until(browser, lambda: "Completed" in text(browser, row))
    assert "Waits" not in text(browser, row)


def test_the_secret_of_a_webhook_goes_when_the_page_is_left(stack, new_browser):
    browser = new_browser(script=False)
    sign_in(browser, stack, stack.second)
    browser.get(stack.url + DATA + "/notifications")
    browser.find_element(By.NAME, "url").send_keys("https://receiver.example/in")
    browser.find_element(By.CSS_SELECTOR, "form[action$='/webhook'] button").click()
    secret = text(browser, "#secret")
    assert len(secret) == 64
    browser.find_element(By.CSS_SELECTOR, ".places a[aria-current]").click()
    until(browser, lambda: not browser.find_elements(By.ID, "secret"))
    assert secret not in browser.page_source and "receiver.example" in browser.page_source
    browser.find_element(By.CSS_SELECTOR, ".choices details:last-child summary").click()
    browser.find_element(By.CSS_SELECTOR, "form[action$='/remove'] button").click()
    until(browser, lambda: "The webhook is removed" in text(browser, ".content"))


# --- options of the providers ---


def provider(browser):
    return Select(browser.find_element(By.NAME, "provider"))


def groups(browser):
    return [g.get_attribute("data-format") for g in browser.find_elements(By.CSS_SELECTOR, "fieldset[data-format]")
            if g.is_displayed()]


def focused(browser):
    return browser.switch_to.active_element


def fail_an_import(browser, stack, tmp_path, name):
    export = tmp_path / name
    export.write_bytes(many(30)[:-200])
    sign_in(browser, stack, stack.first)
    provider(browser).select_by_value("disqus")
    Select(browser.find_element(By.NAME, "disqus.page_key")).select_by_value("link")
    choose(browser, export)


def test_options_are_shown_for_their_provider_alone(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    assert groups(browser) == []
    names = [o.get_attribute("value") for o in provider(browser).options]
    for name in names:
        provider(browser).select_by_value(name)
        assert groups(browser) in ([], [name])
        assert ("recognised by its content" in text(browser, "#file-hint")) == (name == "")
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    provider(browser).select_by_value("disqus")
    assert groups(browser) == ["disqus"]


def test_who_did_it_fits_beside_its_label_on_a_narrow_audit_log(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 380, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    browser.get(stack.url + DATA + "/audit")
    assert browser.execute_script("""return [...document.querySelectorAll("td")].length > 0 &&
        [...document.querySelectorAll("td")].every(td => td.offsetWidth > 250 && td.offsetHeight < 40)""")


def test_the_form_is_filled_in_with_the_keyboard_from_top_to_bottom(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.find_element(By.NAME, "provider").send_keys("Disq")
    visited = []
    while focused(browser).get_attribute("type") != "submit":
        visited.append(focused(browser).get_attribute("name") or focused(browser).text)
        ActionChains(browser).send_keys(Keys.TAB).perform()
    assert visited == ["provider", "disqus.page_key", "More options", "file", "Accepted files"]


def test_a_refused_option_is_shown_told_and_focused(stack, new_browser, tmp_path):
    export = tmp_path / "refused.xml"
    export.write_bytes(many(3))
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    provider(browser).select_by_value("disqus")
    browser.execute_script("document.getElementsByName('disqus.page_key')[0].selectedOptions[0].value = 'colour'")
    choose(browser, export)
    until(browser, lambda: focused(browser).get_attribute("name") == "disqus.page_key")
    assert focused(browser).get_attribute("aria-invalid") == "true"
    assert "What tells pages apart" in text(browser, "fieldset[data-format=disqus] [role=alert]")
    assert "refused.xml" not in text(browser, ".jobs")


def test_a_missing_option_brings_its_provider_and_the_focus(stack, new_browser, tmp_path):
    export = tmp_path / "muut.json"
    export.write_bytes(b'{"categories":[],"threads":{}}')
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    if not browser.find_elements(By.CSS_SELECTOR, "[name=provider] [value=muut]"):
        pytest.skip("this build reads no export of Muut")
    choose(browser, export)
    until(browser, lambda: focused(browser).get_attribute("name") == "muut.base_url")
    assert provider(browser).first_selected_option.get_attribute("value") == "muut"
    assert "Muut" in text(browser, "fieldset[data-format=muut] [role=alert]")
    focused(browser).send_keys("https://site.example")
    assert focused(browser).get_attribute("aria-invalid") is None
    focused(browser).send_keys(Keys.ENTER)
    until(browser, lambda: "muut.json" in text(browser, ".jobs tbody"))


def test_a_failed_import_is_tried_again_with_its_choices(stack, new_browser, tmp_path):
    browser = new_browser()
    fail_an_import(browser, stack, tmp_path, "again.xml")
    until(browser, lambda: "again.xml" in text(browser, ".jobs tbody tr:first-child") and
          "Failed" in text(browser, ".jobs tbody tr:first-child"))
    until(browser, lambda: click(browser, ".jobs tbody tr:first-child .row-link a"))
    until(browser, lambda: "Once more: again.xml" in text(browser, ".again"))
    assert provider(browser).first_selected_option.get_attribute("value") == "disqus"
    assert groups(browser) == ["disqus"]
    assert browser.find_element(By.NAME, "disqus.page_key").get_attribute("value") == "link"
    partial = browser.find_element(By.NAME, "partial")
    assert partial.is_displayed() and not partial.is_selected()
    browser.find_element(By.CSS_SELECTOR, "label[for=partial]").click()
    choose(browser, tmp_path / "again.xml")
    until(browser, lambda: "Completed with warning" in text(browser, ".jobs tbody tr:first-child"))
    assert browser.find_elements(By.CSS_SELECTOR, ".again") == []


def test_without_script_all_options_are_there_and_those_of_others_do_no_harm(stack, new_browser, tmp_path):
    browser = new_browser(script=False)
    fail_an_import(browser, stack, tmp_path, "no script.xml")
    until(browser, lambda: "Failed" in text(browser, ".job-page .badge"))
    browser.find_element(By.LINK_TEXT, "Try again").click()
    until(browser, lambda: "Once more: no script.xml" in text(browser, ".again"))
    assert "disqus" in groups(browser)
    assert browser.find_element(By.NAME, "disqus.page_key").get_attribute("value") == "link"
    assert "only those of the file's own provider" in text(browser, ".upload")
    assert browser.find_element(By.NAME, "partial").is_displayed()


# --- sites that send their comments themselves ---


@pytest.fixture
def asking(stack):
    """A site that asks to be connected, at an address of its own."""
    wp = ScriptedWordPress(stack.url, Blog(f"https://{uuid.uuid4().hex[:8]}.example"))
    assert wp.put_token().said["isTokenValidated"] is False
    return wp


def run_of(stack, wp):
    return stack.number(f"SELECT job_id FROM integration WHERE domain = '{wp.blog.home}'")


@pytest.mark.parametrize("script", [True, False])
def test_a_site_is_approved_after_the_sign_in_and_both_admins_see_its_run_move(stack, new_browser, asking, script):
    first, second = new_browser(script=script), new_browser()
    sign_in(second, stack, stack.second)
    first.get(stack.url + asking.setup_path())
    first.find_element(By.NAME, "email").send_keys(stack.first[0])
    first.find_element(By.NAME, "password").send_keys(stack.first[1])
    first.find_element(By.CSS_SELECTOR, "form button[type=submit]").click()
    until(first, lambda: asking.blog.home in text(first, ".decision .facts"))
    assert not first.find_element(By.NAME, "all_comments").is_selected()
    first.find_element(By.CSS_SELECTOR, "button[value=approve]").click()
    until(first, lambda: f"{asking.blog.home} is connected." in text(first, ".notice.good"))
    assert asking.put_token().said["isTokenValidated"] is True
    run = run_of(stack, asking)
    row = f'[data-job="{run}"]'
    first.find_element(By.CSS_SELECTOR, ".notice.good a").click()
    until(first, lambda: "Running" in text(first, ".job-page .badge"))
    until(second, lambda: "WordPress (plugin)" in text(second, row))
    for read, words in ((100, "of 400"), (200, "of 400")):
        stack.sql(f"UPDATE job SET comments_read = {read}, created = {read}, comments_total = 400, "
                  f"heard_at = UTC_TIMESTAMP(3) WHERE job_id = {run}")
        until(second, lambda: str(read) in text(second, row) and words in text(second, row))
        until(second, lambda: second.find_elements(By.CSS_SELECTOR, f'{row} progress[value="{read // 4}"]'))
        until(first, lambda: str(read) in text(first, ".figures"))
    stack.sql(f"UPDATE job SET heard_at = UTC_TIMESTAMP(3) - INTERVAL 5 MINUTE WHERE job_id = {run}")
    for browser, place in ((first, ".job-page"), (second, row)):
        until(browser, lambda: "Waiting for the site, last heard at" in text(browser, place))
    stack.sql(f"UPDATE job SET heard_at = UTC_TIMESTAMP(3) WHERE job_id = {run}")
    for browser, place in ((first, ".job-page"), (second, row)):
        until(browser, lambda: "Waiting for the site" not in text(browser, place))
    Person(stack, stack.first).cancel(run)
    until(second, lambda: "Cancelled" in text(second, row) and "What to do now" in text(second, row))
    until(first, lambda: "First here: press" in text(first, ".job-page"))
    assert second.current_url == stack.url + IMPORT


def test_a_site_is_asked_again_and_revoked_without_script(stack, new_browser, asking):
    browser = new_browser(script=False)
    sign_in(browser, stack, stack.first)
    browser.get(stack.url + asking.setup_path())
    browser.find_element(By.CSS_SELECTOR, "button[value=approve]").click()
    until(browser, lambda: f"{asking.blog.home} is connected." in text(browser, ".notice.good"))
    site = stack.number(f"SELECT integration_id FROM integration WHERE domain = '{asking.blog.home}'")
    browser.find_element(By.CSS_SELECTOR, f'[data-site="{site}"] summary').click()
    browser.find_element(By.CSS_SELECTOR, f'[data-site="{site}"] form button').click()
    until(browser, lambda: "is asked for its comments" in text(browser, ".notice.good"))
    browser.find_element(By.CSS_SELECTOR, f'[data-site="{site}"] .choices a').click()
    until(browser, lambda: "Revoke this site?" in text(browser, "h1"))
    browser.find_element(By.CSS_SELECTOR, ".card form button").click()
    until(browser, lambda: f"{asking.blog.home} is revoked." in text(browser, ".notice.good"))
    assert "Revoked" in text(browser, f'[data-site="{site}"] .badge')


# --- exports ---


def ask_for_export(browser, stack):
    browser.get(stack.url + EXPORT)
    browser.find_element(By.NAME, "spam").click()
    browser.find_element(By.CSS_SELECTOR, ".account-block button").click()
    until(browser, lambda: "/export/" in browser.current_url)
    return browser.current_url.rsplit("/", 1)[1]


def downloaded(folder, name):
    path = folder / name
    return path.read_bytes() if path.exists() else None


@pytest.mark.parametrize("script", [True, False])
def test_an_export_is_asked_for_downloaded_and_deleted_before_the_eyes_of_both_admins(stack, new_browser, tmp_path, script):
    admin = Person(stack, stack.new_account())
    admin.do_import(many(30), name="some.xml")
    first, second = new_browser(script=script), new_browser()
    sign_in(first, stack, admin.who)
    sign_in(second, stack, colleague(stack, admin).who)
    second.get(stack.url + EXPORT)
    assert "Nothing was exported yet." in text(second, ".jobs")
    number = ask_for_export(first, stack)
    row = f'[data-job="{number}"]'
    # The second one does not load the page again.
    until(second, lambda: "Completed" in text(second, row) and "Download" in text(second, row))
    assert "Without spam" in text(second, row) and "30" in text(second, row)
    until(first, lambda: "Download" in text(first, ".job-page"))
    second.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    name = text(second, row + " .file-name")
    until(second, lambda: click(second, row + " .row-link a"))
    content = until(second, lambda: downloaded(tmp_path, name))
    assert len(content.splitlines()) == 31 and second.current_url == stack.url + EXPORT
    first.find_element(By.CSS_SELECTOR, ".job-page a[href$='/delete']").click()
    until(first, lambda: "Delete this file now?" in text(first, "h1"))
    first.find_element(By.CSS_SELECTOR, ".card form button").click()
    until(first, lambda: "The file was deleted at" in text(first, ".job-page"))
    until(second, lambda: "File deleted at" in text(second, row))
    assert "Download" not in text(second, row) and second.current_url == stack.url + EXPORT


def test_a_refused_export_keeps_what_was_chosen(stack, new_browser):
    browser = new_browser()
    sign_in(browser, stack, stack.first)
    browser.get(stack.url + EXPORT)
    for name, value in (("from", "2020-02-02"), ("to", "2020-02-01")):
        browser.execute_script("arguments[0].value = arguments[1]", browser.find_element(By.NAME, name), value)
    Select(browser.find_element(By.NAME, "format")).select_by_value("csv")
    browser.find_element(By.NAME, "deleted").click()
    browser.find_element(By.CSS_SELECTOR, ".account-block button").click()
    until(browser, lambda: "ends before it begins" in text(browser, "[role=alert]"))
    assert browser.find_element(By.NAME, "from").get_attribute("value") == "2020-02-02"
    assert browser.find_element(By.NAME, "format").get_attribute("value") == "csv"
    assert [browser.find_element(By.NAME, n).is_selected() for n in ("gzip", "spam", "pending", "deleted")] == [False, True, True, False]


# --- moves and copies ---


def ask_for_a_move(browser, stack, old, new):
    browser.get(stack.url + MOVE)
    browser.find_element(By.NAME, "from").send_keys(old)
    browser.find_element(By.NAME, "to").send_keys(new)
    browser.find_element(By.CSS_SELECTOR, ".account-block button[type=submit]").click()


def ended(browser, word):
    """The job's own page, read again where no script does it, until it says how it ended."""
    def says():
        if word not in text(browser, ".job-page .badge"):
            browser.refresh()
        return word in text(browser, ".job-page .badge")
    until(browser, says)


@pytest.mark.parametrize("script", [True, False])
def test_a_move_is_shown_first_then_allowed_and_both_admins_see_it(stack, new_browser, script):
    admin = Person(stack, stack.new_account())
    admin.do_import(export(SMALL))
    first, second = new_browser(script=script), new_browser()
    sign_in(first, stack, admin.who)
    sign_in(second, stack, colleague(stack, admin).who)
    second.get(stack.url + MOVE)
    ask_for_a_move(first, stack, "https://old.example/a", "https://old.example/b")
    ended(first, "Completed")
    until(first, lambda: "Another page is there." in text(first, ".moves"))
    # Without the tick nothing becomes one.
    preview = first.current_url
    click(first, "form[action$='/run'] button")
    until(first, lambda: first.current_url != preview)
    ended(first, "Failed")
    assert "Nothing was moved." in text(first, ".alert")
    first.get(preview)
    first.find_element(By.ID, "merge").click()
    click(first, "form[action$='/run'] button")
    until(first, lambda: first.current_url != preview)
    ended(first, "Completed")
    until(second, lambda: "2 comments moved" in text(second, ".jobs tbody tr:first-child"))
    assert second.current_url == stack.url + MOVE
    first.get(preview)
    assert "was requested" in text(first, ".calm") and not first.find_elements(By.ID, "merge")


def test_what_cannot_be_moved_is_told_above_the_form_that_keeps_it(stack, new_browser):
    browser = new_browser(script=False)
    sign_in(browser, stack, stack.first)
    ask_for_a_move(browser, stack, "old.example", "https://new.example/")
    assert "Both must be of one kind" in text(browser, "#complaint")
    assert browser.find_element(By.NAME, "from").get_attribute("value") == "old.example"


def test_a_page_is_copied(stack, new_browser):
    admin = Person(stack, stack.new_account())
    admin.do_import(export(SMALL))
    browser = new_browser()
    sign_in(browser, stack, admin.who)
    browser.get(stack.url + COPY)
    for field, value in (("from", "a"), ("to", "fresh"), ("url", "https://old.example/fresh")):
        browser.find_element(By.NAME, field).send_keys(value)
    browser.find_element(By.CSS_SELECTOR, ".account-block button[type=submit]").click()
    ended(browser, "Completed")
    until(browser, lambda: "https://old.example/fresh" in text(browser, ".pages"))
