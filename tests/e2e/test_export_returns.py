"""Exports of the database come back: what an account has been given by files, sites, moves and copies, through every format that is read."""

import pytest

from blog import invented
from connecting import connect
from disqus_oracle import visible_text
from stack import Person, sentence
from test_export import FORMAT_OF, SAMPLES, account_id, comment, export, jsonl, records, samples
from test_move import COPY, copy, ended, move


def imported(stack, admin, content, **how):
    """A second account that has what the first one exported."""
    other = Person(stack, stack.new_account())
    job = other.do_import(content, **how)
    assert job["state"] == "completed", job["message"]
    return other


def threads(stack, person):
    """Of each comment, without any id: the page's address, who, when, state, and the words from it up to its root."""
    rows = stack.sql(
        "SELECT HEX(c.comment_id), IFNULL(HEX(c.parent_id), ''), p.page_url, IFNULL(c.author_name, ''), "
        "IFNULL(LEFT(c.created_at, 19), ''), c.is_approved, c.is_spam, c.is_deleted, HEX(c.body_html) "
        "FROM comment AS c JOIN page AS p ON p.account_id = c.account_id AND p.page_key = c.page_key "
        f"WHERE c.account_id = {account_id(stack, person)}")
    by_id = {row[0]: row for row in rows}

    def words(row):
        line = []
        while row is not None and len(line) < 100:
            line.append(visible_text(bytes.fromhex(row[8]).decode()) or "[empty]")
            row = by_id.get(row[1])
        return tuple(line)
    return sorted((row[2], row[3], row[4], *row[5:8], words(row)) for row in rows)


def of_all_formats(stack, admin):
    lines = export(stack, admin)
    other = imported(stack, admin, lines, name="a.jsonl")
    assert export(stack, other) == lines
    table = export(stack, admin, "csv")
    other = imported(stack, admin, table, name="a.csv", provider="csv")
    assert export(stack, other, "csv") == table
    assert records(export(stack, other)) == [{k: v for k, v in c.items() if k != "extra"} for c in records(lines)]
    other = imported(stack, admin, export(stack, admin, "wxr"), name="a.xml", provider="wxr")
    return threads(stack, admin), threads(stack, other)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here: real exports not tested")
@pytest.mark.parametrize("path", samples())
def test_real_exports_come_back(stack, admin, path):
    answer = admin.upload(path.read_bytes(), name=path.name, provider=FORMAT_OF.get(path.parent.name, path.parent.name))
    if answer.status_code != 201:
        pytest.skip(f"it is refused: {sentence(answer)}")
    if admin.finished(answer.json()["job"]["id"])["state"] != "completed":
        pytest.skip("it cannot be imported")
    before, after = of_all_formats(stack, admin)
    assert after == before


def test_what_was_moved_merged_copied_and_sent_by_a_site_comes_back(stack, admin):
    odd = {2: {"is_approved": False}, 3: {"is_spam": True, "is_approved": False}, 4: {"is_deleted": True, "is_approved": False},
           5: {"parent_external_id": "1"}, 6: {"parent_external_id": "5"}, 7: {"created_at": "2019-01-01T00:00:00.000Z", "parent_external_id": "6"}}
    pages = {8: "https://blog.example/q", 9: "https://blog.example/q", 10: "https://old.example/r"}
    admin.do_import(jsonl(*(comment(i, author_name="Zoë", **odd.get(i, {}),
                                    **({"page_id": pages[i], "page_url": pages[i]} if i in pages else {})) for i in range(1, 11))),
                    name="a.jsonl")
    blog = invented(120)
    connect(admin, blog).run()
    assert move(admin, "old.example", "new.example")["state"] == "completed"
    assert move(admin, "https://blog.example/q", "https://blog.example/p", merge=True)["updated"] == 2
    for target in ("copied", "copied again", "x" * 600):
        done = ended(admin, copy(admin, "p", target, "https://blog.example/copied" if target == "copied" else ""), COPY)
        assert done["state"] == "completed", done
    lines = records(export(stack, admin))
    assert {"disqus", "wordpress", "copy"} == {c["source"] for c in lines}
    assert len({(c["source"], c.get("source_site"), c["external_id"]) for c in lines}) == len(lines)
    assert "https://new.example/r" in {c["page_url"] for c in lines if "page_url" in c}
    before, after = of_all_formats(stack, admin)
    assert len(before) == len(lines) and after == before
