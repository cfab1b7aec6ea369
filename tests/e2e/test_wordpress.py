"""A WordPress that connects and sends its comments: all of them arrive, once, as they are."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from blog import Blog, invented
from connecting import INTEGRATIONS, account_of, approve, check_complete, connect, press, rows, runs_of
from stack import IMPORT, Person
from test_cancel import colleague
from wordpress import ScriptedWordPress

LARGE = int(os.environ.get("PLUGIN_COMMENTS") or 0)


def ended(admin):
    """The account's newest run, which is over."""
    job = runs_of(admin)[0]
    assert job["state"] == "completed", job
    assert job["comments_read"] == job["created"] + job["updated"] + job["unchanged"] + job["skipped"], job
    return job


# --- connecting ---------------------------------------------------------------------------------


def test_nothing_is_asked_and_nothing_taken_before_somebody_approves(stack, admin):
    wp = ScriptedWordPress(stack.url, invented(5))
    wp.tenant_id = str(account_of(admin))
    for before in (lambda: None, wp.put_token):
        before()
        for answer in (wp.call("GET", "/commands", "&fromDateTime=0"), wp.call("GET", "/events", "&fromDateTime=0")):
            assert answer.status == 200, answer.text
            assert answer.said["status"].startswith("fail") and answer.said["reason"], answer.text
        assert wp.post([1, 2], 0).status == 401
        assert wp.call("GET", "/comments").status in (200, 401) and not wp.call("GET", "/comments").is_success
    assert rows(admin) == {}


def test_asking_again_and_again_is_one_request(stack, admin):
    wp = ScriptedWordPress(stack.url, Blog())
    before = stack.number("SELECT COUNT(*) FROM integration")
    for _ in range(5):
        assert wp.put_token().said == {"status": "success", "isTokenValidated": False}
    assert stack.number("SELECT COUNT(*) FROM integration") == before + 1


@pytest.mark.parametrize("older", [False, True])
def test_the_plugins_button_leads_to_a_page_that_names_the_site_and_a_press_connects_it(stack, admin, older):
    wp = ScriptedWordPress(stack.url, Blog("https://blog.example.com/news"))
    wp.put_token()
    signed_out = Person(stack).get(wp.setup_path(older))
    assert signed_out.status_code == 303 and "/auth/login" in signed_out.headers["Location"]
    assert "https://blog.example.com/news" in admin.get(wp.setup_path(older)).text
    assert wp.put_token().said["isTokenValidated"] is False, "the GET alone approves nothing"
    approve(admin, wp, older=older)
    assert wp.put_token().said == {"status": "success", "isTokenValidated": True, "tenantId": str(account_of(admin))}
    assert "https://blog.example.com/news" in admin.get(INTEGRATIONS).text


def test_a_refused_site_goes_on_asking_in_vain(stack, admin):
    wp = ScriptedWordPress(stack.url, Blog())
    wp.put_token()
    assert press(admin, wp.setup_path(), "Refuse").status_code in (200, 303)
    assert wp.put_token().said["isTokenValidated"] is False
    assert wp.post([], 0).status == 401


def test_a_token_of_another_account_is_refused(stack, admin):
    wp = connect(admin, Blog())
    stranger = Person(stack, stack.new_account())
    page = stranger.get(wp.setup_path())
    assert "Approve" not in page.text and admin.who[0] not in page.text
    assert wp.put_token().said["tenantId"] == str(account_of(admin))


def test_a_site_that_wants_no_initial_sync_is_asked_for_nothing_and_told_that_it_is_done(admin):
    wp = connect(admin, invented(5), skip_initial=True)
    assert "SendComments" not in wp.tick()
    assert wp.is_synced and wp.answers == [] and runs_of(admin) == []


# --- the run ------------------------------------------------------------------------------------


def test_a_blog_arrives_complete_threaded_and_with_its_states_and_again_changes_nothing(admin):
    blog = invented(350)
    wp = connect(admin, blog)
    wp.run()
    check_complete(admin, blog)
    job = ended(admin)
    n = len(blog.sent())
    assert (job["created"], job["updated"], job["unchanged"], job["skipped"], job["total"]) == (n, 0, 0, 0, n)
    assert wp.answers == [200] * -(-n // 100)
    held = rows(admin, ids=True)
    assert {str(number): fc_id.lower() for number, fc_id in wp.fc_ids.items()} == \
        {number: row["comment_id"].lower() for (_, number), row in held.items()}
    assert wp.manual_sync(reset=True)
    job = ended(admin)
    assert (job["created"], job["updated"], job["unchanged"], job["skipped"]) == (0, 0, n, 0)
    assert rows(admin, ids=True) == held


def test_an_order_of_chance_gives_the_same(admin, stack):
    blog = invented(210)
    straight, shuffled = connect(admin, blog), connect(other := Person(stack, stack.new_account()), blog)
    straight.run()
    numbers = sorted(blog.sent(), key=lambda n: (n * 7919) % 211)
    for at in range(0, len(numbers), 30):
        assert shuffled.post(numbers[at:at + 30], len(numbers[at + 30:])).is_success
    check_complete(other, blog)
    assert rows(other) == rows(admin)


def test_a_run_is_one_job_whose_total_is_known_from_the_first_batch(admin):
    blog = invented(250)
    wp = connect(admin, blog)
    n = len(blog.sent())
    for batch in (100, 200, n):
        assert "SendComments" in wp.tick()
        assert len(runs_of(admin)) == 1
        job = runs_of(admin)[0]
        assert (job["kind"], job["total"], job["comments_read"]) == ("import", n, batch), job
        assert job["state"] == ("completed" if batch == n else "running"), job
    assert wp.tick() == []


def test_a_second_admin_watches_it_live(stack, admin):
    second = colleague(stack, admin)
    stranger = Person(stack, stack.new_account())
    wp = connect(admin, invented(250))
    etag = None
    for batch in (100, 200):
        wp.tick()
        answer = second.get(IMPORT + "/status.json", headers={"If-None-Match": etag} if etag else {})
        assert answer.status_code == 200, "there is news"
        etag = answer.headers["ETag"]
        assert answer.json()["jobs"] == admin.status() and answer.json()["jobs"][0]["comments_read"] == batch
        assert "WordPress" in second.get(IMPORT).text
    assert stranger.status() == []


def test_a_site_without_comments_completes_its_run(admin):
    wp = connect(admin, Blog())
    assert wp.tick() == ["SendComments"]
    assert wp.answers == [200] and wp.fc_ids == {}
    assert wp.tick() in ([], ["SetSyncDone"])
    job = ended(admin)
    assert (job["comments_read"], job["total"]) == (0, 0)


def test_a_batch_twice_or_five_times_at_once_changes_nothing_and_gives_the_same_ids(admin):
    blog = invented(60)
    wp = connect(admin, blog)
    numbers = blog.sent()[:50]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: wp.post(numbers, 9), range(5)))
    good = [a for a in answers if a.status == 200]
    assert good and {a.status for a in answers} <= {200, 503}, [a.text for a in answers]
    held = rows(admin, ids=True)
    assert len(held) == 50
    for answer in (*good, wp.post(numbers, 9)):
        assert answer.said == {"status": "success", "commentIds": answer.said["commentIds"]}
        assert {n: i.lower() for n, i in answer.said["commentIds"].items()} == \
            {number: row["comment_id"].lower() for (_, number), row in held.items()}
    assert rows(admin, ids=True) == held
    assert runs_of(admin)[0]["created"] == 50


def test_a_child_whose_parent_never_comes_is_a_root_and_is_attached_when_it_comes(admin):
    blog = Blog()
    blog.add_post(1)
    blog.add_comment(1, comment_parent="3", comment_content="child 1")
    blog.add_comment(2, comment_content="other 2")
    blog.add_comment(3, comment_approved="trash", comment_content="parent 3")
    wp = connect(admin, blog)
    wp.run()
    check_complete(admin, blog)
    assert rows(admin)["wordpress", "1"]["parent"] is None
    blog.comments[3]["comment_approved"] = "1"  # taken out of the trash
    wp.manual_sync(reset=True)
    check_complete(admin, blog)
    assert rows(admin)["wordpress", "1"]["parent"] == "3"


def test_a_comment_whose_post_is_gone_is_kept(admin):
    blog = Blog()
    blog.add_comment(1, post=99, comment_content="orphan 1")
    connect(admin, blog).run()
    check_complete(admin, blog)


def test_an_edit_in_wordpress_is_an_update_of_the_same_comment(admin):
    blog = invented(30)
    wp = connect(admin, blog)
    wp.run()
    before = rows(admin, ids=True)
    blog.comments[4].update(comment_content="edited 4", comment_approved="spam")
    wp.manual_sync(reset=True)
    check_complete(admin, blog)
    after = rows(admin, ids=True)
    assert {k for k in after if after[k] != before[k]} == {("wordpress", "4")}
    assert ended(admin)["updated"] == 1


def test_two_sites_of_one_account_keep_their_comments_apart(admin):
    one, two = (invented(40, home) for home in ("https://one.example", "https://two.example/blog"))
    for blog in (one, two):
        connect(admin, blog).run()
    counts = admin.stack.sql("SELECT source_site, COUNT(*) FROM comment "
                             f"WHERE account_id = {account_of(admin)} GROUP BY source_site ORDER BY 1")
    assert counts == [["one.example", str(len(one.sent()))], ["two.example/blog", str(len(two.sent()))]]


def test_two_sites_with_one_token_do_not_mix(stack, admin):
    """A site that was copied with its options, token included: what is one token is one site."""
    blog = invented(30)
    wp = connect(admin, blog)
    wp.run()
    held = rows(admin, ids=True)
    clone = ScriptedWordPress(stack.url, Blog("https://staging.example"))
    clone.token = wp.token
    clone.blog.posts, clone.blog.comments = blog.posts, blog.comments
    assert clone.put_token().said["tenantId"] == wp.tenant_id
    clone.manual_sync(reset=True)
    assert rows(admin, ids=True) == held
    assert "staging.example" in admin.get(INTEGRATIONS).text


def test_two_accounts_that_approve_one_token_at_once_do_not_both_get_it(stack, admin):
    other = Person(stack, stack.new_account())
    wp = ScriptedWordPress(stack.url, Blog())
    wp.put_token()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: press_softly(person, wp), (admin, other)))
    tenant = wp.put_token().said["tenantId"]
    assert tenant in (str(account_of(admin)), str(account_of(other)))
    owner = admin if tenant == str(account_of(admin)) else other
    assert [site_state(person) for person in (admin, other)] == \
        ([["approved"], []] if owner is admin else [[], ["approved"]])


def press_softly(person, wp):
    """For whom the button may be gone already."""
    try:
        approve(person, wp)
    except AssertionError:
        pass


def test_a_revoked_site_is_told_so_and_what_it_brought_stays(admin):
    blog = invented(150)
    wp = connect(admin, blog)
    wp.tick()
    asks = re.search(r'href="([^"]*revoke)"', admin.get(INTEGRATIONS).text).group(1)
    assert site_state(admin) == ["approved"]
    assert press(admin, asks, "Revoke").status_code == 303
    assert site_state(admin) == ["revoked"]
    assert wp.post(blog.sent()[100:], 0).status == 401
    assert wp.put_token().status == 401
    assert len(rows(admin)) == 100
    assert runs_of(admin)[0]["state"] == "cancelled"


def site_state(admin):
    return [r[0] for r in admin.stack.sql(f"SELECT state FROM integration WHERE account_id = {account_of(admin)}")]


# --- large --------------------------------------------------------------------------------------


@pytest.mark.skipif(not LARGE, reason="PLUGIN_COMMENTS=25000 sends so many, which takes minutes with sanitizers")
def test_a_large_blog_arrives_complete_and_again_changes_nothing(admin):
    blog = invented(LARGE)
    wp = connect(admin, blog)
    wp.run()
    check_complete(admin, blog)
    assert ended(admin)["created"] == len(blog.sent())
    wp.manual_sync(reset=True)
    job = ended(admin)
    assert (job["created"], job["updated"], job["unchanged"]) == (0, 0, len(blog.sent()))
