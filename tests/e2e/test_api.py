"""The JSON API: what programs with a token may do, each answer held against doc/openapi.json."""

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

import openapi
from inputs import many
from stack import FINAL, PATIENCE, ROOT, Person, wait_until
from test_account_pages import audit
from test_reliability import named
from test_sign_in import FromElsewhere

TOKENS = "/auth/my-account/manage-data/api-tokens"
SCOPES = ("import", "export", "move")
API = openapi.BASE

# What no test can bring about in a running stack: (operation, status); 429 and 503 are tested once for all.
NOT_MET = {("createImport", "507")}

met = set()


class Program(requests.Session):
    """A program with a token; what it is answered must be documented."""

    def __init__(self, stack, token, checked=True):
        super().__init__()
        self.stack, self.token, self.checked = stack, token, checked
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, address, **options):
        options.setdefault("timeout", PATIENCE)
        path = address if address.startswith("/api") else API + address
        if (method.upper(), address) == ("POST", "/imports"):
            # An upload that is refused before its end costs its connection.
            options["headers"] = {"Connection": "close", **(options.get("headers") or {})}
        answer = super().request(method, self.stack.url + path, **options)
        if self.checked:
            met.add(openapi.check_answer(method.lower(), path.split("?")[0], answer))
            if answer.ok and options.get("json") is not None:
                openapi.check_body(method.lower(), path, options["json"])
        return answer

    def upload(self, content, name="export.xml", **fields):
        parts = [*((n, v if isinstance(v, tuple) else (None, v)) for n, v in fields.items()), ("file", (name, content))]
        return self.post("/imports", files=parts)

    def job(self, number):
        return self.get(f"/jobs/{number}").json()

    def ended(self, answer):
        """What it asked for, at its end."""
        assert answer.status_code == 201, answer.text
        job = answer.json()["job"]
        assert answer.headers["Location"] == job["url"] == f"{API}/jobs/{job['id']}"
        return wait_until(lambda: next((j for j in [self.job(job["id"])] if j["job"]["state"] in FINAL), None),
                          "the job has ended")


def new_token(stack, person, scopes=SCOPES, name="nightly"):
    account = stack.sql(f"SELECT account_id FROM admin WHERE email = '{person.who[0]}'")[0][0]
    status, out, err = stack.cli("token", "add", "--account", account, "--name", name, "--scope", ",".join(scopes))
    assert status == 0, err
    return out.strip()


@pytest.fixture
def program(stack, admin):
    return Program(stack, new_token(stack, admin))


@contextmanager
def nobody_works(stack):
    """Jobs that are asked for meanwhile stay requested."""
    family = named(stack, "trasloco-jobs")
    assert family
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


# --- the document ---


def test_the_document_is_openapi_and_has_all_addresses():
    schema = json.loads(Path("/usr/share/openapi-specification/schemas/v3.0/schema.json").read_text())
    assert not list(openapi.Draft4Validator(schema).iter_errors(openapi.DOCUMENT))
    routes = re.findall(r'\{ REQ_(\w+), PATH_API "([^"]+)"', (ROOT / "src" / "web" / "dispatch.c").read_text())
    assert sorted((method.upper(), path) for method, path, _ in openapi.operations()) == sorted(routes)
    for _, path, operation in openapi.operations():
        assert set(re.findall(r"\{(\w+)\}", path)) == {
            p["name"] for p in map(openapi.resolved, openapi.DOCUMENT["paths"][path].get("parameters", []) +
                                   operation.get("parameters", [])) if p["in"] == "path"}


def test_references_of_the_document_lead_somewhere():
    text = json.dumps(openapi.DOCUMENT)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', text)):
        assert openapi.resolved({"$ref": reference})


# --- what can be done ---


def test_a_file_is_imported_and_every_admin_sees_who_brought_it(stack, admin, program):
    job = program.ended(program.upload(many(12), provider="disqus"))["job"]
    assert (job["kind"], job["state"], job["created"], job["requested_by"]) == ("import", "completed", 12, "API token nightly")
    seen = admin.job(job["id"])
    assert seen == job
    assert ["uploaded", "API token nightly"] in [line[:2] for line in audit(stack, admin)]
    assert program.ended(program.upload(many(12)))["job"]["unchanged"] == 12


def test_a_note_of_the_operators_comes_with_the_job_in_lists_too(stack, program):
    job = program.ended(program.upload(many(1)))["job"]
    assert job["notes"] == []
    out = stack.cli("job", "note", str(job["id"]), "Line 1.\nLine \"2\".")[1]
    assert "Nobody gets it by mail" in out  # a program asked
    (note,) = program.job(job["id"])["job"]["notes"]
    assert note["text"] == 'Line 1.\nLine "2".'
    assert program.get("/imports").json()["jobs"][0]["notes"] == [note]


def test_an_option_that_cannot_be_is_told_with_its_field(program):
    answer = program.upload(b'{"categories":[],"threads":{}}', name="muut.json", provider="muut", **{"muut.base_url": "nowhere"})
    assert answer.status_code == 400
    assert (answer.json()["error"]["provider"], answer.json()["error"]["field"]) == ("muut", "muut.base_url")


def test_lists_are_read_in_parts_newest_first(program):
    with nobody_works(program.stack):
        numbers = [program.upload(many(1)).json()["job"]["id"] for _ in range(5)]
    first = [j["id"] for j in program.get("/imports?limit=2").json()["jobs"]]
    assert first == numbers[:2:-1]
    rest = [j["id"] for j in program.get(f"/imports?limit=50&before={first[-1]}").json()["jobs"]]
    assert rest == numbers[2::-1]
    assert program.get(f"/imports?before={numbers[0]}").json() == {"jobs": []}
    assert len(program.get("/imports").json()["jobs"]) == 5
    assert program.get("/exports").json() == program.get("/moves").json() == {"jobs": []}
    for number in numbers:
        wait_until(lambda n=number: program.job(n)["job"]["state"] == "completed", "all have ended")


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "limit=x", "before=0", "before=-1", "before=1e3", "limit=1&limit=2"])
@pytest.mark.parametrize("kind", ["imports", "exports", "moves"])
def test_a_part_that_cannot_be_is_told(program, kind, query):
    assert program.get(f"/{kind}?{query}").status_code == 400


def test_an_export_is_asked_for_and_downloaded(stack, admin, program):
    program.ended(program.upload(many(7)))
    job = program.ended(program.post("/exports", json={"format": "jsonl", "spam": False}))["job"]
    assert (job["kind"], job["state"], job["created"]) == ("export", "completed", 7)
    assert job["download"] == f"{API}/exports/{job['id']}/download" and job["expires_at"] > job["finished_at"]
    answer = program.get(job["download"])
    assert len(answer.content) == job["file_size"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len([line for line in lines if "external_id" in line]) == 7
    wait_until(lambda: ["downloaded", "API token nightly"] in [line[:2] for line in audit(stack, admin)], "it is noted")
    assert [j["id"] for j in program.get("/exports").json()["jobs"]] == [job["id"]]
    stack.sql(f"UPDATE job SET download_until = UTC_TIMESTAMP(3) WHERE job_id = {job['id']}")
    assert program.get(f"/exports/{job['id']}/download").status_code == 410
    assert program.job(job["id"])["job"]["download"] is None


def test_a_move_is_previewed_made_and_cancelled(program):
    program.ended(program.upload(many(3)))
    pairs = [{"from": "site.example", "to": "new.example", "kind": "domain"}]
    told = program.ended(program.post("/moves", json={"pairs": pairs, "preview": True}))
    assert (told["job"]["provider"], told["move"]["preview"]) == ("preview", True)
    found = told["move"]["found"]
    assert (found["pages"], found["comments"], found["collisions"]) == (1, 3, 0)
    assert (found["examples"][0]["url_before"], found["examples"][0]["url_after"]) == (
        "https://site.example/first/", "https://new.example/first/")
    done = program.ended(program.post("/moves", json={"pairs": pairs, "merge": True}))
    assert (done["job"]["state"], done["move"]["preview"], done["move"]["found"]["comments"]) == ("completed", False, 3)
    with nobody_works(program.stack):
        number = program.post("/moves", json={"pairs": [{"from": "new.example", "to": "site.example"}]}).json()["job"]["id"]
        assert program.job(number)["move"]["found"] is None
        answer = program.delete(f"/jobs/{number}")
    assert (answer.json()["job"]["state"], answer.json()["move"]["found"]) == ("cancelled", None)
    assert "API token nightly" in answer.json()["job"]["message"]
    answer = program.delete(f"/jobs/{number}")
    assert (answer.status_code, answer.json()["error"]["state"]) == (409, "cancelled")
    assert [j["id"] for j in program.get("/moves").json()["jobs"]] == [number, done["job"]["id"], told["job"]["id"]]


# --- what cannot be done ---


@pytest.mark.parametrize("body, words", [
    ({"format": "docx"}, "format"), ({}, "format"), ({"format": "jsonl", "from": "2026-02-01", "to": "2026-01-01"}, "ends before"),
    ({"format": "jsonl", "from": "tomorrow"}, "date"), ({"format": "jsonl", "gzip": "yes"}, '"gzip" must be true or false'),
    ({"format": 7}, '"format" must be a string'), ({"format": "jsonl", "pgae": "x"}, '"pgae" is not known'),
    ({"format": "jsonl", "page": "a\0b"}, "zero bytes"), ({"format": "jsonl", "gzip": None}, '"gzip" must be'),
])
def test_an_export_that_cannot_be_is_told(program, body, words):
    answer = program.post("/exports", json=body)
    assert answer.status_code == 422 and words in answer.json()["error"]["message"], answer.text
    assert program.get("/exports").json() == {"jobs": []}


@pytest.mark.parametrize("body, words", [
    ({}, ""), ({"pairs": []}, ""), ({"pairs": "a"}, "must be an array"), ({"pairs": ["a"]}, "Pair 1 must be an object"),
    ({"pairs": [{"from": "a.example", "to": "b.example"}, {"from": "a.example"}]}, "2"),
    ({"pairs": [{"from": "a.example", "to": "a.example"}]}, ""), ({"pairs": [{"from": "a.example", "to": "https://b.example/x"}]}, ""),
    ({"pairs": [{"from": "a.example", "to": "b.example", "kind": "host"}]}, '"kind" must be'),
    ({"pairs": [{"from": "a.example", "to": 1}]}, '"to" must be a string'),
    ({"pairs": [{"from": "a.example", "to": "b.example", "via": ""}]}, '"via" is not known'),
    ({"pairs": [{"from": "a.example", "to": "b.example"}], "merge": 1}, '"merge" must be'),
    ({"pairs": [{"from": "a.example", "to": "b.example"}], "dry_run": True}, '"dry_run" is not known'),
])
def test_a_move_that_cannot_be_is_told(program, body, words):
    answer = program.post("/moves", json=body)
    assert answer.status_code == 422 and words in answer.json()["error"]["message"], answer.text
    assert program.get("/moves").json() == {"jobs": []}


@pytest.mark.parametrize("address", ["/exports", "/moves"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b'{"format":"jsonl"} x', b'{"a":\xff}', b'{"a":"\0"}',
                                  b'{"a":' * 50 + b"1" + b"}" * 50])
def test_a_body_that_is_no_object_is_told(program, address, body):
    answer = program.post(address, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text


def test_bodies_of_another_type_or_too_large_are_refused(program):
    for address in ("/exports", "/moves", "/imports"):
        assert program.post(address, data=b"a=b", headers={"Content-Type": "text/plain"}).status_code == 415
    assert program.upload(b"GIF89a, and nothing else").status_code == 415
    big = b'{"format":"' + b"x" * (1 << 20) + b'"}'
    for address in ("/exports", "/moves"):
        assert program.post(address, data=big, headers={"Content-Type": "application/json"}).status_code == 413
    pairs = [{"from": f"a{i}.x", "to": f"b{i}.x"} for i in range(10001)]
    assert program.post("/moves", json={"pairs": pairs}).status_code == 413
    assert program.upload(many(1) + b" " * (10 << 20)).status_code == 413


def test_what_is_of_another_account_is_not_there(stack, program):
    other = Program(stack, new_token(stack, Person(stack, stack.new_account())))
    other.ended(other.upload(many(2)))
    job = other.ended(other.post("/exports", json={"format": "csv"}))["job"]
    assert program.get(f"/jobs/{job['id']}").status_code == 404
    assert program.delete(f"/jobs/{job['id']}").status_code == 404
    assert program.get(f"/exports/{job['id']}/download").status_code == 404
    assert program.get("/exports").json() == program.get("/imports").json() == {"jobs": []}


def test_only_a_completed_export_has_a_file(program):
    with nobody_works(program.stack):
        number = program.post("/exports", json={"format": "csv", "gzip": True}).json()["job"]["id"]
        assert program.get(f"/exports/{number}/download").status_code == 409
        assert program.delete(f"/jobs/{number}").json()["job"]["state"] == "cancelled"
    assert program.get(f"/exports/{number}/download").status_code == 409


def test_an_account_has_so_many_exports_and_no_more(program):
    with nobody_works(program.stack):
        for _ in range(1000):
            answer = program.post("/exports", json={"format": "csv"})
            if answer.status_code != 201:
                break
        assert answer.status_code == 409 and "as many as it may have" in answer.json()["error"]["message"]
        jobs = program.get("/exports?limit=50").json()["jobs"]
        assert program.delete(f"/jobs/{jobs[0]['id']}").status_code == 200
        jobs[0]["id"] = program.post("/exports", json={"format": "csv"}).json()["job"]["id"]
        for job in jobs:
            assert program.delete(f"/jobs/{job['id']}").status_code == 200


def requests_of_all():
    """Each operation, as somebody would ask without knowing anything."""
    for method, path, operation in openapi.operations():
        how = {"json": {}} if "application/json" in operation.get("requestBody", {}).get("content", {}) else {}
        if operation["operationId"] == "createImport":
            how = {"files": [("file", ("x.xml", many(1)))]}
        scope = re.match(r"Scope: (\w+)", operation.get("description", "")).group(1)
        yield method, path.replace("{id}", "1"), how, scope


def test_without_a_token_that_is_valid_nothing_is_answered(stack, admin, program):
    token = program.token
    for wrong in (None, "", "x", token[:-1], token + "x", token.removeprefix("trl_"), token.swapcase(), "trl_" + "A" * 43):
        stranger = Program(stack, wrong)
        for method, path, how, _ in requests_of_all():
            answer = stranger.request(method, path, **how)
            assert answer.status_code == 401, (wrong, method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    # Neither a session nor another scheme is one.
    stranger = Program(stack, None)
    stranger.cookies.update(admin.cookies)
    assert stranger.get("/imports").status_code == 401
    assert stranger.get("/imports", auth=("nightly", token)).status_code == 401
    assert stranger.get(f"/imports?token={token}&access_token={token}").status_code == 401
    assert stranger.get("/imports", headers={"Authorization": f"bearer  {token}"}).status_code == 200


def test_a_token_may_do_what_its_scopes_say_and_nothing_else(stack, admin, program):
    imported = program.ended(program.upload(many(1)))["job"]["id"]
    exported = program.ended(program.post("/exports", json={"format": "csv"}))["job"]["id"]
    moved = program.ended(program.post("/moves", json={"pairs": [{"from": "site.example", "to": "a.example"}]}))["job"]["id"]
    for scope in SCOPES:
        only = Program(stack, new_token(stack, admin, [scope], name=f"only {scope}"))
        for method, path, how, needed in requests_of_all():
            if needed in SCOPES:
                status = only.request(method, path, **how).status_code
                assert (status == 403) == (needed != scope), (scope, method, path, status)
        for number, needed in ((imported, "import"), (exported, "export"), (moved, "move")):
            assert (only.get(f"/jobs/{number}").status_code == 200) == (needed == scope)
            assert only.delete(f"/jobs/{number}").status_code == (409 if needed == scope else 403)


def test_a_wrong_kind_of_request_learns_what_is_taken(program):
    program.checked = False
    for path in openapi.DOCUMENT["paths"]:
        known = {m.upper() for m, p, _ in openapi.operations() if p == path}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - known:
            answer = program.request(method, API + path.replace("{id}", "1"))
            assert answer.status_code == 405 and answer.json()["error"]["code"] == "method", (method, path)
            assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == known, (method, path)
    for path in ("/api/v1", "/api/v2/imports", f"{API}/imports/1", f"{API}/jobs/0", f"{API}/jobs/x", f"{API}/jobs/1/cancel"):
        answer = program.request("GET", path)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "notfound", path


def begin_upload(program, name):
    """An upload that has begun and does not go on."""
    host, port = program.stack.url.removeprefix("http://").split(":")
    sock = socket.create_connection((host, int(port)), timeout=PATIENCE)
    sock.sendall((f"POST {API}/imports HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {program.token}\r\n"
                  "Content-Length: 100000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                  f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n<').encode())
    return sock


def test_uploads_share_the_places_of_their_account(program):
    slow = [begin_upload(program, f"{i}.xml") for i in range(64)]
    try:
        wait_until(lambda: program.upload(many(1)).status_code == 409, "all places of the account are taken")
    finally:
        for sock in slow:
            sock.close()
    assert wait_until(lambda: next((a for a in [program.upload(many(1))] if a.ok), None), "there is one again")


def test_a_token_that_is_revoked_while_a_file_comes_brings_nothing(stack, admin, program):
    sock = begin_upload(program, "late.xml")
    body = many(200)
    sock.sendall(body[1:20000])
    number = stack.sql("SELECT MAX(token_id) FROM api_token WHERE created_by = 'operator'")[0][0]
    assert stack.cli("token", "revoke", number)[0] == 0
    rest = body[20000:] + b"\r\n--b--\r\n"
    head = 84 + len("late.xml")
    sock.sendall(rest + b" " * (100000 - head - len(body) - len(b"\r\n--b--\r\n")))
    said = sock.recv(65536).decode()
    sock.close()
    assert "401" in said.split("\r\n")[0] and "was revoked while" in said, said
    assert stack.number("SELECT COUNT(*) FROM job JOIN admin USING (account_id) "
                        f"WHERE admin.email = '{admin.who[0]}'") == 0


def test_who_asks_too_often_is_told_in_json(stack, program):
    program.mount("http://", FromElsewhere())
    answers = [program.get("/imports") for _ in range(150)]
    assert answers[0].status_code == 200 and answers[-1].status_code == 429
    program.mount("http://", requests.adapters.HTTPAdapter())
    assert program.get("/imports").status_code == 200


# --- tokens ---


def secret(page):
    found = re.search(r'<code id="secret">(trl_[\w-]{43})</code>', page)
    return found and found.group(1)


def test_an_admin_makes_a_token_that_is_shown_once_and_revokes_it(stack, admin):
    answer = admin.post(TOKENS, data={"csrf": admin.token(TOKENS), "name": "deploy <script>", "import": "yes", "move": "yes"})
    token = secret(answer.text)
    assert answer.status_code == 200 and token and "deploy &lt;script&gt;" in answer.text
    page = admin.get(TOKENS).text
    assert token not in page and "import,move" in page and "never" in page
    program = Program(stack, token)
    assert program.get("/imports").status_code == 200 and program.get("/exports").status_code == 403
    assert "never" not in admin.get(TOKENS).text.split("<tbody>")[1]
    where = re.search(rf'action="({TOKENS}/\d+/revoke)"', page).group(1)
    stranger = Person(stack, stack.new_account())
    assert stranger.post(where, data={"csrf": stranger.token()}).status_code == 409
    assert admin.post(where, data={"csrf": "0" * 64}).status_code == 403
    assert program.get("/imports").status_code == 200
    answer = admin.post(where, data={"csrf": admin.token()})
    assert (answer.status_code, answer.headers["Location"]) == (303, TOKENS + "?done=revoked")
    assert program.get("/imports").status_code == 401
    assert "Revoked</span>" in admin.get(TOKENS + "?done=revoked").text
    assert admin.post(where, data={"csrf": admin.token()}).status_code == 409
    assert [line for line in audit(stack, admin) if line[0].startswith("token")] == [
        ["token_added", admin.who[0], "import,move: deploy <script>"],
        ["token_revoked", admin.who[0], "import,move: deploy <script>"]]
    assert stack.number(f"SELECT COUNT(*) FROM api_token WHERE token_hash LIKE '%{token[4:]}%'") == 0


@pytest.mark.parametrize("fields, words", [
    ({"name": "", "import": "yes"}, "a name of 1 to 100 bytes"), ({"name": "x" * 101, "move": "yes"}, "a name of 1 to 100 bytes"),
    ({"name": "nightly"}, "what the token may do")])
def test_what_is_no_token_stays_in_the_form(admin, fields, words):
    answer = admin.post(TOKENS, data={"csrf": admin.token(TOKENS), **fields})
    assert answer.status_code == 400 and words in answer.text and not secret(answer.text)
    assert f'value="{fields["name"]}"' in answer.text
    assert ("checked" in answer.text) == (len(fields) == 2)


def test_the_command_line_makes_lists_and_revokes(stack, admin):
    token = new_token(stack, admin, ["export"], name="tab here")
    account = stack.sql(f"SELECT name FROM account JOIN admin USING (account_id) WHERE email = '{admin.who[0]}'")[0][0]
    status, out, _ = stack.cli("token", "list", "--account", account)
    number, *columns = out.rstrip("\n").split("\t")
    assert status == 0 and columns[:4] == [account, "tab here", "export", "operator"]
    assert columns[5:] == ["never used", "in use"]
    assert number in [line.split("\t")[0] for line in stack.cli("token", "list")[1].splitlines()]
    assert stack.cli("token", "revoke", number)[0] == 0
    assert Program(stack, token).get("/exports").status_code == 401
    for wrong in (("revoke", number), ("revoke", "x"), ("add", "--account", account, "--name", "x", "--scope", "all"),
                  ("add", "--account", account, "--name", "x"), ("add", "--name", "x", "--scope", "move"),
                  ("add", "--account", account, "--scope", "move"),
                  ("add", "--account", account, "--name", "x", "--scope", "move", "--gzip")):
        status, out, err = stack.cli("token", *wrong)
        assert status == 1 and out == "" and err.strip(), wrong
    assert len(stack.cli("token", "list", "--account", account)[1].splitlines()) == 1


def test_no_log_has_a_token(stack, program):
    program.get("/imports")
    Program(stack, "trl_" + "Z" * 43).get("/imports")
    text = "".join(p.read_text(errors="replace") for p in (stack.dir / "log").iterdir())
    assert "trl_" not in text and program.token[4:] not in text


# --- the page for readers ---


def test_the_examples_of_the_page_work(stack, admin, tmp_path):
    (tmp_path / "export.xml").write_bytes(many(4))
    examples = re.findall(r"^    (curl (?:.*\\\n)*.*)$", (ROOT / "doc" / "API").read_text(), re.MULTILINE)
    assert len(examples) >= 6
    env = dict(os.environ, URL=stack.url + API, TOKEN=new_token(stack, admin), ID="")
    program = Program(stack, env["TOKEN"])
    for example in examples:
        done = subprocess.run(["bash", "-c", example], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (example, done.stdout, done.stderr)
        answer = json.loads(done.stdout) if done.stdout else {}
        # What it would cancel has ended.
        assert answer.get("error", {}).get("state") == ("completed" if "-X DELETE" in example else None), (example, answer)
        assert "error" not in answer or "-X DELETE" in example, (example, answer)
        if "url" in answer.get("job", {}):
            env["ID"] = str(answer["job"]["id"])
            wait_until(lambda: program.job(env["ID"])["job"]["state"] == "completed", "it is completed")


def test_every_answer_of_the_document_was_met():
    """Behind all others of this file, which together bring each of them about."""
    documented = {(o["operationId"], s) for _, _, o in openapi.operations() for s in o["responses"]}
    assert {x for x in documented - met if x[1] not in ("429", "503")} == NOT_MET
    assert "429" in {status for _, status in met}
