"""The pages of an account beside its imports: notifications and the audit log."""

import hashlib
import html
import re

import pytest

from inputs import many
from stack import IMPORT, Person
from test_cancel import colleague

NOTIFICATIONS = "/auth/my-account/manage-data/notifications"
AUDIT = "/auth/my-account/manage-data/audit"


def send(person, path, token=None, **fields):
    token = person.token(NOTIFICATIONS) if token is None else token
    return person.post(NOTIFICATIONS + path, data={"csrf": token, **fields})


def secret(page):
    found = re.search(r'<code id="secret">([0-9a-f]{64})</code>', page)
    return found and found.group(1)


def webhooks(stack, admin):
    return stack.sql("SELECT w.url, HEX(w.sealed_secret) FROM webhook w JOIN admin a USING (account_id) "
                     f"WHERE a.email = '{admin.who[0]}'")


def audit(stack, admin):
    """Actions of the admin's account with actor and detail, oldest first."""
    return stack.sql("SELECT u.action, u.actor, u.detail FROM audit u JOIN admin a USING (account_id) "
                     f"WHERE a.email = '{admin.who[0]}' ORDER BY u.audit_id")


def last(stack, admin):
    return audit(stack, admin)[-1]


# --- mail ---


def test_mail_is_wanted_until_an_admin_says_no_for_themselves(stack, admin):
    other = colleague(stack, admin)
    assert "checked" in re.search(r'<input id="mail"[^>]*>', admin.get(NOTIFICATIONS).text).group(0)
    answer = send(admin, "/mail")
    assert (answer.status_code, answer.headers["Location"]) == (303, NOTIFICATIONS + "?saved=mail")
    assert "Your choice is saved." in admin.get(NOTIFICATIONS + "?saved=mail").text
    assert "checked" not in re.search(r'<input id="mail"[^>]*>', admin.get(NOTIFICATIONS).text).group(0)
    assert "checked" in re.search(r'<input id="mail"[^>]*>', other.get(NOTIFICATIONS).text).group(0)
    assert last(stack, admin)[:2] == ["notify_changed", admin.who[0]]
    job = admin.do_import(many(2))
    assert stack.number(f"SELECT COUNT(*) FROM outbox WHERE job_id = {job['id']} AND kind = 'admin_mail'") == 0
    send(admin, "/mail", mail="yes")
    job = admin.do_import(many(2))
    told = stack.sql(f"SELECT recipient FROM outbox WHERE job_id = {job['id']} AND kind = 'admin_mail'")
    assert told == [[admin.who[0]]]


# --- webhook ---


def test_the_secret_of_a_webhook_is_shown_once_and_stored_sealed(stack, admin):
    answer = send(admin, "/webhook", url="https://receiver.example/in?key=hush")
    first = secret(answer.text)
    assert answer.status_code == 200 and first
    page = admin.get(NOTIFICATIONS).text
    assert first not in page and "https://receiver.example/in?key=hush" in page
    url, sealed = webhooks(stack, admin)[0]
    assert url == "https://receiver.example/in?key=hush" and first.encode().hex().upper() not in sealed
    assert last(stack, admin) == ["webhook_changed", admin.who[0], "https://receiver.example"]


def test_the_secret_lasts_until_it_is_renewed_or_the_address_changes(stack, admin):
    first = secret(send(admin, "/webhook", url="https://receiver.example/a").text)
    kept = webhooks(stack, admin)
    assert send(admin, "/webhook", url="https://receiver.example/a").status_code == 303
    assert webhooks(stack, admin) == kept
    second = secret(send(admin, "/webhook/secret").text)
    third = secret(send(admin, "/webhook", url="https://receiver.example/b").text)
    assert None not in (first, second, third) and len({first, second, third}) == 3
    assert [row[0] for row in webhooks(stack, admin)] == ["https://receiver.example/b"]
    answer = send(admin, "/webhook/remove")
    assert (answer.status_code, answer.headers["Location"]) == (303, NOTIFICATIONS + "?saved=removed")
    assert webhooks(stack, admin) == []
    assert last(stack, admin)[2] == "removed"
    for path in ("/webhook/remove", "/webhook/secret"):
        assert send(admin, path).status_code == 409


@pytest.mark.parametrize("url, word", [
    ("receiver.example", "not an address"), ("http://receiver.example/", "https://"),
    ("ftp://receiver.example/", "not an address"),
    ("https://user:secret@receiver.example/", "not an address"), ("javascript:alert(1)", "not an address"),
    ("https://receiver.example/" + "x" * 2100, "too long"), ('https://receiver.example/"><b>', "signs"),
])
def test_an_address_that_is_none_is_refused_beside_what_was_typed(stack, admin, url, word):
    answer = send(admin, "/webhook", url=url)
    assert answer.status_code == 400 and word in answer.text
    assert f'value="{html.escape(url)}"' in answer.text.replace("&#34;", "&quot;").replace("&#39;", "&#x27;")
    assert webhooks(stack, admin) == []


def test_an_empty_address_is_told(admin):
    answer = send(admin, "/webhook", url="")
    assert answer.status_code == 400 and "Please enter the web address" in answer.text


def test_an_account_has_its_own_webhook_and_no_form_works_without_its_token(stack, admin):
    send(admin, "/webhook", url="https://receiver.example/a")
    stranger = Person(stack, stack.new_account())
    assert "receiver.example" not in stranger.get(NOTIFICATIONS).text
    for path in ("/mail", "/webhook", "/webhook/secret", "/webhook/remove"):
        assert send(admin, path, token="0" * 64, url="https://evil.example/").status_code == 403
    assert webhooks(stack, admin)[0][0] == "https://receiver.example/a"


def test_the_deliveries_are_listed_with_their_last_answer(stack, admin):
    send(admin, "/webhook", url="https://receiver.example/a")
    job = admin.do_import(many(2))
    message = stack.number(f"SELECT message_id FROM outbox WHERE job_id = {job['id']} AND kind = 'webhook'")
    stack.sql("UPDATE outbox SET state = 'given_up', attempts = 40, finished_at = UTC_TIMESTAMP(3) "
              f"WHERE message_id = {message};"
              f"REPLACE INTO outbox_attempt VALUES ({message}, 40, UTC_TIMESTAMP(3), 0, 503, 'Come <b>later</b>')")
    page = admin.get(NOTIFICATIONS).text
    assert f'href="{IMPORT}/{job["id"]}"' in page
    assert "Given up" in page and "<strong>503</strong>" in page and "Come &lt;b&gt;later&lt;/b&gt;" in page


# --- audit ---


def test_the_audit_log_tells_the_whole_life_of_a_file(stack, admin):
    content = many(5)
    job = admin.do_import(content, name="garden notes.xml")
    sum_ = hashlib.blake2b(content, digest_size=32).hexdigest()
    entries = audit(stack, admin)
    assert entries[0] == ["signed_in", admin.who[0], ""]
    assert entries[1] == ["uploaded", admin.who[0], f"{len(content)} bytes, BLAKE2b-256 {sum_}, garden notes.xml"]
    assert {"job_completed", "key_destroyed"} <= {e[0] for e in entries}
    page = admin.get(AUDIT).text
    assert sum_ in page and "garden notes.xml" in page and f'href="{IMPORT}/{job["id"]}"' in page
    assert page.index("Key of the file destroyed") < page.index("File uploaded") < page.rindex("Signed in")
    page = admin.get(f"{IMPORT}/{job['id']}").text
    assert sum_ in page and "Its key was destroyed" in page


def test_signing_in_and_out_is_noted_and_so_is_a_wrong_password_for_a_known_address(stack, account):
    person = Person(stack, account)
    person.sign_out()
    assert Person(stack).sign_in(account[0], "wrong" * 4).status_code == 401
    assert Person(stack).sign_in("nobody@test.example", "wrong" * 4).status_code == 401
    again = Person(stack, account)
    assert audit(stack, again) == [["signed_in", account[0], ""], ["signed_out", account[0], ""],
                                   ["sign_in_failed", "", account[0]], ["signed_in", account[0], ""]]
    assert "Sign-in with a wrong password" in again.get(AUDIT).text
    assert stack.number("SELECT COUNT(*) FROM audit WHERE detail = 'nobody@test.example'") == 0


def test_the_audit_log_is_paged_and_only_the_accounts(stack, admin):
    account_id = stack.number(f"SELECT account_id FROM admin WHERE email = '{admin.who[0]}'")
    stack.sql("INSERT INTO audit (account_id, at, actor, action, detail) VALUES " + ",".join(
        f"({account_id}, UTC_TIMESTAMP(3), '', 'deleted', 'entry {i:03}')" for i in range(120)))
    seen, path = [], AUDIT
    while path:
        page = admin.get(path)
        assert page.status_code == 200
        found = re.findall(r"entry (\d{3})", page.text)
        assert len(found) <= 50
        seen += found
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = older and html.unescape(older.group(1))
    assert seen == [f"{i:03}" for i in reversed(range(120))]
    assert "entry" not in Person(stack, stack.new_account()).get(AUDIT).text


@pytest.mark.parametrize("before", ["0", "-1", "x", "99999999999999999999", "1;2"])
def test_garbage_in_the_address_of_the_audit_log_is_told(admin, before):
    assert admin.get(AUDIT, params={"before": before}).status_code == 400


def test_without_a_session_these_pages_lead_to_the_sign_in(stack):
    for path in (NOTIFICATIONS, AUDIT):
        answer = Person(stack).get(path)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/auth/login?next=")
