"""What admins see of sites that send their comments themselves: approving one, the list, the run among the imports."""

import re

import pytest

from blog import Blog, invented
from connecting import INTEGRATIONS, account_of, approve, connect, press, runs_of
from inputs import many
from stack import IMPORT, Person, json_headers, sentence
from test_account_pages import audit
from test_cancel import colleague
from wordpress import ScriptedWordPress

CONFIRM = "/auth/my-account/integrations/v1/confirm"


@pytest.fixture
def asking(stack):
    """A site that asks to be connected, and is nobody's."""
    wp = ScriptedWordPress(stack.url, Blog("https://blog.example.com"))
    assert wp.put_token().said["isTokenValidated"] is False
    return wp


def form(person, wp):
    """The hidden fields of the page that asks, as they stand there now."""
    page = person.get(wp.setup_path()).text.split("<main", 1)[1]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def integration(stack, wp, column):
    """A column of the newest site that says wp's address."""
    return stack.sql(f"SELECT {column} FROM integration WHERE domain = '{wp.blog.home}' "
                     "ORDER BY integration_id DESC LIMIT 1")[0][0]


def the_site(person):
    """The address of the one site that the list has."""
    number = re.findall(r'data-site="(\d+)"', person.get(INTEGRATIONS).text)
    assert len(number) == 1, number
    return f"{INTEGRATIONS}/{number[0]}"


# --- approving ---


@pytest.mark.parametrize("older", [False, True])
def test_who_is_not_signed_in_comes_back_to_the_site_that_asks(stack, account, asking, older):
    person = Person(stack)
    answer = person.get(asking.setup_path(older))
    assert answer.status_code == 303
    answer = person.get(answer.headers["Location"])
    fields = dict(re.findall(r'name="(csrf|next)" value="([^"]*)"', answer.text))
    fields["next"] = fields["next"].replace("&amp;", "&").replace("&#38;", "&")
    answer = person.post("/auth/login", data={**fields, "email": account[0], "password": account[1]})
    assert (answer.status_code, answer.headers["Location"]) == (303, asking.setup_path(older))
    page = person.get(answer.headers["Location"])
    assert page.status_code == 200 and "Connect this site?" in page.text and "https://blog.example.com" in page.text


def test_looking_changes_nothing_and_nothing_is_ticked(stack, admin, asking):
    page = admin.get(asking.setup_path()).text
    name = stack.sql(f"SELECT name FROM account WHERE account_id = {account_of(admin)}")[0][0]
    assert f"<dd>{name}</dd>" in page and "127.0.0.1" in page and "comments of pages on blog.example.com," in page
    assert "checked" not in page
    assert asking.put_token().said["isTokenValidated"] is False


@pytest.mark.parametrize("all_comments", [False, True])
def test_an_approval_connects_the_site_and_begins_a_run_that_every_admin_sees(stack, admin, asking, all_comments):
    other = colleague(stack, admin)
    answer = approve(admin, asking, all_comments)
    assert answer.status_code == 303 and answer.headers["Location"].startswith(INTEGRATIONS + "?done=approved")
    page = admin.get(answer.headers["Location"]).text
    assert "Now go back to WordPress" in page
    assert asking.put_token().said["tenantId"] == str(account_of(admin))
    assert integration(stack, asking, "all_comments") == str(int(all_comments))
    assert ("all comments of this account" in page.split('class="facts"')[1]) == all_comments
    for person in (admin, other):
        run = runs_of(person)[0]
        assert (run["state"], run["kind"], run["provider_title"]) == ("running", "import", "WordPress (plugin)")
        assert (run["file_name"], run["waiting_for_site"], run["file_size"]) == ("blog.example.com", False, 0)
        assert admin.who[0] in person.get(INTEGRATIONS).text
        assert f'href="{IMPORT}/{run["id"]}"' in person.get(INTEGRATIONS).text
    assert [row[:2] for row in audit(stack, admin) if row[0].startswith("integration")] == \
        [["integration_approved", admin.who[0]]]


def test_what_is_connected_says_so_to_whoever_comes_again(stack, admin, asking):
    approve(admin, asking)
    page = colleague(stack, admin).get(asking.setup_path()).text
    assert "This site is connected" in page and admin.who[0] in page and "value=\"approve\"" not in page


def test_a_token_that_nobody_has_sent_waits_for_its_site(admin):
    answer = admin.get(CONFIRM, params={"token": "65f0c1d2a3b4c5.12345678"})
    assert answer.status_code == 200 and "has not asked yet" in answer.text
    assert "65f0c1d2a3b4c5.12345678" in answer.text.split("Look again")[0]


@pytest.mark.parametrize("token", ["", "short", "x" * 129, "a b c d e f", "'><script>alert(1)"])
def test_a_token_that_is_none_is_told(admin, token):
    answer = admin.get(CONFIRM, params={"token": token})
    assert answer.status_code == 400 and "press its button once more" in answer.text
    assert "<script>alert" not in answer.text


def test_a_site_of_another_account_is_refused_with_a_word_about_nobody(stack, admin, asking):
    fields = form(admin, asking)
    owner = Person(stack, stack.new_account())
    approve(owner, asking)
    name = stack.sql(f"SELECT name FROM account WHERE account_id = {account_of(owner)}")[0][0]
    answers = [admin.get(asking.setup_path()),
               *(admin.post(CONFIRM, data={**fields, "answer": word}) for word in ("approve", "refuse"))]
    for answer in answers:
        assert answer.status_code == 403 and "connected to another account" in answer.text
        for word in (name, owner.who[0], "blog.example.com"):
            assert word not in answer.text
    assert integration(stack, asking, "account_id") == str(account_of(owner))
    # Also once its owner has revoked it.
    press(owner, the_site(owner) + "/revoke", "Revoke")
    assert admin.get(asking.setup_path()).status_code == 403


def test_an_address_that_changes_while_the_page_is_open_is_not_approved(stack, admin, asking):
    fields = form(admin, asking)
    asking.blog.home = "https://evil.example"
    asking.put_token()
    answer = admin.post(CONFIRM, data={**fields, "answer": "approve"})
    assert answer.status_code == 409 and "another address" in answer.text
    assert "https://evil.example" in answer.text and "value=\"approve\"" in answer.text
    assert asking.put_token().said["isTokenValidated"] is False
    assert runs_of(admin) == []


def test_two_admins_approve_one_site_once(stack, admin, asking):
    other = colleague(stack, admin)
    fields = [(person, form(person, asking)) for person in (admin, other)]
    answers = [person.post(CONFIRM, data={**f, "answer": "approve"}) for person, f in fields]
    assert [a.status_code for a in answers] == [303, 303]
    assert len(runs_of(admin)) == 1
    answer = other.post(CONFIRM, data={**fields[1][1], "answer": "approve", "all_comments": "yes"})
    assert answer.status_code == 409 and "another choice" in answer.text
    assert integration(stack, asking, "all_comments") == "0"


def test_a_refused_site_is_gone_and_may_ask_anew(stack, admin, asking):
    fields = form(admin, asking)
    answer = admin.post(CONFIRM, data={**fields, "answer": "refuse"})
    assert (answer.status_code, answer.headers["Location"]) == (303, INTEGRATIONS + "?done=refused")
    assert "The site was refused." in admin.get(answer.headers["Location"]).text
    assert audit(stack, admin)[-1][:2] == ["integration_refused", admin.who[0]]
    for word in ("approve", "refuse"):
        answer = admin.post(CONFIRM, data={**fields, "answer": word})
        assert answer.status_code == 409 and "does not ask any more" in answer.text
    assert asking.put_token().said["isTokenValidated"] is False
    assert admin.post(CONFIRM, data={**fields, "answer": "perhaps"}).status_code == 400


def test_what_was_approved_meanwhile_is_not_refused(stack, admin, asking):
    fields = form(admin, asking)
    approve(colleague(stack, admin), asking)
    answer = admin.post(CONFIRM, data={**fields, "answer": "refuse"})
    assert answer.status_code == 409 and "This site is connected" in answer.text
    assert integration(stack, asking, "state") == "approved"


# --- the list ---


def test_without_sites_the_page_says_how_to_connect_one(stack, admin):
    page = admin.get(INTEGRATIONS).text
    assert f"wp option update fastcomments_site {stack.url}" in page
    assert "No site is connected yet" in page and "data-site" not in page


def test_no_form_works_without_its_token_or_for_another_account(stack, admin):
    connect(admin, Blog("https://mine.example"))
    site, stranger = the_site(admin), Person(stack, stack.new_account())
    assert "mine.example" not in stranger.get(INTEGRATIONS).text
    assert stranger.get(site + "/revoke").status_code == 404
    for path in (site + "/revoke", site + "/resync"):
        assert stranger.post(path, data={"csrf": stranger.token()}).status_code == 404
        assert admin.post(path, data={"csrf": "0" * 64}).status_code == 403
    forged = {"csrf": "0" * 64, "token": "65f0c1d2a3b4c5.12345678", "domain": "x", "answer": "approve"}
    assert admin.post(CONFIRM, data=forged).status_code == 403
    assert [row[0] for row in audit(stack, admin) if row[0].startswith("integration")] == ["integration_approved"]


def test_a_site_that_calls_itself_otherwise_stays_the_same_and_is_shown_with_both(stack, admin):
    wp = connect(admin, Blog("https://before.example"))
    wp.blog.home = "https://after.example"
    assert wp.put_token().said["isTokenValidated"] is True
    page = admin.get(INTEGRATIONS).text
    assert "It calls itself https://after.example now." in page and ">https://before.example</h2>" in page
    stack.sql(f"UPDATE integration SET left_out = 1234 WHERE account_id = {account_of(admin)}")
    page = admin.get(INTEGRATIONS).text
    assert "1,234" in page and "for their pages are none that it has named as its own" in page


def test_a_revoked_site_is_told_apart_and_can_be_connected_again(stack, admin):
    wp = connect(admin, Blog("https://again.example"))
    run = runs_of(admin)[0]["id"]
    page = admin.get(the_site(admin) + "/revoke").text
    assert "Revoke this site?" in page and "https://again.example" in page
    assert integration(stack, wp, "state") == "approved"
    answer = press(admin, the_site(admin) + "/revoke", "Revoke")
    assert answer.status_code == 303
    page = admin.get(answer.headers["Location"]).text
    assert "https://again.example is revoked." in page and ">Revoked</span>" in page and "/revoke\"" not in page
    assert admin.job(run)["state"] == "cancelled"
    for path in ("/revoke", "/resync"):
        assert admin.post(the_site(admin) + path, data={"csrf": admin.token()}).status_code == 409
    page = admin.get(wp.setup_path()).text
    assert "was revoked at" in page and "value=\"refuse\"" not in page
    approve(admin, wp)
    assert wp.put_token().said["isTokenValidated"] is True
    assert [job["state"] for job in runs_of(admin)] == ["running", "cancelled"]


# --- the run ---


def silence(stack, run, seconds):
    stack.sql(f"UPDATE job SET heard_at = UTC_TIMESTAMP(3) - INTERVAL {seconds} SECOND WHERE job_id = {run}")


def test_a_run_says_that_it_waits_for_its_site_and_since_when(stack, admin):
    connect(admin, Blog("https://silent.example"))
    run = runs_of(admin)[0]["id"]
    stack.sql(f"UPDATE job SET comments_read = 50, created = 50, comments_total = 200 WHERE job_id = {run}")
    silence(stack, run, 10)
    assert (admin.job(run)["waiting_for_site"], admin.job(run)["total"]) == (False, 200)
    assert "Waiting for the site" not in admin.get(IMPORT).text
    silence(stack, run, 300)
    job = admin.job(run)
    assert job["waiting_for_site"] and job["state"] == "running"
    said = f"last heard at {job['heard_at'][:10]} {job['heard_at'][11:19]} UTC"
    for page in (admin.get(IMPORT).text, admin.get(f"{IMPORT}/{run}").text):
        assert said in page and 'value="25"' in page
    # Nothing changed, nothing is sent again.
    tag = admin.get(IMPORT + "/status.json").headers["ETag"]
    assert admin.get(IMPORT + "/status.json", headers={"If-None-Match": tag}).status_code == 304


def test_a_cancelled_run_keeps_what_came_and_says_how_to_go_on(stack, admin):
    wp = connect(admin, invented(5, "https://stopped.example"))
    run = runs_of(admin)[0]["id"]
    page = admin.get(f"{IMPORT}/{run}/cancel").text
    assert "They are kept" in page and "None of them is kept" not in page and "uploaded" not in page
    assert admin.cancel(run).status_code == 200
    page = admin.get(f"{IMPORT}/{run}").text
    assert "What had arrived is kept." in page and "First here: press" in page and f'href="{INTEGRATIONS}"' in page
    assert "Nothing was changed" not in page and "?again=" not in page and "File without a name" not in page
    late = admin.cancel(run)
    assert late.status_code == 409 and "What had arrived is kept." in sentence(late)
    assert admin.get(IMPORT, params={"again": run}).status_code == 409
    assert "its import was cancelled" in admin.get(INTEGRATIONS).text
    # First here: a new run, and the site is asked again.
    answer = press(admin, INTEGRATIONS, "Ask for all comments again")
    assert answer.status_code == 303
    assert "is asked for its comments" in admin.get(answer.headers["Location"]).text
    assert [job["state"] for job in runs_of(admin)] == ["running", "cancelled"]
    assert (integration(stack, wp, "wants_comments"), integration(stack, wp, "cancelled")) == ("1", "0")
    # Asked twice it is one run.
    press(admin, INTEGRATIONS, "Ask for all comments again")
    assert [job["state"] for job in runs_of(admin)] == ["running", "cancelled"]


def test_a_file_is_imported_beside_a_run_that_is_silent(admin):
    connect(admin, Blog("https://beside.example"))
    job = admin.do_import(many(5))
    assert (job["state"], job["created"]) == ("completed", 5)
    assert (job["total"], job["waiting_for_site"], job["heard_at"]) == (None, False, None)
    assert runs_of(admin)[0]["state"] == "running"


def test_a_number_of_a_site_that_is_none_is_told(admin):
    for path in (f"{INTEGRATIONS}?done=approved&site=x", f"{INTEGRATIONS}?site=-1"):
        assert admin.get(path).status_code == 400
    assert admin.get(f"{INTEGRATIONS}/999999/revoke", headers=json_headers()).status_code == 404
    assert admin.get(f"{INTEGRATIONS}?done=approved&site=999999").status_code == 200
