"""Exports in other encodings than UTF-8 give what the same export gives in UTF-8, through the real reader."""

import io
import json
import re
import zipfile

import pytest

import exports
from inputs import disqus, post, thread
from stack import ROOT
from test_convert import Run

CASES = ROOT.parent / "shared" / "cases"
COMMENTS = 400  # some chunks of the reader


def text_of(name):
    """An export with the characters themselves instead of JSON's escapes, none of them beyond Windows-1252."""
    text = exports.make(name, COMMENTS).decode()
    text = re.sub(r"(?<!\\)(?:\\u[0-9a-f]{4})+", lambda m: json.loads(f'"{m.group()}"'), text)
    return text.replace("\U0001f41a", "€ “”")


def converted(name, content):
    options = [word for k, v in exports.OPTIONS.get(name, {}).items() for word in ("--option", f"{k}={v}")]
    got = Run("--to", "jsonl", *options, stdin=content)
    assert got.code == 0, got.err
    assert got.totals == (COMMENTS, COMMENTS, 0)
    return got


@pytest.mark.parametrize("name", exports.FORMATS)
def test_each_format_is_read_in_utf16_and_undeclared_windows_1252(name):
    text = text_of(name)
    want = converted(name, text.encode())
    assert "Möller".encode() in want.out and "read_as" not in want.err
    for encoding in ("utf-16", "utf-16-be"):  # with a mark, and without one
        got = converted(name, text.encode(encoding))
        assert got.out == want.out and got.err == want.err
    got = converted(name, text.encode("cp1252"))
    assert got.out == want.out
    assert ("1 read_as_windows_1252:" in got.err) == (text.encode() != text.encode("cp1252"))
    assert "bytes_repaired" not in got.err


@pytest.mark.parametrize("name, label, codec", [("disqus", "iso-8859-15", "iso8859-15"), ("disqus", "latin1", "cp1252"),
                                                ("wxr", "gb2312", "gb18030"), ("intensedebate", "ISO-8859-9", "cp1254")])
def test_the_encoding_that_xml_declares_is_taken(name, label, codec):
    text = text_of(name).replace("“", "").replace("”", "")
    want = converted(name, text.encode())
    text = re.sub(r'encoding="[^"]*"', f'encoding="{label}"', text, count=1)
    got = converted(name, text.encode(codec))
    assert got.out == want.out and got.err == want.err
    got = converted(name, text.encode())
    assert got.out == want.out and "1 read_as_utf8:" in got.err


def test_what_cannot_be_read_is_refused_by_name():
    xml = disqus([post(1, message="<p>caf\xe9</p>")]).decode()
    for content, why in ((xml.replace("utf-8", "x-user-defined").encode("latin-1"), '"x-user-defined"'),
                         (xml.replace("utf-8", "iso-2022-kr").encode("latin-1"), '"iso-2022-kr"'),
                         (xml.encode("utf-32"), "UTF-32")):
        got = Run("--to", "jsonl", stdin=content)
        assert got.code == 1 and b"external_id" not in got.out and why in got.err and "save it as UTF-8" in got.err


def test_each_document_of_an_archive_has_its_own_encoding(tmp_path):
    def one(number, label, codec, body):
        return disqus([post(number, message=f"<p>{body}</p>")]).decode().replace("utf-8", label).encode(codec)

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("1.xml", one(1, "windows-1251", "cp1251", "Привет"))
        z.writestr("2.xml", one(2, "utf-8", "cp1252", "Grüße"))
        z.writestr("3.xml", one(3, "utf-8", "utf-16", "żółć"))
        z.writestr("4.xml", one(4, "utf-8", "utf-8", "café"))
    got = Run("--to", "jsonl", stdin=archive.getvalue())
    assert got.totals == (4, 4, 0)
    bodies = [json.loads(line)["body_html"] for line in got.out.decode().splitlines()[1:]]
    assert bodies == ["<p>Привет</p>", "<p>Grüße</p>", "<p>żółć</p>", "<p>café</p>"]
    assert "1 read_as_windows_1252:" in got.err


def test_a_second_file_has_an_encoding_of_its_own(tmp_path):
    muut = ROOT / "tests" / "formats" / "muut"
    options = ["--to", "jsonl", "--option", "base_url=https://blog.example.org/", "--option"]
    want = Run(*options, f"users={muut / 'users.json.second'}", muut / "users.json")
    main = (muut / "users.json").read_text().replace("Jane", "José")
    changed = Run(*options, f"users={muut / 'users.json.second'}", stdin=main.encode())
    assert "José".encode() in changed.out
    users = (muut / "users.json.second").read_text() + "@josé,jose@example.org\n"
    for encoding in ("utf-16", "cp1252"):
        (tmp_path / "users.csv").write_bytes(users.encode(encoding))
        got = Run(*options, f"users={tmp_path / 'users.csv'}", muut / "users.json")
        assert got.code == 0 and got.out == want.out and b'"author_email":"' in got.out
        # With a main file that has to be read twice as well.
        got = Run(*options, f"users={tmp_path / 'users.csv'}", stdin=main.encode(encoding))
        assert got.code == 0 and got.out == changed.out


def test_comments_before_the_place_come_once():
    """The file is read again from its start at a place that many records lie in front of."""
    posts = [post(i, message=f"<p>Nr {i}</p>") for i in range(1, 1000)]
    posts += [post(1000, message="<p>Grüße</p>"), post(1001, thread=101, message="<p>Ü</p>")]
    # The last page comes behind its comment, so the format reads the file twice too.
    xml = disqus(posts).decode().replace("</disqus>", thread(101, url="https://site.example/é/", title="Später") + "</disqus>")
    want = Run("--to", "jsonl", stdin=xml.encode())
    got = Run("--to", "jsonl", stdin=xml.encode("cp1252"))
    assert want.totals == got.totals == (1001, 1001, 0)
    assert got.out == want.out
    assert got.err.count("read_as_windows_1252") == 1 and "1 read_as_windows_1252:" in got.err


@pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")
@pytest.mark.parametrize("path", [f"{folder}/{name}" for folder, names in {
    "A01-utf16": ("commento-utf16.json", "fc-utf16-tab.txt", "utf16le-bom.xml"),
    "A06-csv-sep": ("fc-sep-line.csv",),
    "F05-cp1252-undeclared": ("commento-cp1252.json", "cp1252-declared-utf8.xml", "id-latin1.xml"),
    "F06-declared-encoding": ("cp1251-declared.xml", "latin2-declared.xml", "sjis-declared.xml", "utf8-but-declared-latin2.xml"),
}.items() for name in names])
def test_cases_are_read_to_the_last_letter(path):
    got = Run("--to", "jsonl", CASES / path)
    assert got.code == 0 and got.totals[0] > 0 and got.totals[2] == 0
    text = got.out.decode()
    assert "\ufffd" not in text and "bytes_repaired" not in got.err
    assert any(word in text for word in ("Grüße", "Привет", "こんにちは"))
