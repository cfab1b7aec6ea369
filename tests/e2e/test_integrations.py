"""The protocol of connected sites at its addresses: what is answered to whom, and every kind of bad input."""

import json
import os
import signal
import socket
import uuid
from urllib.parse import quote

import pytest
import requests
from requests.adapters import HTTPAdapter

from stack import PATIENCE, Person, wait_until
from test_reliability import named

API = "/integrations/v1"
BATCH_SIZE = 1024 * 1024
BATCH_COMMENTS = 1000
HOME = "https://blog.example.com"


class Site:
    """A client of the protocol that says whatever a test wants it to."""

    def __init__(self, stack):
        self.stack = stack
        self.token = "65f0c1d2a3b4c." + uuid.uuid4().hex[:12]

    def call(self, method, path, query="", token=None, **options):
        return requests.request(method, f"{self.stack.url}{API}{path}?token={self.token if token is None else token}{query}",
                                timeout=PATIENCE, **options)

    def ask(self, domain=HOME, extra=""):
        return self.call("PUT", "/token", f"&integrationType=wordpress&domain={domain}{extra}")

    def commands(self):
        answer = self.call("GET", "/commands", "&fromDateTime=0")
        assert answer.status_code == 200 and answer.json()["status"] == "success", answer.text
        return [c["command"] for c in answer.json()["commands"]]

    def post(self, body, **options):
        content = body if isinstance(body, bytes) or not isinstance(body, dict) else json.dumps(body).encode()
        return self.call("POST", "/comments", data=content, headers={"Content-Type": "application/json; charset=utf-8"}, **options)

    def row(self, columns):
        return self.stack.sql(f"SELECT {columns} FROM integration WHERE {self.where()}")[0]

    def change(self, assignments):
        self.stack.sql(f"UPDATE integration SET {assignments} WHERE {self.where()}")

    def where(self):
        return f"integration_id = {self.id}"

    @property
    def id(self):
        return self.stack.number("SELECT MAX(integration_id) FROM integration")

    def slow(self, headers, path="/comments"):
        """A POST of which only the header is sent; the socket."""
        host, port = self.stack.url.removeprefix("http://").split(":")
        sock = socket.create_connection((host, int(port)), timeout=PATIENCE)
        sock.sendall(f"POST {API}{path}?token={self.token} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n\r\n".encode())
        return sock


class Connected(Site):
    """A site that was approved; by SQL, for the page of the approval has tests of its own."""

    def __init__(self, stack, account):
        super().__init__(stack)
        assert self.ask().json() == {"status": "success", "isTokenValidated": False}
        self.number = self.id
        self.account_id = stack.number(f"SELECT account_id FROM admin WHERE email = '{account[0]}'")
        self.change(f"state = 'approved', account_id = {self.account_id}, wants_comments = 1, approved_at = UTC_TIMESTAMP(3)")

    def where(self):
        return f"integration_id = {self.number}"

    def comment(self, number, **more):
        return {"tenantId": str(self.account_id), "urlId": "12", "url": f"{HOME}/?p=12", "pageTitle": "A post",
                "commenterName": "Ann", "commenterEmail": "ann@example.org", "comment": "Hello", "externalId": str(number),
                "externalParentId": None, "date": "2024-01-02 03:04:05", "votes": "0", "votesUp": 0, "votesDown": 0,
                "verified": True, "approved": True, "isSpam": False, **more}

    def nothing_is_there(self):
        """Nothing in the database, nothing in the spool but what other tests of this account would have, which are none."""
        assert self.stack.number(f"SELECT COUNT(*) FROM batch WHERE integration_id = {self.number}") == 0
        assert self.stack.number(f"SELECT COUNT(*) FROM comment WHERE account_id = {self.account_id}") == 0
        wait_until(lambda: not self.stack.spool_files(), "the spool is empty")


def answer_of(sock):
    data = b""
    while b"\r\n\r\n" not in data or not data.rstrip().endswith(b"}"):
        piece = sock.recv(65536)
        if not piece:
            break
        data += piece
    sock.close()
    assert data, "the connection ended without an answer"
    return int(data.split()[1]), json.loads(data.partition(b"\r\n\r\n")[2])


def failed(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/json"), answer.headers
    said = answer.json()
    assert said["status"] == "failed" and said["code"] == code and said["reason"].endswith("."), said
    return said["reason"]


@pytest.fixture
def site(stack):
    yield Site(stack)
    # Only so many of one address may ask at a time, and all tests come from the same one.
    stack.sql("DELETE FROM integration WHERE state = 'asking'")


@pytest.fixture
def connected(stack, account):
    return Connected(stack, account)


# --- asking -----------------------------------------------------------------------------------


def test_a_site_asks_until_it_is_approved(site, account):
    assert site.ask().json() == {"status": "success", "isTokenValidated": False}
    assert site.ask().json() == {"status": "success", "isTokenValidated": False}
    assert site.row("state, source, source_site, domain, skip_initial, asked_from") == \
        [["asking", "wordpress", "blog.example.com", HOME, "0", "127.0.0.1"]][0]
    account_id = site.stack.number(f"SELECT account_id FROM admin WHERE email = '{account[0]}'")
    site.change(f"state = 'approved', account_id = {account_id}")
    answer = site.ask("https://moved.example.com")
    assert answer.json() == {"status": "success", "isTokenValidated": True, "tenantId": str(account_id)}
    assert site.row("source_site, domain, domain_said") == ["blog.example.com", HOME, "https://moved.example.com"]
    site.change("state = 'revoked'")
    failed(site.ask(), 401, "revoked")


def test_a_site_may_skip_the_first_time(site):
    site.ask(extra="&skipInitialSync=true")
    assert site.row("skip_initial") == ["1"]
    site.ask()
    assert site.row("skip_initial") == ["0"]


@pytest.mark.parametrize("said, kept, source_site", [
    ("http://WWW.Blog.Example.com/", "http://WWW.Blog.Example.com/", "blog.example.com"),
    ("https://example.com:443/en/", "https://example.com:443/en/", "example.com/en"),
    ("https://example.com:8443", "https://example.com:8443", "example.com:8443"),
    ("https%3A%2F%2Fexample.com%2Fen", "https://example.com/en", "example.com/en"),
    ("my-awesome-site.com", "https://my-awesome-site.com", "my-awesome-site.com"),
    ("www.example.com%3A8443/en", "https://www.example.com:8443/en", "example.com:8443/en"),
    ("https://example.com/a+b/caf%C3%A9", "https://example.com/a+b/caf%C3%A9", "example.com/a+b/caf%C3%A9"),
])
def test_the_domain_is_taken_as_it_is_written(site, said, kept, source_site):
    """As an export of the same site would name it: a comment must be the same by both ways."""
    assert site.ask(said).status_code == 200
    assert site.row("domain, source_site") == [kept, source_site]


@pytest.mark.parametrize("query", ids=range(19), argvalues=[
    "token=short&integrationType=wordpress&domain=" + HOME,
    "token=with%20blank&integrationType=wordpress&domain=" + HOME,
    "token=%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4&integrationType=wordpress&domain=" + HOME,
    f"token={'x' * 129}&integrationType=wordpress&domain=" + HOME,
    "integrationType=wordpress&domain=" + HOME,
    "token=12345678&token=12345679&integrationType=wordpress&domain=" + HOME,
    "token=12345678&domain=" + HOME,
    "token=12345678&integrationType=Word%20Press&domain=" + HOME,
    f"token=12345678&integrationType={'x' * 33}&domain=" + HOME,
    "token=12345678&integrationType=wordpress",
    "token=12345678&integrationType=wordpress&domain=",
    "token=12345678&integrationType=wordpress&domain=ftp://example.com",
    "token=12345678&integrationType=wordpress&domain=https://user@example.com",
    "token=12345678&integrationType=wordpress&domain=//example.com",
    "token=12345678&integrationType=wordpress&domain=https://example.com/%ff%fe%00",
    "token=12345678&integrationType=wordpress&domain=https://moc.\u202eelpmaxe.example.com",
    "token=12345678&integrationType=wordpress&domain=https%3A%2F%2Fexam\u200bple.com",
    f"token=12345678&integrationType=wordpress&domain=https://example.com/{'x' * 2048}",
    f"token=12345678&integrationType=wordpress&domain=https://example.com/{'x' * 255}",
])
def test_what_asks_must_say_who_it_is(stack, query):
    before = stack.number("SELECT COUNT(*) FROM integration")
    failed(requests.put(f"{stack.url}{API}/token?{query}", timeout=PATIENCE), 400, "input")
    assert stack.number("SELECT COUNT(*) FROM integration") == before


def test_one_address_asks_for_so_many_sites_and_no_more(site):
    tokens = [f"asking-{i:02}-{uuid.uuid4().hex[:8]}" for i in range(21)]
    site.stack.sql("DELETE FROM integration WHERE state = 'asking'")
    answers = [requests.put(f"{site.stack.url}{API}/token?token={t}&integrationType=wordpress&domain={HOME}", timeout=PATIENCE)
               for t in tokens]
    assert [a.status_code for a in answers] == 20 * [200] + [429]
    failed(answers[-1], 429, "too-many")
    assert site.stack.number("SELECT COUNT(*) FROM integration WHERE state = 'asking'") == 20


class FromElsewhere(HTTPAdapter):
    """Connections from another address of this machine: its own name is not counted by nginx."""

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, source_address=("127.0.0.9", 0), **options)


def test_an_address_that_asks_without_end_is_told_to_wait(site):
    elsewhere = requests.Session()
    elsewhere.mount("http://", FromElsewhere())
    url = f"{site.stack.url}{API}/token?token={site.token}&integrationType=wordpress&domain={HOME}"
    answers = [elsewhere.put(url, timeout=PATIENCE) for _ in range(150)]
    assert answers[0].status_code == 200
    failed(answers[-1], 429, "too-many")
    # What a site does once it is connected is not counted.
    assert elsewhere.get(f"{site.stack.url}{API}/commands?token={site.token}", timeout=PATIENCE).status_code == 200
    assert site.row("asked_from") == ["127.0.0.9"]


def test_the_token_is_not_in_the_database(site):
    site.ask()
    assert site.row(f"INSTR(CONCAT_WS(' ', token_hash, source, source_site, domain, domain_said, asked_from), '{site.token}')") == ["0"]


# --- who is answered --------------------------------------------------------------------------

ENDPOINTS = [("GET", "/commands", 200), ("POST", "/comments", 401), ("GET", "/api-secret", 200)]


@pytest.mark.parametrize("method, path, status", ENDPOINTS)
def test_who_is_not_connected_gets_nothing(site, account, method, path, status):
    site.ask()
    failed(site.call(method, path), status, "not-connected")
    for token in ("", "x", "unknown.12345678", "a" * 500):
        failed(site.call(method, path, token=token), status, "not-connected")
    failed(requests.request(method, site.stack.url + API + path, timeout=PATIENCE), status, "not-connected")
    failed(site.call(method, path, "&token=another.1234"), 400, "input")
    account_id = site.stack.number(f"SELECT account_id FROM admin WHERE email = '{account[0]}'")
    site.change(f"state = 'revoked', account_id = {account_id}")
    failed(site.call(method, path), 401, "revoked")


def test_no_cookie_is_looked_at(stack, admin):
    assert admin.get("/auth/my-account/manage-data/import").status_code == 200
    failed(admin.post(f"{API}/comments?token=unknown.12345678", data=b"{}"), 401, "not-connected")
    failed(admin.get(f"{API}/commands"), 200, "not-connected")


def test_a_token_of_an_account_that_was_deleted_is_nobodys(connected):
    connected.stack.sql(f"DELETE FROM account WHERE account_id = {connected.account_id}")
    failed(connected.call("GET", "/commands"), 200, "not-connected")
    failed(connected.post({"countRemaining": 0, "comments": []}), 401, "not-connected")
    assert connected.ask().json() == {"status": "success", "isTokenValidated": False}
    connected.stack.sql("DELETE FROM integration WHERE state = 'asking'")


def test_other_addresses_and_methods_are_told_in_json(site):
    failed(site.call("GET", "/token"), 405, "method")
    failed(site.call("DELETE", "/commands"), 405, "method")
    failed(site.call("GET", "/nothing"), 404, "notfound")
    failed(requests.get(site.stack.url + "/integrations/v2/token", timeout=PATIENCE), 404, "notfound")
    failed(site.call("PUT", "/token", data=b"x" * (2 * 1024 * 1024)), 413, "limit")


def test_there_is_no_key_for_signing_in(connected):
    answer = connected.call("GET", "/api-secret")
    assert answer.status_code == 200
    assert {k: v for k, v in answer.json().items() if k != "reason"} == {"status": "failure", "code": "not-supported"}


# --- what it is asked for ---------------------------------------------------------------------


def test_a_site_is_asked_for_its_comments_while_they_are_wanted(connected):
    assert connected.commands() == ["SendComments"]
    assert connected.call("GET", "/commands").json()["commands"] == [{"id": None, "command": "SendComments"}]
    assert connected.row("heard_at > approved_at - INTERVAL 1 MINUTE") == ["1"]
    connected.change("wants_comments = 0, cancelled = 1")
    assert connected.commands() == []
    connected.change("cancelled = 0")
    assert connected.commands() == ["SetSyncDone"]
    connected.change("received = 1")
    assert connected.commands() == []


@pytest.fixture
def other_writer(connected):
    """Another import of the account, which a machine elsewhere is busy with."""
    stack, account_id = connected.stack, connected.account_id
    stack.sql("INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, started_at, "
              "node, worker, lease_until) VALUES "
              f"({account_id}, 'import', 'disqus', 'disqus', 'running', 'a.xml', 1, 'a@example.org', UTC_TIMESTAMP(3), "
              "UTC_TIMESTAMP(3), 'elsewhere', 'w', UTC_TIMESTAMP(3) + INTERVAL 1 DAY)")
    yield
    stack.sql(f"DELETE FROM job WHERE account_id = {account_id} AND node = 'elsewhere'")


def test_while_another_job_writes_a_site_is_asked_for_nothing(connected, other_writer):
    assert connected.commands() == []
    sock = connected.slow("Content-Length: 1000")  # not a byte of which is waited for
    status, said = answer_of(sock)
    assert (status, said["code"]) == (503, "busy")
    connected.nothing_is_there()


def test_a_cancelled_site_is_refused_cheaply(connected):
    connected.change("wants_comments = 0, cancelled = 1")
    status, said = answer_of(connected.slow("Content-Length: 1000000"))
    assert (status, said["status"], said["code"]) == (200, "failed", "cancelled")
    connected.nothing_is_there()


# --- batches ----------------------------------------------------------------------------------

BAD = [
    (b"", "byte 1"), (b"{", "byte 2"), (b"[]", "object"), (b"\"x\"", "object"), (b"7", "object"), (b"null", "object"),
    (b"{}", "countRemaining"), (b'{"countRemaining":0}', "comments"), (b'{"comments":[]}', "countRemaining"),
    (b'{"countRemaining":null,"comments":[]}', "countRemaining"), (b'{"countRemaining":"","comments":[]}', "countRemaining"),
    (b'{"countRemaining":"many","comments":[]}', "countRemaining"), (b'{"countRemaining":1.5,"comments":[]}', "countRemaining"),
    (b'{"countRemaining":[],"comments":[]}', "countRemaining"), (b'{"countRemaining":true,"comments":[]}', "countRemaining"),
    (b'{"countRemaining":99999999999999999999,"comments":[]}', "countRemaining"),
    (b'{"countRemaining":0,"countRemaining":1,"comments":[]}', "countRemaining"),
    (b'{"countRemaining":0,"comments":{}}', "comments"), (b'{"countRemaining":0,"comments":null}', "comments"),
    (b'{"countRemaining":0,"comments":[],"comments":[]}', "comments"), (b'{"countRemaining":0,"comments":[1]}', "Comment 1"),
    (b'{"countRemaining":0,"comments":[{},null]}', "Comment 2"), (b'{"countRemaining":0,"comments":[{}]', "byte 36"),
    (b'{"countRemaining":0,"comments":[{}]} x', "byte 38"), (b'{"countRemaining":0,"comments":[{"a":"\x80"}]}', "byte 39"),
    (b'{"countRemaining":0,"comments":[{"a":"\xed\xa0\x80"}]}', "UTF-8"), (b'{"countRemaining":0,"comments":[{"a":"\n"}]}', "byte 39"),
    (b'\xef\xbb\xbf{"countRemaining":0,"comments":[]}', "byte 1"), (b'{"countRemaining":0,"comments":[{"a":' + b"[" * 40, "32"),
    (b"[" * 100000, "object"), (b'{"a":' * 1000, "32"), (b'<?xml version="1.0"?>', "byte 1"), (b"countRemaining=0", "byte 1"),
]


@pytest.mark.parametrize("body, word", BAD, ids=range(len(BAD)))
def test_a_malformed_batch_is_refused_with_a_reason(connected, body, word):
    assert word in failed(connected.post(body), 400, "input")
    connected.nothing_is_there()


@pytest.mark.parametrize("tenant", ["0", "", "x", 0, True, {}, ["1"], -1, 1.5])
def test_a_batch_for_another_account_is_refused(connected, tenant):
    body = {"countRemaining": 0, "comments": [connected.comment(1), connected.comment(2, tenantId=tenant)]}
    assert "comment 2" in failed(connected.post(body), 403, "forbidden")
    body["comments"][1]["tenantId"] = str(connected.account_id + 1)
    failed(connected.post(body), 403, "forbidden")
    connected.nothing_is_there()


def test_a_batch_of_too_many_comments_or_bytes_is_refused(connected):
    comments = [{} for _ in range(BATCH_COMMENTS + 1)]
    assert str(BATCH_COMMENTS) in failed(connected.post({"countRemaining": 0, "comments": comments}), 413, "limit")
    body = {"countRemaining": 0, "comments": [connected.comment(1, comment="x" * BATCH_SIZE)]}
    failed(connected.post(body), 413, "limit")
    connected.nothing_is_there()


def test_a_body_of_100_megabytes_is_refused_at_once(connected):
    status, said = answer_of(connected.slow(f"Content-Length: {100 * 1024 * 1024}"))
    assert (status, said["code"]) == (413, "limit")
    connected.nothing_is_there()


def test_a_body_that_does_not_say_its_size_ends_at_the_limit(connected):
    sock = connected.slow("Transfer-Encoding: chunked")
    piece = b'{"countRemaining":0,"comments":[{"a":"' + 65536 * b"x"
    try:
        for _ in range(1600):
            sock.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            piece = 65536 * b"x"
    except OSError:
        pass  # it was refused before all of it was read
    status, said = answer_of(sock)
    assert (status, said["code"]) == (413, "limit")
    connected.nothing_is_there()


def test_a_client_that_goes_away_leaves_nothing_behind(connected):
    body = json.dumps({"countRemaining": 0, "comments": [connected.comment(n) for n in range(100)]}).encode()
    sock = connected.slow(f"Content-Length: {len(body)}")
    sock.sendall(body[:20000])
    wait_until(lambda: connected.stack.spool_files(), "the first bytes are in the spool")
    sock.close()
    connected.nothing_is_there()


def test_a_batch_is_answered_with_the_ids_of_its_comments(connected):
    body = {"countRemaining": "1", "comments": [connected.comment(1), connected.comment(2, tenantId=connected.account_id),
                                                {k: v for k, v in connected.comment(3).items() if k != "tenantId"}]}
    answer = connected.post(body)
    assert answer.status_code == 200 and answer.json()["status"] == "success", answer.text
    ids = answer.json()["commentIds"]
    assert [[str(n), ids[str(n)]] for n in (1, 2, 3)] == connected.stack.sql(
        f"SELECT external_id, LOWER(HEX(comment_id)) FROM comment WHERE account_id = {connected.account_id} ORDER BY external_id")
    assert connected.commands() == ["SendComments"]
    assert connected.post(body).json()["commentIds"] == ids
    assert connected.stack.number(f"SELECT COUNT(*) FROM comment WHERE account_id = {connected.account_id}") == 3
    answer = connected.post({"countRemaining": 0, "comments": []})
    assert '"commentIds":{}' in answer.text, "an object, not an array"
    assert connected.commands() == []
    wait_until(lambda: not connected.stack.spool_files(), "the spool is empty")


@pytest.fixture
def sleeping_jobs(stack):
    """The jobs program does nothing for a while."""
    pids = named(stack, "trasloco-jobs")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def test_a_batch_that_nobody_stores_in_time_is_given_up(connected, sleeping_jobs):
    failed(connected.post({"countRemaining": 0, "comments": [connected.comment(1)]}), 503, "busy")
    connected.nothing_is_there()


# --- what nobody may read ---------------------------------------------------------------------


def without_application(stack, connected):
    """What nginx answers by itself, and would log with the whole address."""
    sockets = [stack.dir / "run" / f"{pool}.sock" for pool in ("pages", "transfer")]
    for sock in sockets:
        sock.rename(sock.with_suffix(".gone"))
    try:
        failed(connected.call("GET", "/commands"), 502, "unavailable")
        failed(connected.post(b"{}"), 502, "unavailable")
        failed(connected.call("PUT", "/token", "&integrationType=wordpress&domain=" + HOME), 502, "unavailable")
        page = f"/auth/my-account/integrations/v1/confirm?token={connected.token}"
        assert Person(stack).get(page).status_code == 502
        assert Person(stack).get("/auth/login?next=" + quote(page, safe="")).status_code == 502
    finally:
        for sock in sockets:
            sock.with_suffix(".gone").rename(sock)


def test_no_log_holds_a_token(stack, connected, account):
    connected.commands()
    connected.ask()
    connected.call("GET", "/nothing")
    connected.call("PATCH", "/comment-ids", data=b"{")
    connected.call("GET", "/events", "&fromDateTime=0")
    connected.call("GET", "/comments", "&skip=0")
    connected.post(b"{")
    connected.call("PUT", "/token", "&integrationType=wordpress&domain=" + HOME, data=b"x" * (2 * 1024 * 1024))
    connected.call("GET", "/commands", "&x=" + "y" * 9000)
    for path in ("confirm", "setup"):
        page = f"/auth/my-account/integrations/v1/{path}?token={connected.token}&hasAccount=true"
        Person(stack).get(page)
        assert Person(stack).get("/auth/login?next=" + quote(page, safe="")).status_code == 200
        Person(stack, account).get(page)
    sock = connected.slow("Content-Length: 10")
    sock.close()
    without_application(stack, connected)
    logs = {path.name: path.read_text(errors="replace") for path in (stack.dir / "log").iterdir()}
    assert "/integrations/v1/commands" in logs["nginx-access.log"]
    assert "route=/integrations/v1/commands" in logs["web.log"]
    for name, text in logs.items():
        assert connected.token not in text, name
