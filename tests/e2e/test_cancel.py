"""An import is cancelled by any admin of its account, and everybody gets a clear answer."""

import os
import signal
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from inputs import many
from stack import IMPORT, Person, json_headers, sentence, wait_until
from test_reliability import busy_reader, contents, large_export, named  # noqa: F401  (large_export is a fixture)


@contextmanager
def held_import(stack, person, export):
    """An import that stands still in its middle, the only one that runs; gone at the end, whatever became of it."""
    answer = person.upload(export, name="large.xml.gz")
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["job"]["id"]
    os.kill(wait_until(lambda: busy_reader(stack), "the reader is at work"), signal.SIGSTOP)
    wait_until(lambda: person.job(job_id)["comments_read"] > 0, "its progress is seen")
    yield job_id
    person.cancel(job_id)
    wait_until(lambda: not named(stack, "trasloco-reader"), "no reader is left")


@pytest.fixture
def running(stack, admin, large_export):  # noqa: F811
    """An import that is held in its middle: its job."""
    with held_import(stack, admin, large_export) as job_id:
        yield job_id


def colleague(stack, admin):
    """Another admin of the same account."""
    account_id = stack.number(f"SELECT account_id FROM admin WHERE email = '{admin.who[0]}'")
    name = stack.sql(f"SELECT name FROM account WHERE account_id = {account_id}")[0][0]
    email, password = f"{uuid.uuid4().hex[:12]}@test.example", uuid.uuid4().hex
    status, out, err = stack.cli("user", "add", "--account", name, email, "--password-stdin", stdin=password + "\n")
    assert status == 0, out + err
    return Person(stack, (email, password))


def test_a_running_import_is_cancelled_at_once_and_nobody_sees_a_row_of_it(stack, admin, running):
    answer = admin.cancel(running)
    assert answer.status_code == 200, answer.text
    assert answer.json()["job"]["state"] == "cancelled"
    job = admin.job(running)
    assert job["state"] == "cancelled" and admin.who[0] in job["message"] and "Nothing was changed." in job["message"]
    assert contents(stack, admin) == []
    assert stack.number(f"SELECT COUNT(*) FROM spool_file WHERE job_id = {running}") == 0
    wait_until(lambda: not admin.job(running)["undoing"], "the import is taken back")
    assert contents(stack, admin) == []
    assert admin.do_import(many(10))["created"] == 10


def test_another_import_waits_and_says_for_which(stack, admin, running):
    waiting = admin.upload(many(10)).json()["job"]["id"]
    assert admin.job(waiting)["waiting_for"] == running
    assert f"Waits until import {running} has ended." in admin.get(f"{IMPORT}/{waiting}").text
    assert f"Waits until import {running} has ended." in admin.get(IMPORT).text
    assert admin.cancel(waiting).json()["job"] == {"id": waiting, "url": f"{IMPORT}/{waiting}", "state": "cancelled",
                                                   "undoing": False}
    assert admin.job(waiting)["waiting_for"] is None
    assert admin.job(running)["state"] == "running"
    assert admin.cancel(running).status_code == 200


def test_without_script_a_page_asks_and_its_button_leads_back_to_the_job(admin, running):
    page = admin.get(f"{IMPORT}/{running}/cancel")
    assert page.status_code == 200 and "None of them is kept" in page.text
    assert admin.job(running)["state"] == "running"
    answer = admin.cancel(running, as_json=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{IMPORT}/{running}")
    page = admin.get(f"{IMPORT}/{running}").text
    assert "Cancelled</span>" in page and f"cancelled by {admin.who[0]}" in page


def test_two_admins_at_once_both_get_a_clear_answer_and_the_state_changes_once(stack, admin, running):
    people = [admin, colleague(stack, admin)]
    tokens = [p.token() for p in people]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: pair[0].cancel(running, token=pair[1]), zip(people, tokens)))
    assert sorted(a.status_code for a in answers) == [200, 409]
    late = next(a for a in answers if a.status_code == 409)
    assert late.json()["error"]["state"] == "cancelled" and "cancelled already" in sentence(late)
    first = people[0] if answers[0].status_code == 200 else people[1]
    assert first.who[0] in admin.job(running)["message"]
    assert stack.sql(f"SELECT actor FROM audit WHERE job_id = {running} AND action = 'cancelled'") == [[first.who[0]]]


@pytest.mark.parametrize("content, state, words", [
    (many(3), "completed", "is completed"), (many(3)[:-200], "failed", "has failed"),
])
def test_what_has_ended_cannot_be_cancelled_and_says_how_it_is(admin, content, state, words):
    job = admin.do_import(content)
    assert job["state"] == state
    answer = admin.cancel(job["id"])
    assert (answer.status_code, answer.json()["error"]["state"]) == (409, state)
    assert words in sentence(answer)
    assert admin.get(f"{IMPORT}/{job['id']}/cancel").status_code == 409
    assert words in admin.cancel(job["id"], as_json=False).text
    assert admin.job(job["id"]) == job


def test_nobody_cancels_an_import_of_another_account_or_without_a_token(stack, admin, running):
    stranger = Person(stack, stack.new_account())
    assert stranger.cancel(running).status_code == 404
    assert stranger.get(f"{IMPORT}/{running}/cancel").status_code == 404
    assert admin.cancel(running, token="0" * 64).status_code == 403
    assert admin.cancel(10**15).status_code == 404
    assert Person(stack).post(f"{IMPORT}/{running}/cancel", headers=json_headers()).status_code == 401
    assert admin.job(running)["state"] == "running"


def test_presses_on_an_import_whose_row_is_locked_hold_up_no_page(stack, admin, running):
    """So it is when its worker was killed at its commit and the server takes everything back."""
    command = ["mariadb", "--no-defaults", f"--socket={stack.dir}/run/db.sock", "trasloco"]
    lock = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    lock.stdin.write(f"START TRANSACTION; UPDATE job SET message = 'x' WHERE job_id = {running};\n"
                     "SELECT SLEEP(1000);\n".encode())
    lock.stdin.close()
    wait_until(lambda: stack.number("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"),
               "the row is locked")
    token = admin.token()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: admin.cancel(running, token=token), range(4)))
    stack.sql("".join(f"KILL {row[0]};" for row in stack.sql(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")))
    lock.kill()
    lock.wait()
    assert [a.status_code for a in answers] == [409] * 4
    assert "is just ending" in sentence(answers[0])
    assert admin.cancel(running).status_code == 200
