"""What may come between a site's batches: other jobs, an admin, silence, death.  Afterwards everything is there, once."""

import os
import re
import signal
import threading

import pytest

from blog import Blog, invented
from connecting import INTEGRATIONS, account_of, check_complete, connect, press, rows, runs_of
from inputs import many
from stack import IMPORT, Person, wait_until
from test_cancel import held_import, large_export  # noqa: F401  (large_export is a fixture)
from test_reliability import named
from wordpress import ScriptedWordPress


@pytest.fixture
def blog():
    return invented(350)


@pytest.fixture
def undisturbed(stack, blog):
    """What an account holds after a run that nothing disturbed."""
    other = Person(stack, stack.new_account())
    connect(other, blog).run()
    return rows(other)


def resync(admin):
    assert press(admin, INTEGRATIONS, "Ask for all").status_code in (200, 303)


# --- another job --------------------------------------------------------------------------------


def test_while_another_import_runs_nothing_is_asked_a_batch_is_refused_and_then_it_goes_on(
        stack, admin, blog, large_export):  # noqa: F811
    wp = connect(admin, blog)
    wp.tick()
    held = len(rows(admin))
    with held_import(stack, admin, large_export):
        assert wp.tick() == []
        assert wp.post(blog.sent()[100:200], 10).status == 503
        assert len(rows(admin)) == held == 100
    wait_until(lambda: wp.tick(), "the site is asked again")
    wp.run()
    check_complete(admin, blog)
    assert len(runs_of(admin)) == 1 and runs_of(admin)[0]["state"] == "completed"


def test_a_file_is_imported_between_two_batches_of_a_run(admin, blog):
    wp = connect(admin, blog)
    wp.tick()
    assert admin.do_import(many(20))["created"] == 20
    wp.run()
    check_complete(admin, blog)
    assert sum(source == "disqus" for source, _ in rows(admin)) == 20


# --- an admin -----------------------------------------------------------------------------------


def test_a_cancelled_run_keeps_what_came_asks_no_more_and_is_opened_again_by_a_resync(admin, blog):
    wp = connect(admin, blog)
    wp.tick()
    job = runs_of(admin)[0]
    assert admin.cancel(job["id"]).status_code == 200
    assert wp.tick() == []
    answer = wp.post(blog.sent()[100:200], 10)
    assert answer.status == 200
    assert (answer.said["status"], answer.said["code"]) == ("failed", "cancelled") and answer.said["reason"]
    assert wp.manual_sync() is False and wp.answers[-2:] == [200, 200], "stopped quietly, and not tried five times"
    job = runs_of(admin)[0]
    assert job["state"] == "cancelled" and "100 comments" in job["message"] and len(rows(admin)) == 100
    page = admin.get(f"{IMPORT}/{job['id']}").text
    assert "WordPress" in page and "100 comments" in page
    resync(admin)
    wp.run()
    check_complete(admin, blog)
    assert [j["state"] for j in runs_of(admin)] == ["completed", "cancelled"]


def test_a_resync_asks_again_and_a_reset_in_the_plugin_sends_all(admin, blog):
    wp = connect(admin, blog)
    wp.run()
    n, held = len(blog.sent()), rows(admin, ids=True)
    resync(admin)
    assert wp.tick() == ["SendComments"]
    assert (runs_of(admin)[0]["state"], runs_of(admin)[0]["comments_read"]) == ("completed", 0)
    resync(admin)
    wp.manual_sync(reset=True)
    assert (runs_of(admin)[0]["created"], runs_of(admin)[0]["unchanged"]) == (0, n)
    assert rows(admin, ids=True) == held and wp.tick() == []


def test_a_manual_sync_that_nobody_asked_for_is_taken_in_a_run_of_its_own(admin, blog):
    wp = connect(admin, blog)
    wp.run()
    blog.add_comment(1000, comment_content="new 1000")
    assert wp.tick() == [], "nothing is asked"
    wp.manual_sync()
    check_complete(admin, blog)
    assert [(j["state"], j["created"]) for j in runs_of(admin)] == [("completed", 1), ("completed", len(blog.sent()) - 1)]


def test_a_batch_of_a_revoked_site_stores_nothing(admin, blog):
    wp = connect(admin, blog)
    admin.stack.sql(f"UPDATE integration SET state = 'revoked' WHERE account_id = {account_of(admin)}")
    assert wp.post(blog.sent()[:100], 0).status == 401
    assert rows(admin) == {}


# --- silence ------------------------------------------------------------------------------------


def later(admin, column, hours):
    """As if that much time had gone by."""
    admin.stack.sql(f"UPDATE job SET {column} = UTC_TIMESTAMP(3) - INTERVAL {hours} HOUR "
                    f"WHERE account_id = {account_of(admin)} AND run_until IS NOT NULL AND state = 'running'")


def test_a_silent_site_is_waited_for_and_the_run_goes_on(admin, blog):
    wp = connect(admin, blog)
    wp.tick()
    assert runs_of(admin)[0]["waiting_for_site"] is False
    later(admin, "heard_at", 20)
    job = runs_of(admin)[0]
    assert job["state"] == "running" and job["waiting_for_site"] is True
    for page in (IMPORT, f"{IMPORT}/{job['id']}"):
        assert re.search(r"(?i)waiting for the site, last heard", admin.get(page).text)
    wp.tick()
    assert runs_of(admin)[0]["waiting_for_site"] is False
    wp.run()
    check_complete(admin, blog)
    assert len(runs_of(admin)) == 1


def test_after_too_long_a_silence_the_run_fails_and_a_late_batch_is_taken_in_a_new_one(admin, blog):
    wp = connect(admin, blog)
    wp.tick()
    later(admin, "run_until", 1)
    job = admin.finished(runs_of(admin)[0]["id"])
    assert job["state"] == "failed" and "100 comments" in job["message"]
    assert job["created"] == len(rows(admin)) == 100
    assert wp.tick() == ["SendComments"]
    wp.run()
    check_complete(admin, blog)
    assert [j["state"] for j in runs_of(admin)] == ["completed", "failed"]


# --- size ---------------------------------------------------------------------------------------


def test_a_batch_that_is_too_large_is_split_until_it_fits(admin):
    blog = Blog()
    blog.add_post(1)
    for i in range(1, 101):
        blog.add_comment(i, comment_content=f"{'x' * 20000} {i}")
    for i in range(1, 11):
        blog.add_comment(i, comment_content=f"{'y' * 200000} {i}")
    wp = connect(admin, blog)
    wp.run()
    assert wp.answers[:2] == [413, 413] and wp.answers[2:12] == [200] * 10 and wp.answers[12:] == [200] * 9
    check_complete(admin, blog)
    assert (runs_of(admin)[0]["state"], len(runs_of(admin))) == ("completed", 1)


def test_a_single_comment_that_is_too_large_harms_no_other(admin):
    blog = invented(20)
    blog.comments[3]["comment_content"] = "z" * 1_200_000
    wp = connect(admin, blog)
    wp.run()
    assert 413 in wp.answers
    assert sorted(int(n) for _, n in rows(admin)) == [n for n in blog.sent() if n != 3]
    assert runs_of(admin)[0]["state"] == "completed"


def test_more_comments_than_a_batch_may_have_are_refused_and_split(admin):
    blog = invented(1100)
    wp = connect(admin, blog)
    assert wp.post(blog.sent(), 0).status == 413
    assert rows(admin) == {}
    assert wp.send(blog.sent(), 0)
    check_complete(admin, blog)


# --- death --------------------------------------------------------------------------------------


def kill_jobs(stack, wp):
    for pid in named(stack, "trasloco-jobs"):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def restart_web(stack, wp):
    stack.stop()
    stack.quickstart("--detach")


def lose_the_answer(stack, wp):
    """It posts, and dies before it has noted what became of it."""
    numbers = wp.left()
    assert wp.post(numbers[:100], len(numbers[100:])).status == 200


@pytest.mark.parametrize("fault", [kill_jobs, restart_web, lose_the_answer])
def test_a_run_that_is_disturbed_and_resumed_by_the_client_ends_the_same(stack, admin, blog, undisturbed, fault):
    wp = connect(admin, blog)
    wp.tick()
    fault(stack, wp)
    again = ScriptedWordPress(stack.url, blog)  # the client too has been restarted: only its options are left
    again.token, again.tenant_id, again.last_sent, again.fc_ids = wp.token, wp.tenant_id, wp.last_sent, wp.fc_ids
    wait_until(again.tick, "the site is asked again")
    again.run()
    check_complete(admin, blog)
    assert rows(admin) == undisturbed
    assert [j["state"] for j in runs_of(admin)] == ["completed"]
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert stack.number("SELECT COUNT(*) FROM batch") == 0


def test_jobs_that_die_with_a_batch_in_their_hands_keep_nothing_of_it_or_all(stack, admin, blog, undisturbed):
    wp = connect(admin, blog)
    wp.tick()
    for pid in named(stack, "trasloco-jobs"):
        os.kill(pid, signal.SIGSTOP)
    sending = threading.Thread(target=wp.tick)
    sending.start()
    wait_until(lambda: stack.number("SELECT COUNT(*) FROM batch"), "the batch waits")
    kill_jobs(stack, wp)
    sending.join()
    wp.run()
    check_complete(admin, blog)
    assert rows(admin) == undisturbed
