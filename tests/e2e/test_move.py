"""Comments move to other addresses and are copied to other pages; later imports find them there."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from exports import EXTENSION, FORMATS, OPTIONS, Comments
from stack import FINAL, Person, sentence, wait_until
from test_cancel import colleague
from test_reliability import descendants

MOVE = "/auth/my-account/manage-data/migrate-domains"
COPY = "/auth/my-account/manage-data/copy-comments"


def jobs(person, page=MOVE):
    answer = person.get(page + "/status.json")
    assert answer.status_code == 200, answer.text
    return answer.json()["jobs"]


def ended(person, answer, page=MOVE):
    """The job that an answer leads to, at its end."""
    assert answer.status_code == 303, sentence(answer)
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert answer.headers["Location"] == f"{page}/{number}"
    return wait_until(lambda: next((j for j in jobs(person, page) if j["id"] == number and j["state"] in FINAL), None),
                      f"job {number} has ended")


def ask(person, old="", new="", kind="", typed="", file=b"", token=None):
    """The form as a browser sends it."""
    fields = [("csrf", (None, person.token(MOVE) if token is None else token)), ("from", (None, old)), ("to", (None, new)),
              ("kind", (None, kind)), ("list", (None, typed)), ("file", ("pairs.csv" if file else "", file, "text/csv"))]
    return person.post(MOVE, files=fields)


def preview(person, *args, **options):
    return ended(person, ask(person, *args, **options))


def run(person, number, merge=False):
    data = {"csrf": person.token(MOVE), **({"merge": "yes"} if merge else {})}
    return ended(person, person.post(f"{MOVE}/{number}/run", data=data))


def move(person, *args, merge=False, **options):
    return run(person, preview(person, *args, **options)["id"], merge)


def copy(person, old, new, url=""):
    return person.post(COPY, data={"csrf": person.token(COPY), "from": old, "to": new, "url": url})


def account_of(stack, person):
    return stack.number(f"SELECT account_id FROM admin WHERE email = '{person.who[0]}'")


def where(stack, person):
    """Of each comment the address of its page and the page's id."""
    return {row[0]: tuple(row[1:]) for row in stack.sql(
        "SELECT c.external_id, p.page_url, p.page_id FROM comment AS c JOIN page AS p ON p.account_id = c.account_id "
        f"AND p.page_key = c.page_key WHERE c.account_id = {account_of(stack, person)} AND c.source <> 'copy'")}


def export(comments, host="old.example"):
    """comments: (id, page, parent)"""
    pages = sorted({page for _, page, _ in comments})
    out = ['<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com" '
           'xmlns:dsq="http://disqus.com/disqus-internals">\n']
    for page in pages:
        out.append(f'<thread dsq:id="t{page}"><id>{page}</id><link>https://{host}/{page}</link><title>Page {page}</title>'
                   "<isDeleted>false</isDeleted></thread>\n")
    for number, page, parent in comments:
        answers = f'<parent dsq:id="{parent}"/>' if parent else ""
        out.append(f'<post dsq:id="{number}"><id/><message><![CDATA[<p>Comment {number}</p>]]></message>'
                   "<createdAt>2020-01-02T03:04:05Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam><author>"
                   f'<email>a@b.example</email><name>Ann</name></author><thread dsq:id="t{page}"/>{answers}</post>\n')
    out.append("</disqus>\n")
    return "".join(out).encode()


SMALL = [(1, "a", None), (2, "a", 1), (3, "b", None)]


def test_a_domain_moves_and_later_imports_find_their_comments_there(stack, admin):
    assert admin.do_import(export(SMALL))["created"] == 3
    shown = preview(admin, "old.example", "new.example")
    assert (shown["state"], shown["total"], shown["updated"]) == ("completed", 3, 0)
    assert where(stack, admin)["1"][0] == "https://old.example/a"
    page = admin.get(f"{MOVE}/{shown['id']}").text
    for text in ("https://old.example/a", "https://new.example/a", "Move them now", "Back, change nothing"):
        assert text in page
    assert 'name="merge"' not in page
    done = run(admin, shown["id"])
    assert (done["state"], done["updated"], done["comments_read"], done["message"]) == ("completed", 3, 3, "")
    assert where(stack, admin)["3"][0] == "https://new.example/b"
    # A second press would move a chain further.
    answer = admin.post(f"{MOVE}/{shown['id']}/run", data={"csrf": admin.token(MOVE)})
    assert answer.status_code == 409 and "was requested already" in sentence(answer)
    assert "Move them now" not in admin.get(f"{MOVE}/{shown['id']}").text
    again = admin.do_import(export(SMALL))
    assert (again["created"], again["unchanged"]) == (0, 3)
    newer = admin.do_import(export(SMALL + [(4, "a", 2), (5, "c", None)]))
    assert newer["created"] == 2
    places = where(stack, admin)
    assert places["4"] == places["1"] and places["1"][0] == "https://new.example/a"
    # A page that nobody knew when the domain moved is where its file says.
    assert places["5"][0] == "https://old.example/c"


class Newer(Comments):
    """The same 20 comments on 4 pages, and one more on each page."""

    def __init__(self):
        super().__init__(20, pages=4)
        self.old, self.n = Comments(20, pages=4), 24

    def page(self, i):
        return self.old.page(i) if i < 20 else i - 20

    def first_of(self, page):
        return self.old.first_of(page)

    def of_page(self, page):
        return [*self.old.of_page(page), 20 + page]

    def parent(self, i):
        return self.old.parent(i) if i < 20 else None


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_files_of_each_format_find_their_comments_after_a_move_and_a_merge(stack, admin, name):
    def do_import(comments):
        options = [(f"{name.replace('-', '_')}.{option}", value) for option, value in OPTIONS.get(name, {}).items()]
        return admin.do_import("".join(FORMATS[name](comments)).encode(), name="x." + EXTENSION.get(name, "json"), options=options)

    assert do_import(Comments(20, pages=4))["created"] == 20
    assert move(admin, "blog.example.org", "news.example.net")["updated"] == 20
    assert move(admin, "https://news.example.net/entries/0", "https://news.example.net/entries/1", merge=True)["updated"] == 5
    before = where(stack, admin)
    assert len(set(before.values())) == 3
    again = do_import(Comments(20, pages=4))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 20)
    assert where(stack, admin) == before
    newer = do_import(Newer())
    assert (newer["created"], newer["updated"], newer["unchanged"]) == (4, 0, 20)
    after = where(stack, admin)
    assert len(after) == 24 and set(after.values()) == set(before.values())


def test_pages_become_one_only_if_allowed_and_new_comments_land_there(stack, admin):
    admin.do_import(export(SMALL))
    shown = preview(admin, "https://old.example/a", "https://old.example/b")
    page = admin.get(f"{MOVE}/{shown['id']}").text
    assert "One page would come to where another page is." in page and "Another page is there." in page
    assert re.search(r'name="merge" type="checkbox" value="yes">', page)
    refused = run(admin, shown["id"])
    assert refused["state"] == "failed" and "Nothing was moved." in refused["message"]
    assert where(stack, admin)["1"][0] == "https://old.example/a"
    assert run(admin, shown["id"], merge=True)["updated"] == 2
    places = where(stack, admin)
    assert places["1"] == places["3"] and places["3"][0] == "https://old.example/b"
    again = admin.do_import(export(SMALL + [(4, "a", 1)]))
    assert (again["created"], again["unchanged"]) == (1, 3)
    assert where(stack, admin)["4"] == places["3"]
    parents = stack.sql("SELECT COUNT(*) FROM comment AS c JOIN comment AS p ON p.account_id = c.account_id AND "
                        f"p.comment_id = c.parent_id WHERE c.account_id = {account_of(stack, admin)} AND c.external_id IN (2, 4)")
    assert parents == [["2"]]


def test_all_pairs_of_a_file_are_applied_at_once(stack, admin):
    admin.do_import(export(SMALL))
    file = b'\xef\xbb\xbfold,new\r\n"https://old.example/a","https://old.example/b"\r\nhttps://old.example/b,https://old.example/c\r\n'
    done = move(admin, file=file)
    assert done["state"] == "completed" and done["file_name"] == "2 pairs"
    places = where(stack, admin)
    assert (places["1"][0], places["3"][0]) == ("https://old.example/b", "https://old.example/c")
    done = move(admin, typed="https://old.example/*;https://www.new.example/blog/*")
    assert where(stack, admin)["1"][0] == "https://www.new.example/blog/b"
    move(admin, "a", "start")
    assert where(stack, admin)["1"] == ("https://www.new.example/blog/b", "start")
    assert move(admin, "nowhere.example", "somewhere.example")["message"].startswith("Nothing was moved: no page")


@pytest.mark.parametrize("what, words", [
    ({}, "nothing to move"),
    ({"old": "a.example", "new": "a.example"}, "moved onto itself"),
    ({"old": "a.example", "new": ""}, "has no new place"),
    ({"old": "a.example", "new": "https://b.example/"}, "Both must be of one kind"),
    ({"old": "a.example", "new": "b.example", "typed": "c.example,d.example"}, "only one of them at a time"),
    ({"typed": "a.example,b.example\nlonely"}, "Line 2 has one column only"),
    ({"typed": "\"a.example,b.example"}, "quote that is not closed"),
    ({"file": b"a.example,b.example\r\na.example,c.example\r\n"}, "Lines 1 and 2"),
    ({"file": b"a.example,\xff.example"}, "UTF-8"),
    ({"file": b"a.example\x00,b.example"}, "no text"),
    ({"file": b"".join(b"p%d,q%d\n" % (i, i) for i in range(10001))}, "more than 10000 pairs"),
    ({"old": "a.example", "new": "b.example", "kind": "url"}, "must be an address"),
    ({"old": "a.example", "new": "b.example", "kind": "city"}, "none of the list"),
])
def test_what_cannot_be_moved_is_told_and_stays_in_the_form(stack, admin, what, words):
    answer = ask(admin, **what)
    assert answer.status_code in (400, 413), answer.text
    text = answer.text.replace("&quot;", '"').replace("&#34;", '"')
    assert words in text
    if what.get("old"):
        assert f'value="{what["old"]}"' in answer.text
    assert jobs(admin) == []


@pytest.mark.parametrize("before", ["", "x", "xx"])
def test_names_are_cut_and_never_in_a_character(stack, admin, before):
    name = before + "€" * 60
    admin.do_import(export([(1, name, None), (2, "b", None)]))
    shown = preview(admin, f"https://old.example/{name}", f"https://old.example/{name}€")
    assert shown["state"] == "completed" and len(shown["file_name"]) < 256
    refused = move(admin, f"https://old.example/{name}", "https://old.example/b")
    assert refused["state"] == "failed" and f'first is "https://old.example/{before}€€' in refused["message"]
    assert ended(admin, copy(admin, name, 2 * name), COPY)["created"] == 1


def test_too_large_a_list_and_a_foreign_form_are_refused(stack, admin):
    assert ask(admin, file=b"x" * 1_000_001).status_code in (400, 413)
    assert ask(admin, file=b"x" * 3_000_000).status_code == 413
    assert ask(admin, "a.example", "b.example", token="0" * 64).status_code == 403
    assert Person(stack).post(MOVE, files=[("from", (None, "a"))]).status_code == 401
    assert jobs(admin) == []


def test_another_account_sees_and_runs_nothing_of_it(stack, admin):
    admin.do_import(export(SMALL))
    shown = preview(admin, "old.example", "new.example")
    stranger = Person(stack, stack.new_account())
    assert stranger.get(f"{MOVE}/{shown['id']}").status_code == 404
    answer = stranger.post(f"{MOVE}/{shown['id']}/run", data={"csrf": stranger.token(MOVE)})
    assert answer.status_code == 409 and jobs(stranger) == []
    assert stranger.get(f"{MOVE}/{shown['id']}/cancel").status_code == 404
    # Who knows but a number is led to the job's own page.
    answer = admin.get(f"/auth/my-account/manage-data/import/{shown['id']}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MOVE}/{shown['id']}")
    assert admin.get("/auth/my-account/manage-data/import/status.json").json()["jobs"][0]["kind"] == "import"


def test_both_admins_see_it_and_each_page_has_its_examples(stack, admin):
    admin.do_import(export(SMALL))
    shown = preview(admin, "old.example", "new.example")
    other = colleague(stack, admin)
    assert [j["id"] for j in jobs(other)] == [shown["id"]]
    assert "old.example to new.example" in other.get(MOVE).text
    for page in (MOVE, COPY):
        demo = other.get(page + "?demo=true")
        assert demo.status_code == 200 and "invented" in demo.text and "account-block" in demo.text
        assert 'class="content"' in demo.text


def many_comments(stack, admin, n):
    """n comments on page a, by SQL: the import of so many is tested elsewhere."""
    account = account_of(stack, admin)
    stack.sql(f"""INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, body_html,
        is_approved, is_spam, is_deleted, source_hash) SELECT {account}, s.seq + 100, UNHEX(MD5(CONCAT({account}, '-', s.seq))),
        (SELECT page_key FROM page WHERE account_id = {account} AND page_id = 'a'), 1, 'disqus', '', CONCAT('m', s.seq), '', 1, 0, 0,
        UNHEX(MD5(s.seq)) FROM seq_1_to_{n} AS s""")


def test_a_move_that_is_killed_in_its_middle_leaves_all_where_they_were(stack, admin):
    admin.do_import(export(SMALL))
    many_comments(stack, admin, 100000)
    state = (f"SELECT COUNT(*), BIT_XOR(CRC32(CONCAT(seq, HEX(page_key), changed))) FROM comment WHERE account_id = "
             f"{account_of(stack, admin)}")
    pages = (f"SELECT HEX(page_key), page_id, page_url, address, HEX(merged_into) FROM page WHERE account_id = "
             f"{account_of(stack, admin)} ORDER BY page_key")
    before = stack.sql(state), stack.sql(pages)
    shown = preview(admin, "https://old.example/a", "https://old.example/b")
    assert shown["total"] == 100002
    # The last comment is locked: the move stands still behind the others, well within its transaction.
    command = ["mariadb", "--no-defaults", f"--socket={stack.dir}/run/db.sock", "trasloco"]
    lock = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    lock.stdin.write(f"START TRANSACTION; UPDATE comment SET votes_up = 1 WHERE account_id = {account_of(stack, admin)} "
                     "AND seq = 100100;\nSELECT SLEEP(1000);\n".encode())
    lock.stdin.close()
    wait_until(lambda: stack.number("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"),
               "the row is locked")
    answer = admin.post(f"{MOVE}/{shown['id']}/run", data={"csrf": admin.token(MOVE), "merge": "yes"})
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    # The server makes this table anew only after 0.1 s in which nobody has read it.
    wait_until(lambda: time.sleep(0.2) or stack.number("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE "
                                                       "trx_state = 'LOCK WAIT' AND trx_rows_modified > 1000"),
               "the move is in its middle")
    for pid in descendants(stack.pid("web")):
        if Path(f"/proc/{pid}/comm").read_text().strip() == "worker":
            os.kill(pid, signal.SIGKILL)
    stack.sql("".join(f"KILL {row[0]};" for row in stack.sql(
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")))
    lock.kill()
    lock.wait()
    job = ended(admin, answer)
    assert job["state"] == "failed", job
    wait_until(lambda: (stack.sql(state), stack.sql(pages)) == before, "everything is as it was")
    assert run(admin, shown["id"], merge=True)["updated"] == 100002


def test_a_copy_has_whole_threads_and_copying_again_adds_nothing(stack, admin):
    admin.do_import(export(SMALL))
    done = ended(admin, copy(admin, "a", "fresh", "https://old.example/fresh"), COPY)
    assert (done["state"], done["created"], done["comments_read"], done["total"]) == ("completed", 2, 2, 2)
    account = account_of(stack, admin)
    rows = stack.sql("SELECT o.external_id, p.page_id, p.page_url, p.page_title, HEX(c.parent_id) = HEX(q.comment_id), c.body_html = "
                     "o.body_html AND c.author_name = o.author_name AND c.author_email = o.author_email AND c.created_at = o.created_at "
                     "FROM comment AS c JOIN comment AS o ON o.account_id = c.account_id AND HEX(o.comment_id) = UPPER(c.external_id) "
                     "JOIN page AS p ON p.account_id = c.account_id AND p.page_key = c.page_key "
                     "LEFT JOIN comment AS q ON q.account_id = c.account_id AND q.source = 'copy' AND q.parent_id IS NULL "
                     f"WHERE c.account_id = {account} AND c.source = 'copy' ORDER BY c.seq")
    assert [row[:4] for row in rows] == [[n, "fresh", "https://old.example/fresh", "Page a"] for n in ("1", "2")]
    assert rows[1][4] == "1" and [row[5] for row in rows] == ["1", "1"]
    assert f"{COPY}/{done['id']}" in admin.get(COPY).text and "Where they are now" in admin.get(f"{COPY}/{done['id']}").text
    again = ended(admin, copy(admin, "a", "fresh"), COPY)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    admin.do_import(export(SMALL + [(4, "a", 2)]))
    newer = ended(admin, copy(admin, "a", "fresh"), COPY)
    assert (newer["created"], newer["unchanged"]) == (1, 2)
    # From now on it is a page of its own.
    move(admin, "a", "gone")
    assert stack.number(f"SELECT COUNT(*) FROM page WHERE account_id = {account} AND page_id = 'fresh'") == 1


def test_a_copy_goes_to_the_page_that_has_the_id_already(stack, admin):
    admin.do_import(export(SMALL))
    done = ended(admin, copy(admin, "a", "b", "https://elsewhere.example/"), COPY)
    assert (done["state"], done["created"]) == ("completed", 2)
    rows = stack.sql("SELECT p.page_url, COUNT(*) FROM comment AS c JOIN page AS p ON p.account_id = c.account_id AND "
                     f"p.page_key = c.page_key WHERE c.account_id = {account_of(stack, admin)} AND p.page_id = 'b'")
    assert rows == [["https://old.example/b", "3"]]
    assert ended(admin, copy(admin, "a", "b"), COPY)["created"] == 0
    long = "x" * 600
    assert ended(admin, copy(admin, "b", long), COPY)["created"] == 3
    assert ended(admin, copy(admin, "b", long), COPY)["created"] == 0


@pytest.mark.parametrize("old, new, url, words", [
    ("a", "a", "", "onto the page where they are"), ("nowhere", "b", "", "There is no page with the id"),
    ("", "b", "", "id of the old page is missing"), ("a", "", "", "id of the new page is missing"),
    ("a", "fresh", "ftp://x", "not usable"), ("a", "y" * 2049, "", "2,048 bytes"),
])
def test_what_cannot_be_copied_is_told(stack, admin, old, new, url, words):
    admin.do_import(export(SMALL))
    answer = copy(admin, old, new, url)
    assert answer.status_code in (400, 404) and words in answer.text.replace("&#39;", "'")
    assert jobs(admin, COPY) == []


def test_the_command_line_moves_and_copies_too(stack, admin, tmp_path):
    admin.do_import(export(SMALL))
    account = str(account_of(stack, admin))
    status, out, err = stack.cli("move", "--account", account, "--from", "old.example", "--to", "new.example", "--preview")
    assert status == 0 and "comments that would move: 3" in out and "https://new.example/a\t2" in out, out + err
    assert where(stack, admin)["1"][0] == "https://old.example/a"
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("https://old.example/a,https://old.example/b\n")
    status, out, err = stack.cli("move", "--account", account, "--csv", str(pairs))
    assert status == 1 and "another page is" in err, out + err
    status, out, err = stack.cli("move", "--account", account, "--csv", str(pairs), "--merge")
    assert status == 0 and "comments moved: 2" in out, out + err
    status, out, err = stack.cli("copy", "--account", account, "--from-page", "b", "--to-page", "n", "--to-url", "https://n.example/")
    assert status == 0 and "created: 3" in out, out + err
    for args, words in ((("move", "--account", account), "Say what to move"),
                        (("move", "--account", account, "--from", "a.example", "--to", "a.example"), "onto itself"),
                        (("move", "--account", account, "--from", "a", "--to", "b", "--gzip"), "belongs to another command"),
                        (("copy", "--account", account, "--from-page", "b", "--to-page", "b"), "onto the page")):
        status, out, err = stack.cli(*args)
        assert status == 1 and words in err, out + err
    # Nobody's mail, and the log says who it was.
    assert stack.number("SELECT COUNT(*) FROM outbox WHERE recipient = 'operator'") == 0
    actors = stack.sql(f"SELECT DISTINCT actor FROM audit WHERE account_id = {account} AND action = 'requested'")
    assert actors == [["operator"]]


def test_a_waiting_move_can_be_cancelled_and_says_for_what_it_waits(stack, admin):
    admin.do_import(export(SMALL))
    account = account_of(stack, admin)
    # As while an import of the account runs: its one writer is taken.
    stack.sql(f"INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, node, "
              f"lease_until) VALUES ({account}, 'import', 'disqus', 'disqus', 'running', 'x.xml', 1, '', UTC_TIMESTAMP(3), "
              "'elsewhere', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)")
    blocker = stack.number(f"SELECT MAX(job_id) FROM job WHERE account_id = {account}")
    answer = ask(admin, "old.example", "new.example")
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    page = admin.get(f"{MOVE}/{number}").text
    assert f"Waits until import {blocker} has ended." in page
    assert "Cancel this move?" in admin.get(f"{MOVE}/{number}/cancel").text
    answer = admin.post(f"{MOVE}/{number}/cancel", data={"csrf": admin.token(MOVE)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{MOVE}/{number}")
    assert jobs(admin)[0]["state"] == "cancelled"
    answer = admin.post(f"{MOVE}/{number}/cancel", data={"csrf": admin.token(MOVE)})
    assert answer.status_code == 409 and f"Move {number} is cancelled already." in answer.text
    stack.sql(f"DELETE FROM job WHERE job_id = {blocker}")
