"""trasloco doctor: says nothing is wrong where nothing is, and of everything else what mends it."""

import contextlib
import fcntl
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import requests

from inputs import many
from stack import IMPORT, PATIENCE, ROOT, Person, Stack, free_port, json_headers, wait_until


@pytest.fixture(scope="module")
def own():
    """A Trasloco that these tests may break."""
    s = Stack(extra_config="max_upload = 8M\noperators = ops@example.org\nmail_from = trasloco@example.org\n"
                           "sendmail = /bin/true")
    try:
        ready(s)
        yield s
    finally:
        s.stop()
        s.remove()


def health(stack):
    answer = requests.get(f"{stack.private_url}/healthz", timeout=PATIENCE)
    return answer.status_code, answer.json()


def ready(stack):
    """quickstart waits for the sockets only: trasloco-jobs may need another moment."""
    wait_until(lambda: health(stack)[0] == 200, "all is well")


def secrets(stack):
    found = set()
    for role in ("web", "jobs", "migrate"):
        text = (stack.dir / "etc" / f"{role}.secret").read_text()
        found |= set(re.findall(r"(?:password|secret_key) = (\S+)", text))
    assert len(found) == 5
    return found


def doctor(stack, config=None):
    """Exit status and findings: (word, text, mend)."""
    command = [f"{stack.bin}/trasloco", "--config", str(config or stack.config), "doctor", str(ROOT / "sql")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in secrets(stack))
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("       -> "):
            found[-1] = (*found[-1][:2], line[10:])
        else:
            found.append((line[:7].strip(), line[7:], None))
    wrong = [f for f in found if f[0] == "WRONG"]
    assert all(mend for word, _, mend in found if word != "ok"), found
    assert done.returncode == (1 if wrong else 0)
    assert not wrong or f"must be put right: {len(wrong)};" in done.stderr
    return done.returncode, found


def wrong(stack, config=None):
    return [f[1:] for f in doctor(stack, config)[1] if f[0] == "WRONG"]


def changed(stack, tmp_path, **lines):
    """A copy of the configuration with other values, and without what is None."""
    text = Path(stack.config).read_text()
    for key, value in lines.items():
        text = re.sub(rf"(?m)^{key} = .*\n", "", text) + (f"{key} = {value}\n" if value is not None else "")
    path = tmp_path / "trasloco.conf"
    path.write_text(text)
    return path


def carry_out(stack, mend):
    """A mend as a person would type it, but for this private server's socket."""
    command = mend.replace("| mariadb", f"| mariadb --no-defaults --socket={stack.dir}/run/db.sock")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def mail_server(*answers):
    """Sends the first answer at once and each other one for a line."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            with contextlib.suppress(OSError):
                peer, _ = listener.accept()
                with peer, peer.makefile("rb") as lines:
                    for answer in answers:
                        peer.sendall(answer)
                        lines.readline()

        threading.Thread(target=serve, daemon=True).start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_in_order_has_nothing_wrong(own):
    status, found = doctor(own)
    assert status == 0, found
    text = "\n".join(f[1] for f in found if f[0] == "ok")
    for part in ("configuration", "secret of jobs", "fit each other", "templates", "answers web", "answers migrate",
                 "database's user of web may what it needs", "trasloco-jobs runs", "pages.sock", "transfer.sock"):
        assert part in text, text


@pytest.mark.parametrize("damage, part", [
    ("REVOKE INSERT ON trasloco.audit FROM 'trasloco_jobs'@'localhost'", "user of jobs lacks: INSERT on audit"),
    ("GRANT DELETE ON trasloco.comment TO 'trasloco_jobs'@'localhost'", "user of jobs may more than it needs: DELETE on comment"),
    ("GRANT CREATE ON trasloco.* TO 'trasloco_web'@'localhost'", "CREATE on the whole database"),
    ("GRANT FILE ON *.* TO 'trasloco_web'@'localhost'", "FILE on the whole server"),
    ("GRANT SELECT ON trasloco.admin TO 'trasloco_web'@'localhost' WITH GRANT OPTION", "grant option on admin"),
])
def test_rights_that_are_missing_or_too_many_are_mended_by_what_it_says(own, damage, part):
    own.sql(damage)
    (mend,) = [m for text, m in wrong(own) if part in text]
    carry_out(own, mend)
    assert wrong(own) == []


def test_a_secret_that_others_can_read_is_mended_by_what_it_says(own):
    path = own.dir / "etc" / "web.secret"
    path.chmod(0o644)
    findings = wrong(own)
    assert len(findings) == 1 and "web.secret can be used by others" in findings[0][0]
    carry_out(own, findings[0][1])
    assert wrong(own) == []


def test_keys_that_do_not_fit_are_told(own, tmp_path):
    pair = own.cli("keygen")[1]
    other = re.search(r"public_key = (\w+)", pair)[1]
    ((text, mend),) = wrong(own, changed(own, tmp_path, spool_public_key=other))
    assert "spool's key" in text and "trasloco keygen" in mend


def test_a_configuration_that_cannot_be_read_is_all_there_is_to_tell(own, tmp_path):
    for lines in ({"pages_worker": "4"}, {"base_url": None}, {"max_upload": "much"}):
        status, found = doctor(own, changed(own, tmp_path, **lines))
        assert status == 1 and [f[0] for f in found] == ["WRONG"]
        assert next(iter(lines)) in found[0][1]
    ((text, _),) = wrong(own, tmp_path / "nowhere.conf")
    assert "nowhere.conf" in text


def test_paths_that_lead_nowhere_are_told(own, tmp_path):
    for key, part in (("template_dir", "templates"), ("spool_dir", "spool"), ("pages_socket", "does not listen on"),
                      ("web_secret", "secret of web"), ("db_socket", "The database, as web")):
        found = wrong(own, changed(own, tmp_path, **{key: tmp_path / "missing"}))
        assert any(part in text for text, _ in found), (key, found)


def test_strange_and_forgotten_files_of_the_spool_are_told(own):
    stranger, forgotten = own.dir / "spool" / "notes.txt", own.dir / "spool" / ("0" * 32 + ".spool")
    stranger.write_text("")
    try:
        assert ["did not put there: 1" in text for text, _ in wrong(own)] == [True]
        own.dir.joinpath("spool").chmod(0o707)
        assert any("open to every user" in text and m.startswith("chmod") for text, m in wrong(own))
    finally:
        own.dir.joinpath("spool").chmod(0o700)
        stranger.unlink()
    with forgotten.open("w") as f:
        os.utime(forgotten, (1, 1))
        fcntl.flock(f, fcntl.LOCK_EX)  # else the sweep may come first
        assert any("Uploads of no job" in text for text, _ in wrong(own))
        forgotten.unlink()
    assert wrong(own) == []


def test_the_mail_server_is_asked_and_nothing_is_sent(own, tmp_path):
    def with_server(url, **more):
        return doctor(own, changed(own, tmp_path, sendmail=None, smtp_url=url, **more))

    with mail_server(b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n") as url:
        status, found = with_server(url, smtp_tls="required")
        assert status == 0 and any("mail server" in f[1] and "answers" in f[1] for f in found), found
    with mail_server(b"220 hello\r\n", b"250 hello\r\n") as url:
        assert any("offers no TLS" in f[1] for f in with_server(url, smtp_tls="required")[1])
    with mail_server(b"554 go away\r\n") as url:
        assert any("does not talk as a mail server" in f[1] for f in with_server(url)[1])
    assert any("cannot be reached" in f[1] for f in with_server("smtp://127.0.0.1:1")[1])
    found = doctor(own, changed(own, tmp_path, sendmail=None))[1]
    assert any("No mail can leave" in f[1] for f in found)
    assert any("cannot be run" in text for text, _ in wrong(own, changed(own, tmp_path, sendmail="/nowhere/sendmail")))


def test_messages_and_jobs_that_wait_for_too_long_are_told(own):
    own.sql("INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, node) "
            "VALUES (1, 'import', '', 'disqus', 'requested', 'x', 1, 'x', UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, 'elsewhere'); "
            "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) VALUES (1, "
            "LAST_INSERT_ID(), 'operator_mail', 'x', UNHEX(REPEAT('0', 32)), UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, '2999-01-01')")
    try:
        text = "\n".join(t for t, _ in wrong(own))
    finally:
        own.sql("DELETE FROM job WHERE node = 'elsewhere'; DELETE FROM outbox WHERE recipient = 'x'")
    assert 'wait for a machine "elsewhere" (1 of them' in text
    assert "kind operator_mail wait to be delivered: 1" in text


def test_a_database_that_refuses_local_data_is_told(own):
    own.sql("SET GLOBAL local_infile = 0")
    try:
        assert any("local_infile is off" in text for text, _ in wrong(own))
    finally:
        own.sql("SET GLOBAL local_infile = 1")


def test_health_and_numbers_are_told_without_a_database_and_without_a_spool(own):
    spool = own.dir / "spool"
    spool.rename(own.dir / "away")
    try:
        assert health(own) == (503, {"status": "failing", "database": True, "jobs": False, "spool": False})
    finally:
        (own.dir / "away").rename(spool)
    ready(own)
    pid = own.pid("db")
    os.kill(pid, 9)
    wait_until(lambda: not Path(f"/proc/{pid}/exe").exists() or not os.readlink(f"/proc/{pid}/exe"), "the database is gone")
    try:
        assert health(own) == (503, {"status": "failing", "database": False, "jobs": True, "spool": True})
        text = requests.get(f"{own.private_url}/metrics", timeout=PATIENCE).text
        assert "\ntrasloco_database_up 0\n" in text and "trasloco_jobs{" not in text and "trasloco_spool_bytes" in text
        found = wrong(own)
        assert len(found) == 3 and all("systemctl start mariadb" in mend for _, mend in found)
    finally:
        own.quickstart("--detach")
    ready(own)
    assert wrong(own) == []


def test_programs_that_do_not_run_are_told(own):
    own.stop()
    try:
        text = "\n".join(t for t, _ in wrong(own))
    finally:
        own.quickstart("--detach")
        ready(own)
    assert "trasloco-jobs does not run" in text and text.count("does not listen on") == 2


# --- who runs the server ---


@pytest.fixture
def empty(own):
    """The name of a database without any table."""
    own.sql("CREATE DATABASE fresh; GRANT ALL ON fresh.* TO 'trasloco_migrate'@'localhost'")
    yield "fresh"
    own.sql("DROP DATABASE fresh; REVOKE ALL ON fresh.* FROM 'trasloco_migrate'@'localhost'")


def migrate(stack, config):
    done = subprocess.run([f"{stack.bin}/trasloco", "--config", str(config), "migrate", str(ROOT / "sql")],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_missing_operators_are_told_and_none_is_an_answer(own, tmp_path):
    ((text, mend),) = wrong(own, changed(own, tmp_path, operators=None))
    assert "operators is missing" in text and "operators = none" in mend
    assert len(wrong(own, changed(own, tmp_path, operators=""))) == 1
    assert wrong(own, changed(own, tmp_path, operators="none")) == []


@pytest.mark.parametrize("operators", [None, ""])
def test_a_new_installation_names_its_operators_or_says_that_there_are_none(own, empty, tmp_path, operators):
    tables = f"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{empty}'"
    config = changed(own, tmp_path, db_name=empty, operators=operators)
    status, text = migrate(own, config)
    assert status == 1 and f"operators is missing in {config}" in text and "operators = none" in text
    assert own.number(tables) == 0
    status, text = migrate(own, changed(own, tmp_path, db_name=empty, operators="none"))
    assert status == 0, text
    assert own.number(tables) > 20
    # One that is there already goes on.
    assert migrate(own, changed(own, tmp_path, db_name=empty, operators=operators))[0] == 0


def test_a_database_of_the_version_before_is_refused(own, empty, tmp_path):
    own.sql(f"CREATE TABLE {empty}.schema_version AS SELECT 7 AS version, '0007_api.sql' AS name, applied_at "
            "FROM trasloco.schema_version")
    status, text = migrate(own, changed(own, tmp_path, db_name=empty))
    assert status == 1 and "made by version 0.1" in text and "Make a new database" in text


def test_quickstart_refuses_settings_without_operators(tmp_path):
    env = dict(os.environ, TRASLOCO_EXTRA_CONFIG="mail_from = trasloco@example.org")
    done = subprocess.run([str(ROOT / "quickstart"), "--dir", str(tmp_path / "q"), "--port", str(free_port()), "--detach"], env=env,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 1 and "names no operators" in done.stderr and "operators = none" in done.stderr
    assert not (tmp_path / "q" / "db").exists()


@contextlib.contextmanager
def running_with(stack, **lines):
    """trasloco-web with other settings, in place of the one that quickstart started."""
    def end():
        pid = stack.pid("web")
        os.kill(pid, 15)
        wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes(), "web has ended")

    config = changed(stack, stack.dir / "tmp", **lines)
    end()
    with (stack.dir / "log" / "web.log").open("a") as log:
        own = subprocess.Popen([f"{stack.bin}/trasloco-web", "--config", str(config)], stdout=log, stderr=log)
    (stack.dir / "run" / "web.pid").write_text(str(own.pid))
    try:
        wait_until(lambda: requests.get(f"{stack.private_url}/healthz", timeout=PATIENCE).status_code == 200, "it serves")
        yield
    finally:
        own.terminate()
        own.wait()
        stack.quickstart("--detach")
        ready(stack)


def test_an_upgrade_without_operators_starts_and_tells_the_log_and_every_admin(own):
    anna = Person(own, own.new_account())
    banner = "Nobody who runs this server hears of jobs that fail"
    pages = [IMPORT, IMPORT.replace("/import", "/export"), IMPORT.replace("/import", "/audit")]
    assert all(banner not in anna.get(page).text for page in pages)
    before = own.log("web").count("event=no_operators")
    with running_with(own, operators=None, contact="https://help.example/?a=1&b=2"):
        for page in pages:
            text = anna.get(page).text
            assert banner in text
            assert ('<a href="https://help.example/?a=1&amp;b=2">You reach the people who run this server at '
                    'https://help.example/?a=1&amp;b=2.</a>') in text
        assert banner not in Person(own).get("/auth/login").text
        log = own.log("web")
        assert "level=error" in log and log.count("event=no_operators") - before >= 2  # web and jobs
    assert all(banner not in anna.get(page).text for page in pages)


def test_who_is_told_to_turn_to_the_operators_is_told_where(own, tmp_path):
    """Errors on pages and in JSON, and the page of a job that failed."""
    sentence = "You reach the people who run this server at help@example.org."
    anna = Person(own, own.new_account())
    job = anna.do_import(many(2)[:-300], provider="disqus")
    assert job["state"] == "failed" and sentence not in anna.get(f"{IMPORT}/{job['id']}").text
    secret = tmp_path / "web.secret"
    secret.write_text(re.sub(r"(?m)^export_secret_key.*\n", "", (own.dir / "etc" / "web.secret").read_text()))
    secret.chmod(0o600)
    with running_with(own, contact="help@example.org", export_public_key=None, web_secret=secret):
        assert sentence in anna.get(f"{IMPORT}/{job['id']}").text
        export = IMPORT.replace("/import", "/export")
        assert sentence in anna.get(export).text
        asked = anna.post(export, data={"csrf": anna.token(), "format": "jsonl"}, headers=json_headers())
        assert asked.status_code == 409 and sentence in asked.text
        own.sql("RENAME TABLE audit TO away")
        try:
            page, answer = anna.get(IMPORT.replace("/import", "/audit")), anna.get(IMPORT.replace("/import", "/audit"), headers=json_headers())
        finally:
            own.sql("RENAME TABLE away TO audit")
        assert page.status_code == answer.status_code == 500
        assert sentence in page.text and answer.json()["error"]["message"].endswith(f" {sentence}")
        assert sentence not in anna.get(f"{IMPORT}/9999999").text
