"""What `trasloco convert` writes for other programs, looked at as they do: by their format pages, without our code.

Each file is checked for what its readers need, compared with what JSON Lines say of the same comments, and read back by our own readers.
"""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import exports
from disqus_oracle import visible_text
from readings import convert

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("TRASLOCO_SAMPLES", ROOT.parent / "shared" / "samples"))
DSQ = "{http://www.disqus.com/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
HEX = re.compile(r"[0-9a-f]{64}")
NOBODY = "anonymous"
MADE_UP = "@author.trasloco.invalid"
IDENTIFIER_MAX = 200

# Everything that is easy to get wrong; each comment says only what it has to.
HOSTILE = [
    {"external_id": "1", "page_id": "p<1>&", "page_url": "http://s.example:8080/a/?b=1&c=2#frag", "page_title": "A & B ]]> <b>",
     "author_name": "]]><script> & \"", "author_url": "https://ann.example/?a=1&b=2", "created_at": "2020-01-02T03:04:05.678Z",
     "body_html": "<p>one &lt;two&gt; ]]&gt; *three* _four_</p><pre>five\n  six</pre>", "votes_up": 3, "votes_down": 5},
    {"external_id": "2", "parent_external_id": "1", "page_id": "p<1>&", "page_url": "http://s.example:8080/a/?b=1&c=2#frag",
     "page_title": "A & B ]]> <b>", "author_name": "Bob", "author_email": "Bob@mail.example", "body_html": "<p>reply</p>"},
    {"external_id": "3", "parent_external_id": "2", "page_id": "p<1>&", "page_url": "http://s.example:8080/a/?b=1&c=2#frag",
     "page_title": "A & B ]]> <b>", "author_name": "Robert", "author_email": "bob@MAIL.example", "body_html": "x", "is_approved": False},
    {"external_id": "4", "parent_external_id": "3", "page_id": "q" * 201, "page_url": "", "author_name": "", "body_html": "",
     "created_at": None},
    {"external_id": "5", "page_id": "gone", "author_name": "Secret", "author_email": "s@mail.example", "body_html": "<p>deleted text</p>",
     "is_deleted": True, "is_approved": True},
    {"external_id": "6", "parent_external_id": "5", "page_id": "gone", "author_name": "Eve", "body_html": "<p>buy</p>", "is_spam": True},
    {"external_id": "7", "parent_external_id": "nobody", "page_id": "gone", "author_name": "Eve", "body_html": "[deleted]",
     "is_approved": True, "created_at": "2021-01-01T00:00:00.000Z"},
]


def written(path, to, *options):
    run = convert(path, to, *options)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def records(output):
    header, *lines = output.decode().splitlines()
    assert json.loads(header)["trasloco"] == 1
    return [json.loads(line) for line in lines]


def read_back(content, tmp_path, source):
    path = tmp_path / "written"
    path.write_bytes(content)
    return records(written(path, "jsonl", "--from", source))


def page_of(c):
    return c["source"], c.get("source_site") or "", c["page_id"]


def as_written(comments):
    """The comments page by page, each with the comment that it must be written under: one of its page, in front of it."""
    pages = {}
    for c in comments:
        pages.setdefault(page_of(c), []).append(c)
    return list(pages.values())


def parents_of(page):
    """For each comment of a page its parent there, None at the root.  Replies come behind their parents, or have none."""
    known = {c["external_id"]: c for c in page}
    return {c["external_id"]: known.get(c.get("parent_external_id")) for c in page}


def shape(comments, own_id, parent_id, body):
    """The threads, without any id: for each comment its text and the texts above it."""
    by_id = {own_id(c): c for c in comments}
    result = []
    for c in comments:
        line = []
        while c is not None and len(line) < 200:
            line.append(body(c))
            c = by_id.get(parent_id(c))
        result.append(tuple(line))
    return sorted(result)


def shape_of_pages(comments):
    result = []
    for page in as_written(comments):
        result += shape(page, lambda c: c["external_id"], lambda c: c.get("parent_external_id"), seen)
    return sorted(result)


def seen(c):
    return visible_text(c.get("body_html", ""))


def flag(c, name, default=False):
    return c.get(name, default)


# --- files to be written -----------------------------------------------------------------------------------------------


def sample_files():
    if not SAMPLES.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip("../shared/samples is not here: real exports not tested"))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in sorted(SAMPLES.glob("*/*"))
            if path.suffix != ".md"]


def invented_files():
    return [pytest.param(name, id=f"invented-{name}") for name in ("hostile", *exports.FORMATS)]


@pytest.fixture(scope="module", params=[*invented_files(), *sample_files()])
def source(request, tmp_path_factory):
    """A file, and what JSON Lines say of it."""
    name = request.param
    if isinstance(name, Path):
        path, options = name, []
    elif name == "hostile":
        path, options = tmp_path_factory.mktemp("hostile") / "a.jsonl", []
        lines = [{"trasloco": 1, "type": "header"}, *({"source": "x", **c} for c in HOSTILE)]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        path = tmp_path_factory.mktemp(name) / exports.file_name(name)
        path.write_bytes(exports.make(name, 120, pages=7))
        options = [o for k, v in exports.OPTIONS.get(name, {}).items() for o in ("--option", f"{k}={v}")]
    run = convert(path, "jsonl", *options)
    if run.returncode != 0:
        pytest.skip(f"it cannot be read: {run.stderr.decode().splitlines()[-2]}")
    comments = records(run.stdout)
    path = tmp_path_factory.mktemp("said") / "said.jsonl"
    path.write_bytes(run.stdout)
    return path, comments


# --- WXR and the dialect of Disqus ---------------------------------------------------------------------------------------


class Wxr:
    """A file of either kind, taken apart by Python's parser."""

    def __init__(self, content, version):
        self.wp = "{http://wordpress.org/export/%s/}" % version
        root = ElementTree.fromstring(content)
        assert (root.tag, root.get("version")) == ("rss", "2.0")
        (self.channel,) = root
        assert self.channel.tag == "channel"
        self.items = self.channel.findall("item")

    def comments(self, item):
        return [{e.tag.removeprefix(self.wp + "comment_"): e.text or "" for e in c} for c in item.findall(self.wp + "comment")]

    def check(self):
        """One item a page, unique ids, each parent in front of its reply and on its page."""
        ids = [c["id"] for item in self.items for c in self.comments(item)]
        assert all(re.fullmatch("[1-9][0-9]{0,18}", i) and int(i) < 2 ** 63 for i in ids)
        assert len(ids) == len(set(ids))
        for item in self.items:
            known = {"0"}
            assert self.comments(item), "an item without comments"
            for c in self.comments(item):
                assert c["parent"] in known
                known.add(c["id"])


def compare_threads(wxr, comments):
    pages = as_written(comments)
    assert len(wxr.items) == len(pages)
    for item, page in zip(wxr.items, pages):
        found = wxr.comments(item)
        want = shape(page, lambda c: c["external_id"], lambda c: c.get("parent_external_id"), lambda c: seen(c) or "[empty]")
        assert shape(found, lambda c: c["id"], lambda c: c["parent"], lambda c: visible_text(c["content"]) or "[empty]") == want


def test_wxr_is_what_wordpress_imports(source, tmp_path):
    path, comments = source
    content = written(path, "wxr")
    wxr = Wxr(content, "1.2")
    wxr.check()
    assert wxr.channel.findtext(wxr.wp + "wxr_version") == "1.2"
    posts = [item.findtext(wxr.wp + "post_id") for item in wxr.items]
    assert len(posts) == len(set(posts))
    for item in wxr.items:
        assert (item.findtext(wxr.wp + "post_type"), item.findtext(wxr.wp + "status")) == ("post", "publish")
        assert DATE.fullmatch(item.findtext(wxr.wp + "post_date_gmt"))
        for c in wxr.comments(item):
            assert DATE.fullmatch(c["date"]) and DATE.fullmatch(c["date_gmt"])
            assert c["approved"] in ("0", "1", "spam", "trash")
    compare_threads(wxr, comments)
    again = read_back(content, tmp_path, "wxr")
    assert shape_of_pages(again) == shape_of_pages(comments)
    for name in ("is_spam", "is_deleted"):
        assert sum(flag(c, name) for c in again) <= sum(flag(c, name) for c in comments)


def test_disqus_gets_what_its_help_page_asks_for(source, tmp_path):
    path, comments = source
    content = written(path, "disqus")
    wxr = Wxr(content, "1.0")
    wxr.check()
    assert b"<dsq:remote" not in content
    names_of = {}
    for item, page in zip(wxr.items, as_written(comments), strict=True):
        first = page[0]
        identifier = item.findtext(DSQ + "thread_identifier")
        assert identifier == (first["page_id"] if len(first["page_id"]) <= IDENTIFIER_MAX else "")
        assert item.findtext("link") == first.get("page_url", "")
        assert item.findtext("title") and item.find(CONTENT + "encoded") is not None
        assert item.findtext(wxr.wp + "comment_status") in ("open", "closed")
        datetime.strptime(item.findtext(wxr.wp + "post_date_gmt"), "%Y-%m-%d %H:%M:%S")
        for c in wxr.comments(item):
            assert set(c) == {"id", "author", "author_email", "author_url", "author_IP", "date_gmt", "content", "approved", "parent"}
            datetime.strptime(c["date_gmt"], "%Y-%m-%d %H:%M:%S")
            assert c["approved"] in ("0", "1") and c["author"] and "@" in c["author_email"]
            assert len(c["content"]) >= 3
            if c["author_email"].endswith(MADE_UP):
                names_of.setdefault(c["author_email"], set()).add(c["author"])
        shown = [c for c in page if flag(c, "is_approved", True) and not flag(c, "is_spam") and not flag(c, "is_deleted")]
        assert [c["approved"] for c in wxr.comments(item)].count("1") == len(shown)
    # The same address would give all of them the same name.
    assert all(len(names) == 1 for names in names_of.values())
    compare_threads(wxr, comments)
    again = read_back(content, tmp_path, "wxr")
    assert sorted(seen(c) or "[empty]" for c in again) == sorted(seen(c) or "[empty]" for c in comments)
    assert not any(c.get("author_email", "").endswith(MADE_UP) for c in again)


def test_a_comment_has_the_same_number_in_each_file_for_disqus(tmp_path):
    def numbers(lines):
        path = tmp_path / "part.jsonl"
        path.write_text("".join(json.dumps({"source": "x", **c}) + "\n" for c in lines))
        wxr = Wxr(written(path, "disqus"), "1.0")
        return {visible_text(c["content"]): c["id"] for item in wxr.items for c in wxr.comments(item)}

    whole, part = numbers(HOSTILE), numbers(HOSTILE[4:])
    assert len(part) == 3 and part.items() <= whole.items()


# --- Commento ------------------------------------------------------------------------------------------------------------


def walk(document):
    """As Commento's importer does: people by their addresses, comments from the root.  What it refuses, fails here."""
    assert document["version"] == 1
    people, by_email = {NOBODY: None}, {}
    for person in document["commenters"]:
        assert all(person[name] for name in ("commenterHex", "email", "name", "link", "photo", "provider")), person
        datetime.fromisoformat(person["joinDate"].replace("Z", "+00:00"))
        people[person["commenterHex"]] = by_email.setdefault(person["email"], person)
    below = {}
    for c in document["comments"]:
        below.setdefault(c["parentHex"], []).append(c)
    found, todo = [], ["root"]
    while todo:
        for c in below.get(todo.pop(), []):
            assert c["commenterHex"] in people, c
            assert c["markdown"] and c["state"] in ("approved", "unapproved", "flagged"), c
            datetime.fromisoformat(c["creationDate"].replace("Z", "+00:00"))
            found.append(c)
            todo.append(c["commentHex"])
    return people, found


def address(url):
    """Host and path as Commento has them."""
    parts = urlsplit(url)
    return parts.netloc, (parts.path or "/") + ("?" + parts.query if parts.query else "")


def usable(url):
    return re.fullmatch(r"https?://[^/?#@\s]+([/?#]\S*)?", url or "") is not None


def test_commento_gets_what_its_importers_need(source, tmp_path):
    path, comments = source
    content = written(path, "commento")
    document = json.loads(content)
    people, found = walk(document)
    # Nothing hangs in the air, nothing is there twice.
    assert len(found) == len(document["comments"]) == len(comments)
    ids = {c["commentHex"] for c in found}
    assert len(ids) == len(found) and all(HEX.fullmatch(i) for i in ids)
    assert len({p["email"].lower() for p in document["commenters"]}) == len(document["commenters"])
    pages = as_written(comments)
    for c, want in zip(document["comments"], [c for page in pages for c in page]):
        first = next(page for page in pages if want in page)[0]
        person = people[c["commenterHex"]]
        assert c["url"].startswith("/") and "#" not in c["url"] and "://" not in c["domain"]
        if usable(first.get("page_url")):
            assert (c["domain"], c["url"]) == address(first["page_url"])
        assert c["score"] == want.get("votes_up", 0) - want.get("votes_down", 0)
        assert c["creationDate"] == (want.get("created_at") or "0001-01-01T00:00:00Z")
        if flag(want, "is_deleted"):
            assert (c["markdown"], c["deleted"], person) == ("[deleted]", True, None)
            continue
        assert not c["deleted"] and c["markdown"] != "[deleted]"
        assert c["state"] == ("flagged" if flag(want, "is_spam") else "approved" if flag(want, "is_approved", True) else "unapproved")
        if want.get("author_email"):
            assert person["email"].lower() == want["author_email"].lower()
        else:
            assert (person or {"name": "Anonymous"})["name"] == (want.get("author_name") or "Anonymous")
            assert person is None or person["email"].endswith(MADE_UP)
    again = read_back(content, tmp_path, "commento")
    assert len(again) == len(comments)
    by_id = {c["external_id"]: c for c in again}
    for c, want in zip(document["comments"], [c for page in pages for c in page]):
        back = by_id[c["commentHex"]]
        # <q> has become its quotation marks.
        assert seen(back).replace('"', "") == ("" if flag(want, "is_deleted") else seen(want).replace('"', ""))
        assert back["created_at"] == want.get("created_at")
        assert flag(back, "is_deleted") == flag(want, "is_deleted")
        if not flag(want, "is_deleted"):
            assert (back.get("author_email") or "").lower() == (want.get("author_email") or "").lower()
            assert (back.get("author_url") or "") == (people[c["commenterHex"]] or {"link": ""})["link"].replace("undefined", "")


def test_ids_of_commento_stay_what_they_are(tmp_path):
    path = tmp_path / exports.file_name("commento")
    path.write_bytes(exports.make("commento", 60))
    before = records(written(path, "jsonl"))
    again = read_back(written(path, "commento"), tmp_path, "commento")
    assert all(HEX.fullmatch(c["external_id"]) for c in before)
    assert {c["external_id"] for c in again} == {c["external_id"] for c in before}
    assert written(tmp_path / "written", "commento") == (tmp_path / "written").read_bytes()


def test_a_list_of_people_over_a_megabyte_leaves_nothing_to_read(tmp_path):
    """It waits in a scratch file; and without room for one the conversion says so."""
    path = tmp_path / "many.jsonl"
    with path.open("w") as f:
        for i in range(6000):
            f.write(json.dumps({"source": "x", "external_id": str(i), "page_id": "p", "author_name": f"Person {i} " + "x" * 100,
                                "body_html": "<p>a</p>"}) + "\n")
    people, found = walk(json.loads(written(path, "commento")))
    assert len(found) == 6000 and len(people) == 6001
    program = os.path.join(os.environ["TRASLOCO_BUILD"], "trasloco")
    run = subprocess.run([program, "convert", "--to", "commento", str(path)], capture_output=True, timeout=120,
                         env=dict(os.environ, TMPDIR=str(tmp_path / "nowhere")))
    assert run.returncode == 1


def test_no_comments_make_whole_files(tmp_path):
    path = tmp_path / "none.jsonl"
    path.write_text('{"trasloco":1,"type":"header"}\n')
    assert json.loads(written(path, "commento")) == {"version": 1, "comments": [], "commenters": []}
    assert Wxr(written(path, "disqus"), "1.0").items == Wxr(written(path, "wxr"), "1.2").items == []


# --- CSV -----------------------------------------------------------------------------------------------------------------


def test_csv_loses_no_field(source, tmp_path):
    path, comments = source
    content = written(path, "csv")
    assert read_back(content, tmp_path, "csv") == [{k: v for k, v in c.items() if k != "extra"} for c in comments]


SOFFICE = shutil.which("soffice")


def rows(table):
    return list(csv.reader(io.StringIO(table.read_bytes().decode(), newline="")))


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not here (libreoffice-calc): the CSV was not opened in it")
def test_a_spreadsheet_has_the_columns_dates_and_line_breaks_of_the_csv(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [{"source": "x", **c} for c in HOSTILE]
    lines[0]["author_name"] = '=HYPERLINK("http://evil.example/")'
    lines[1]["author_name"] = "Zoë, \"the\" 🐚;\tA"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    table = tmp_path / "a.csv"
    table.write_bytes(written(path, "csv"))
    # Read as UTF-8 with commas; written back with each cell as it is shown.
    subprocess.run([SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--infilter=CSV:44,34,76,1",
                    "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true", "--outdir", tmp_path / "out", table],
                   check=True, capture_output=True, timeout=240)
    # It takes flags for truth values of its own.
    flags = {"true": "TRUE", "false": "FALSE"}
    assert rows(tmp_path / "out" / "a.csv") == [[flags.get(cell, cell) for cell in row] for row in rows(table)]
