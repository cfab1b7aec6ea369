"""Notifications: a real mail server and a real receiver of webhooks get every message, once."""

import email
import email.policy
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

import inputs
from receivers import MailServer, Receiver, seal, self_signed
from stack import Person, Stack, wait_until
from test_export import EXPORT, ask as ask_export, comment, ended as export_ended, held, jsonl, worker_of

OPERATORS = ["ops@service.example", "night@service.example"]
SECRET = b"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
BROKEN = b'{"this is": "no export"}'


class Service:
    """A whole Trasloco whose mail goes to a server of ours."""

    def __init__(self):
        self.mail = MailServer()
        self.stack = Stack(extra_config=self.config())

    def config(self, smtp="", retry=1, private="yes"):
        return "\n".join([f"operators = {', '.join(OPERATORS)}", "mail_from = trasloco@service.example",
                          smtp or f"smtp_url = smtp://127.0.0.1:{self.mail.port}",
                          f"notify_retry_seconds = {retry}", f"webhook_private = {private}"])

    def restart(self, **settings):
        self.stack.stop()
        self.stack.env["TRASLOCO_EXTRA_CONFIG"] = self.config(**settings)
        self.stack.quickstart("--port", self.stack.url.rpartition(":")[2], "--detach")
        self.stack.read_settings()

    def waiting(self, job, kind):
        return self.stack.number(f"SELECT COUNT(*) FROM outbox WHERE job_id = {job['id']} AND kind = '{kind}' "
                                 "AND state = 'waiting'")

    def attempts(self, job, kind):
        """Status and words of each attempt to tell of a job, in order."""
        return [(int(status), said) for status, said in self.stack.sql(
            "SELECT status, said FROM outbox_attempt JOIN outbox USING (message_id) "
            f"WHERE job_id = {job['id']} AND kind = '{kind}' ORDER BY attempt")]

    def wait_attempts(self, job, kind, n=1):
        wait_until(lambda: len(self.attempts(job, kind)) >= n, f"{n} attempts were made")
        return self.attempts(job, kind)

    def set_webhook(self, url, who):
        public = re.search(r"spool_public_key = (\w+)", Path(self.stack.config).read_text()).group(1)
        self.stack.sql(f"REPLACE INTO webhook SELECT account_id, '{url}', X'{seal(public, SECRET).hex()}', "
                       f"UTC_TIMESTAMP(3) FROM admin WHERE email = '{who[0]}'")


@pytest.fixture(scope="module")
def service():
    s = Service()
    logs = ""
    try:
        yield s
    finally:
        s.stack.stop()
        s.mail.stop()
        logs = s.stack.log("web")
        s.stack.remove()
    assert not re.search(r"ERROR: \w+Sanitizer|runtime error:|level=error .*kind=bug", logs), logs
    assert "@service.example" not in logs and "@test.example" not in logs


@pytest.fixture
def account(service):
    return service.stack.new_account()


@pytest.fixture
def admin(service, account):
    return Person(service.stack, account)


@pytest.fixture
def receiver():
    r = Receiver()
    yield r
    r.stop()


def settled(service):
    """Nothing waits in the outbox any more, so that what has not come will not come."""
    wait_until(lambda: service.stack.number("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'") == 0,
               "the outbox is empty")


# --- mails ---


def test_a_completed_import_is_told_to_who_asked_and_to_nobody_else(service, account, admin):
    before = {o: len(service.mail.to(o)) for o in OPERATORS}
    job = admin.do_import(inputs.many(3), name="my caffè.xml")
    assert job["state"] == "completed"
    mail, = service.mail.wait(account[0])
    assert mail["To"] == f"<{account[0]}>" or account[0] in mail["To"]
    assert mail.envelope[0] == "trasloco@service.example"
    assert mail["Subject"] == "Import of my caffè.xml is complete"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    assert "New: 3" in text and f"/import/{job['id']}" in text
    assert f"/import/{job['id']}\"" in mail.get_body(("html",)).get_content()
    assert "Comment 1" not in text
    settled(service)
    assert len(service.mail.to(account[0])) == 1
    assert {o: len(service.mail.to(o)) for o in OPERATORS} == before


def test_a_failed_import_is_told_to_who_asked_and_to_every_operator(service, account, admin):
    before = {o: len(service.mail.to(o)) for o in OPERATORS}
    job = admin.do_import(inputs.many(2)[:-300], provider="disqus")
    assert job["state"] == "failed"
    mail, = service.mail.wait(account[0])
    assert "has failed" in mail["Subject"]
    assert job["message"] in " ".join(mail.get_body(("plain",)).get_content().split())
    for operator in OPERATORS:
        mail = service.mail.wait(operator, before[operator] + 1)[-1]
        text = mail.get_body(("plain",)).get_content()
        assert mail["Reply-To"].addresses[0].addr_spec == account[0]
        for part in (f"Import {job['id']}", account[0], "Disqus", "Position in the file", "Trasloco 0.",
                     f"/import/{job['id']}"):
            assert part in text, part
        assert "Hello" not in text and "Comment" not in text
    settled(service)
    assert {o: len(service.mail.to(o)) for o in OPERATORS} == {o: n + 1 for o, n in before.items()}
    ids = [m["Message-ID"] for m in service.mail.mails]
    assert len(set(ids)) == len(ids)


def test_a_cancelled_job_is_told_to_who_asked(service, account, admin):
    service.stack.sql(
        "INSERT INTO job (account_id, user_id, kind, state, source, format, options, file_name, file_size, "
        "requested_by, requested_at, finished_at, node, message) SELECT account_id, user_id, 'import', 'cancelled', "
        "'disqus', 'disqus', '', 'a.xml', 1, email, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'x', "
        f"'The job was cancelled by somebody.' FROM admin WHERE email = '{account[0]}'; "
        "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) "
        "SELECT account_id, job_id, 'admin_mail', requested_by, X'00', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM job "
        "WHERE job_id = LAST_INSERT_ID()")
    mail, = service.mail.wait(account[0])
    assert mail["Subject"] == "Import of a.xml was cancelled"
    assert "cancelled by somebody" in mail.get_body(("plain",)).get_content()


def test_an_export_that_is_ready_and_one_that_failed_are_told(service, account, admin):
    admin.do_import(jsonl(comment(1, body_html="<p>nobody's business</p>")), name="a.jsonl")
    service.mail.wait(account[0], 1)
    number = ask_export(service.stack, admin)
    assert export_ended(service.stack, number)["state"] == "completed"
    mail = service.mail.wait(account[0], 2)[-1]
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"].startswith("Your export of ") and mail["Subject"].endswith(" is ready")
    assert ".jsonl: 1 (JSON Lines" in text and f"{EXPORT}/{number}\r\n" in text and "deleted for good" in text and "/download" not in text
    assert f'{EXPORT}/{number}"' in mail.get_body(("html",)).get_content() and mail.is_attachment() is False
    before = {o: len(service.mail.to(o)) for o in OPERATORS}
    with held(service.stack):
        number = ask_export(service.stack, admin)
        os.kill(wait_until(lambda: worker_of(service.stack, number), "a worker writes it"), signal.SIGKILL)
        assert export_ended(service.stack, number)["state"] == "failed"
    mails = service.mail.wait(account[0], 3)[-1:] + [service.mail.wait(o, n + 1)[-1] for o, n in before.items()]
    for mail in mails:
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        assert "failed" in mail["Subject"] and "interrupted" in text and f"{EXPORT}/{number}" in text
        assert "nobody's business" not in text
    settled(service)
    assert len(service.mail.to(account[0])) == 3


def test_a_note_on_a_job_reaches_who_asked_and_is_seen_by_every_admin(service, account, admin):
    bruno = f"b-{account[0]}"
    assert service.stack.cli("user", "add", "--account", account[0].split("@")[0], bruno, "--password-stdin", stdin="word word word\n")[0] == 0
    service.stack.sql(f"INSERT INTO admin_choice (user_id, notify) SELECT user_id, 0 FROM admin WHERE email = '{account[0]}'")
    job = admin.do_import(inputs.many(2))
    before = len(service.mail.mails)
    status, out, err = service.stack.cli("job", "note", str(job["id"]), "The dates of caff\u00e8 <3> look wrong.\nPlease look at them.")
    assert status == 0 and f"mailed to {account[0]}" in out, out + err
    mail, = service.mail.wait(account[0])
    assert mail["Subject"] == f"A note about Import {job['id']} of {account[0].split('@')[0]}"
    text = mail.get_body(("plain",)).get_content()
    assert "The dates of caff\u00e8 <3> look wrong.\r\nPlease look at them.\r\n" in text and f"/import/{job['id']}" in text
    assert "<p>The dates of caff\u00e8 &lt;3&gt; look wrong.</p>" in mail.get_body(("html",)).get_content()
    settled(service)
    assert len(service.mail.mails) == before + 1
    for who in (admin, Person(service.stack, (bruno, "word word word"))):
        assert [n["text"] for n in who.job(job["id"])["notes"]] == ["The dates of caff\u00e8 <3> look wrong.\nPlease look at them."]
        assert "The dates of caff\u00e8 &lt;3&gt; look wrong.\nPlease look at them." in who.get(f"/auth/my-account/manage-data/import/{job['id']}").text
    stranger = Person(service.stack, service.stack.new_account())
    assert stranger.get(f"/auth/my-account/manage-data/import/{job['id']}").status_code == 404


def test_who_wants_no_mail_gets_none(service, account, admin):
    service.stack.sql("INSERT INTO admin_choice (user_id, notify) "
                      f"SELECT user_id, 0 FROM admin WHERE email = '{account[0]}'")
    admin.do_import(inputs.many(1))
    settled(service)
    assert service.mail.to(account[0]) == []


def test_a_mail_server_that_was_down_for_ten_jobs_gets_every_mail_once(service, account, admin):
    service.mail.stop()
    try:
        jobs = [admin.do_import(inputs.many(2, start=10 * i)) for i in range(10)]
        assert {j["state"] for j in jobs} == {"completed"}
        for job in jobs:
            status, said = service.wait_attempts(job, "admin_mail")[0]
            assert status == 0 and said.startswith("The mail server")
    finally:
        service.mail.start()
    service.mail.wait(account[0], 10)
    settled(service)
    assert len(service.mail.to(account[0])) == 10
    assert len({m["Message-ID"] for m in service.mail.to(account[0])}) == 10


def test_a_mail_that_was_refused_is_offered_again(service, account, admin):
    service.mail.refuse = True
    try:
        job = admin.do_import(inputs.many(1))
        assert service.wait_attempts(job, "admin_mail")[0] == (451, "The mail server answered 451.")
    finally:
        service.mail.refuse = False
    service.mail.wait(account[0])


def test_a_killed_notifier_is_started_again_and_loses_nothing(service, account, admin):
    service.mail.stop()
    try:
        job = admin.do_import(inputs.many(1))
        service.wait_attempts(job, "admin_mail")
        os.kill(notifier(service), signal.SIGKILL)
    finally:
        service.mail.start()
    service.mail.wait(account[0])
    settled(service)
    assert len(service.mail.to(account[0])) == 1


def notifier(service):
    """Its process number, from the last line that it has logged."""
    return int(re.findall(r"pid=(\d+) .*event=notification ", service.stack.log("web"))[-1])


def test_a_message_is_given_up_in_the_end(service, account, admin):
    service.mail.refuse = True
    try:
        job = admin.do_import(inputs.many(1))
        service.wait_attempts(job, "admin_mail")
        service.stack.sql(f"UPDATE outbox SET attempts = 74, due_at = UTC_TIMESTAMP(3) WHERE job_id = {job['id']}")
        settled(service)
    finally:
        service.mail.refuse = False
    assert service.stack.sql(f"SELECT state, attempts FROM outbox WHERE job_id = {job['id']}") == [["given_up", "75"]]
    assert service.mail.to(account[0]) == []


# --- webhooks ---


def test_a_webhook_is_signed_json(service, account, admin, receiver):
    service.set_webhook(receiver.url + "/hook?a=b", account)
    job = admin.do_import(inputs.many(3))
    (path, headers, body), = receiver.wait()
    assert path == "/hook?a=b"
    assert headers["Content-Type"] == "application/json"
    stamp = headers["Trasloco-Timestamp"]
    assert abs(int(stamp) - time.time()) < 3600
    signature = hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Trasloco-Signature"] == "v1=" + signature
    told = json.loads(body)
    assert told["version"] == 1 and told["id"] == headers["Trasloco-Id"] and told["event"] == "job.completed"
    assert told["job"]["id"] == job["id"] and told["job"]["source"] == "disqus"
    assert told["job"]["counts"]["created"] == 3
    assert told["job"]["url"].endswith(f"/import/{job['id']}")
    settled(service)
    assert len(receiver.requests) == 1


def test_a_webhook_that_failed_comes_again_as_the_same(service, account, admin, receiver):
    service.set_webhook(receiver.url, account)
    receiver.answers = [500, 503]
    job = admin.do_import(inputs.many(1))
    requests = receiver.wait(3)
    settled(service)
    assert len(requests) == 3 and len({h["Trasloco-Id"] for _, h, _ in requests}) == 1
    assert len({body for _, _, body in requests}) == 1
    assert [status for status, _ in service.attempts(job, "webhook")] == [500, 503, 204]


def test_redirections_are_not_followed(service, account, admin, receiver):
    service.set_webhook(receiver.url + "/from", account)
    receiver.answers, receiver.location = [302, 307, 200], receiver.url + "/to"
    job = admin.do_import(inputs.many(1))
    receiver.wait(3)
    settled(service)
    assert {path for path, _, _ in receiver.requests} == {"/from"}
    assert "redirection" in service.attempts(job, "webhook")[0][1]


def test_a_long_answer_is_not_read(service, account, admin, receiver):
    receiver.body = b"x" * (64 << 20)
    service.set_webhook(receiver.url, account)
    receiver.answers = [200]
    job = admin.do_import(inputs.many(1))
    settled(service)
    assert service.attempts(job, "webhook") == [(200, "The receiver answered 200.")]


def test_a_receiver_that_does_not_answer_holds_up_no_mail(service, account, admin, receiver):
    receiver.hold.clear()
    service.set_webhook(receiver.url, account)
    job = admin.do_import(inputs.many(1))
    receiver.wait()
    job2 = admin.do_import(inputs.many(2))
    service.mail.wait(account[0], 2)
    assert service.waiting(job, "webhook") == 1 and service.attempts(job, "webhook") == []
    receiver.hold.set()
    settled(service)
    assert [len(service.attempts(j, "webhook")) for j in (job, job2)] == [1, 1]


def test_a_receiver_that_does_not_answer_holds_up_no_other_accounts_webhook(service, account, admin, receiver):
    silent = Receiver()
    silent.hold.clear()
    service.set_webhook(silent.url + "/", account)
    jobs = [admin.upload(inputs.many(2)[:-300], provider="disqus").json()["job"]["id"] for _ in range(20)]
    for job_id in jobs:
        assert admin.finished(job_id)["state"] == "failed"
    silent.wait()
    other = service.stack.new_account()
    service.set_webhook(receiver.url + "/other", other)
    assert Person(service.stack, other).do_import(inputs.many(3))["state"] == "completed"
    receiver.wait()
    assert len(silent.requests) == 1, "one at a time"
    silent.hold.set()
    silent.wait(len(jobs))
    settled(service)
    silent.stop()


def test_a_webhook_that_was_removed_is_given_up(service, account, admin, receiver):
    receiver.answers = [500] * 100
    service.set_webhook(receiver.url, account)
    job = admin.do_import(inputs.many(1))
    receiver.wait()
    service.stack.sql("DELETE FROM webhook")
    settled(service)
    assert "removed" in service.attempts(job, "webhook")[-1][1]


# --- other settings; each test starts the service anew with its own ---


def test_private_addresses_are_refused_by_default(service, account, admin, receiver):
    service.restart(private="no", retry=3600)
    admin = Person(service.stack, account)
    port = receiver.server.server_port
    # An address that is private says so; a name that stands for one only once it is resolved.
    for url, reason in ((f"https://10.0.0.1:{port}/", "private address"),
                        (f"https://[::ffff:127.0.0.1]:{port}/", "private"),
                        ("https://169.254.169.254/", "private address"),
                        (f"https://{socket.gethostname()}:{port}/", "private address"),
                        (f"https://2130706433:{port}/", "private"), (f"https://127.0.0.1:{port}/", "own machine"),
                        (f"http://127.0.0.1:{port}/", "own machine")):
        service.set_webhook(url, account)
        job = admin.do_import(inputs.many(1))
        status, said = service.wait_attempts(job, "webhook")[0]
        assert status == 0 and reason in said, (url, said)
    assert receiver.requests == []
    service.stack.sql("DELETE FROM outbox; DELETE FROM webhook")


def test_sendmail_takes_mails_too(service, account, tmp_path):
    program, out = tmp_path / "sendmail", tmp_path / "mails"
    out.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" "$(ls -l /proc/self/fd)" >{out}/arguments\n'
                       f"cat >{out}/mail.$$\n[ -e {out}/failed ] || {{ touch {out}/failed; exit 75; }}\n")
    program.chmod(0o755)
    service.restart(smtp=f"sendmail = {program}")
    job = Person(service.stack, account).do_import(inputs.many(1))
    settled(service)
    assert service.attempts(job, "admin_mail") == [(75, "sendmail ended with status 75."), (0, "sendmail took it.")]
    arguments = (out / "arguments").read_text()
    assert arguments.splitlines()[:4] == ["-t", "-i", "-f", "trasloco@service.example"]
    assert "socket:" not in arguments and "spool" not in arguments
    assert not any(b"\r" in p.read_bytes() for p in out.glob("mail.*"))
    mails = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default) for p in out.glob("mail.*")]
    assert len(mails) == 2 and {m["Subject"] for m in mails} == {"Import of export.xml is complete"}


def test_a_sendmail_that_is_not_there_is_no_disaster(service, account):
    service.restart(smtp="sendmail = /nowhere/sendmail")
    job = Person(service.stack, account).do_import(inputs.many(1))
    assert "No such file" in service.wait_attempts(job, "admin_mail")[0][1]
    service.restart()
    service.mail.wait(account[0])


def test_without_any_way_to_send_mails_they_wait(service, account):
    service.restart(smtp="# none")
    job = Person(service.stack, account).do_import(inputs.many(1))
    assert "No mail leaves" in service.wait_attempts(job, "admin_mail")[0][1]
    assert "event=mail_off" in service.stack.log("web")
    service.restart()
    service.mail.wait(account[0])


def test_tls_is_used_where_offered_and_checked_where_required(service, account, tmp_path):
    server = MailServer(certificate=self_signed(tmp_path))
    url = f"smtp_url = smtp://127.0.0.1:{server.port}"
    try:
        service.restart(smtp=url)
        Person(service.stack, account).do_import(inputs.many(1))
        server.wait(account[0])
        assert server.encrypted == [True]
        service.restart(smtp=url + "\nsmtp_tls = required")
        job = Person(service.stack, account).do_import(inputs.many(1))
        service.wait_attempts(job, "admin_mail")
        assert len(server.mails) == 1
        # A server that offers none gets no mail either.
        service.restart(smtp=f"smtp_url = smtp://127.0.0.1:{service.mail.port}\nsmtp_tls = required")
        job = Person(service.stack, account).do_import(inputs.many(1))
        service.wait_attempts(job, "admin_mail")
        assert service.mail.to(account[0]) == []
    finally:
        server.stop()
    service.stack.sql("DELETE FROM outbox")


def test_a_server_that_wants_a_password_gets_it(service, account):
    server = MailServer(login=(b"trasloco", b"pass = word #1"))
    secret = service.stack.dir / "etc" / "jobs.secret"
    secret.write_text(secret.read_text() + "smtp_password = pass = word #1\n")
    try:
        service.restart(smtp=f"smtp_url = smtp://127.0.0.1:{server.port}\nsmtp_user = trasloco")
        Person(service.stack, account).do_import(inputs.many(1))
        server.wait(account[0])
    finally:
        server.stop()
    assert "word #1" not in service.stack.log("web")
