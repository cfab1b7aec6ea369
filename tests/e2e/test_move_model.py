"""Moves of chance against a simple model of them: what a preview counts is what the move then does, and nothing meets silently."""

import os
import random
import re
from urllib.parse import quote, unquote

from inputs import many
from stack import wait_until

ROUNDS = 48
TRACKING = ("fbclid", "ref", "from")
UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"


def spelled(text):
    """Percent-encodings in their only form."""
    text = quote(text, safe="".join(map(chr, range(33, 127))))
    text = re.sub("%[0-9A-Fa-f]{2}", lambda m: m.group().upper(), text)
    return re.sub("%[2-7][0-9A-F]", lambda m: c if (c := unquote(m.group())) in UNRESERVED else m.group(), text)


def address_of(url):
    """What tells the page of an address apart; None if it is none."""
    found = re.fullmatch(r"(?i)(https?)://([^/?#:\s]+)(?::(\d+))?([^?#\s]*)(?:\?([^#\s]*))?(?:#\S*)?", url)
    if found is None:
        return None
    scheme, host, port, path, query = found.groups()
    host = host.lower().removeprefix("www.").encode("idna").decode()
    if port and port != {"https": "443", "http": "80"}[scheme.lower()]:
        host += ":" + port
    path = re.sub(r"/\.(?=/|$)", "", spelled(path))
    while "/.." in path:
        path = re.sub(r"(/[^/]*)?/\.\.", "", path, count=1)
    kept = [p for p in spelled(query or "").split("&") if p and not p.startswith("utm_") and p.split("=")[0] not in TRACKING]
    return host + path.rstrip("/") + ("?" + "&".join(kept) if kept else "")


def id_address(page_id):
    """The same of an id, which may be without a scheme."""
    return address_of(page_id) or address_of("https://" + page_id)


class Page:
    def __init__(self, key, source, page_id, url, comments, merged_into=None):
        self.key, self.source, self.id, self.url, self.comments = key, source, page_id, url, comments
        self.merged_into = merged_into
        self.address = address_of(url) or ""


class Moved:
    """What becomes of a page."""

    def __init__(self, page, by_id, new_id, new_url):
        self.page, self.by_id, self.id, self.url, self.target = page, by_id, new_id, new_url, None
        self.address = address_of(new_url) or ""
        self.old = page.id if by_id else page.address
        self.new = new_id if by_id else self.address


def prefix_parts(text):
    """Of a prefix without its star: what addresses begin with, and whether only whole parts of a path count."""
    if text.endswith("/") or not re.search("[/?]", text.partition("://")[2]):
        return address_of(text), True
    return address_of(text + "x").removesuffix("x"), False


def begins(address, key, whole):
    return address.startswith(key) and (not whole or address[len(key):len(key) + 1] in ("", "/", "?"))


def behind_host(text):
    """Where the host ends in a URL or an address."""
    return len(re.match("(?:[^/?#]+://)?[^/?#]*", text).group())


def new_url(pairs, was, address):
    """By the most specific pair; None if there is none."""
    for kind, old, new in pairs:
        if kind == "url" and address_of(old) == address:
            return new
    fitting = [(*prefix_parts(old[:-1]), new[:-1]) for kind, old, new in pairs if kind == "prefix"]
    fitting = [f for f in fitting if begins(address, f[0], f[1])]
    if fitting:
        key, whole, new = max(fitting, key=lambda f: (len(f[0]), f[1]))
        path = key[behind_host(key):]
        written = was[behind_host(was):]
        ways = [written[len(path):]] if written.startswith(path) else []
        ways += [was[cut.start():] for cut in re.finditer("(?=[/?#])|$", was) if whole and not ways and address_of(was[:cut.start()]) == key]
        ways = [(new.rstrip("/") if whole and rest else new) + rest for rest in [*ways[:1], address[len(key):]]]
        return ways[0] if address_of(ways[0]) == address_of(ways[-1]) else ways[-1]
    for kind, old, new in pairs:
        if kind == "domain" and address_of("https://" + old) == address[:behind_host(address)]:
            scheme = re.match("[^/?#]+://", was)
            return (scheme.group() if scheme else "") + new + was[behind_host(was):]
    return None


def become(pairs, page):
    for kind, old, new in pairs:
        if kind == "page_id" and old == page.id:
            return Moved(page, True, new, page.url)
    known = page.address or id_address(page.id) or page.id
    url = new_url(pairs, page.url if page.address else page.id, known)
    if url is None:
        return None
    if "://" not in url:
        url = "https://" + url
    new_id = url if address_of(page.id) == known else address_of(url) if id_address(page.id) == known else page.id
    moved = Moved(page, not page.address, new_id, url if page.address else page.url)
    return moved if (moved.id, moved.url) != (page.id, page.url) else None


def nearest(page, others):
    return min(others, key=lambda other: (other.source != page.source, other.key))


def settle(pages, moved):
    """Sets the targets of those that meet another page."""
    planned = {m.page.key: m for m in moved}
    for by_id in (False, True):
        for m in moved:
            if m.by_id == by_id and m.old != m.new:
                there = [p for p in pages if p.merged_into is None and p.key not in planned and
                         (p.id if by_id else p.address) == m.new]
                if there:
                    m.target = nearest(m.page, there).key
    groups = {}
    for m in moved:
        if m.target is None:
            groups.setdefault((m.by_id, m.new), []).append(m)
    for together in groups.values():
        home = min(together, key=lambda m: (m.old != m.new, m.page.key)).old
        at_home = [m.page for m in together if m.old == home]
        for m in together:
            if m.old != home:
                m.target = nearest(m.page, at_home).key


def crossing(moved):
    """Whether one that moves by its address meets one that moves by its id."""
    by_id, by_address = [m for m in moved if m.by_id], [m for m in moved if not m.by_id]
    return any(a.address == i.page.address != a.page.address or a.page.id == a.id == i.id != i.page.id
               for i in by_id for a in by_address)


def some_url(chance, spread):
    host = chance.choice(("old.example", "new.example", "third.example", "sub.old.example", "old.example:8080", "b\u00fccher.example",
                          "xn--bcher-kva.example")[:spread])
    path = chance.choice(("", "/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/a/a/b", "/A", "/%61", "/%C3%BC", "/%c3%bc/", "/\u00fc", "/a/../b",
                          "/./a/%62", "/b", "/b/a", "/b/a/b"))
    query = chance.choice(("", "", "", "?p=1", "?p=12", "?p=1&x=2", "?utm_source=z", "?utm_source=z&p=1"))
    return (chance.choice(("https://", "http://", "HTTPS://")) + chance.choice(("", "", "www.", "WWW.")) + host + path + query +
            chance.choice(("", "", "", "#respond")))


def some_page(chance, key):
    url = chance.choice((some_url(chance, 7), some_url(chance, 2), "", "not an address"))
    page_id = chance.choice((chance.choice("pqrs"), url or "p", address_of(url) or "old.example/a", some_url(chance, 2),
                             "https://old.example/a"))
    return Page(key, chance.choice(("disqus", "disqus", "wordpress")), page_id, url, chance.randrange(4))


def some_pair(chance):
    kind = chance.choice(("domain", "url", "url", "prefix", "prefix", "page_id"))
    if kind == "page_id":
        return kind, chance.choice("pqrs"), chance.choice(("p", "q", "r", "s", "https://new.example/a"))
    if kind == "domain":
        hosts = ("old.example", "new.example", "www.old.example", "third.example", "sub.old.example", "old.example:8080",
                 "b\u00fccher.example", "XN--bcher-KVA.example")
        return kind, chance.choice(hosts), chance.choice(hosts)
    if kind == "url":
        return kind, some_url(chance, 2), some_url(chance, 3)
    ends = chance.choice((("", "/", "/a/", "/a/b/", "/b/"), ("/a", "/a/b", "/b"), ("/?", "/a?", "/?p=1&"), ("/?p=1", "/?p="),
                         ("/%61/", "/\u00fc/", "/%c3%bc/", "/b/../a/"), ("/%c3%bc", "/\u00fc")))
    return (kind, *(f"{chance.choice(('https', 'http'))}://{chance.choice(('', 'www.'))}{host}{chance.choice(ends)}*"
                    for host in (chance.choice(("old.example", "new.example")), chance.choice(("old.example", "third.example")))))


def compared(pair):
    kind, old, _ = pair
    if kind == "prefix":
        return kind, prefix_parts(old[:-1])
    return kind, {"page_id": old, "url": address_of(old), "domain": address_of("https://" + old)}[kind]


def some_pairs(chance):
    pairs = {}
    for _ in range(chance.randint(1, 6)):
        pair = some_pair(chance)
        if pair[1] != pair[2]:
            pairs.setdefault(compared(pair), pair)
    return list(pairs.values()) or [("domain", "old.example", "new.example")]


class Round:
    """An account with pages of chance, and a list of pairs."""

    def __init__(self, chance, account):
        self.account = account
        self.pages = [some_page(chance, n) for n in range(1, chance.randint(2, 24))]
        for page in self.pages[1:]:
            if chance.random() < 0.1 and self.pages[0].merged_into is None:
                page.merged_into, page.comments = self.pages[0].key, 0
        self.pairs = some_pairs(chance)
        self.moved = [m for p in self.pages if p.merged_into is None and (m := become(self.pairs, p)) is not None]

    def fill(self):
        sql, seq = [f"INSERT INTO account (account_id, name, created_at) VALUES ({self.account}, 'model {self.account}', UTC_TIMESTAMP(3));"], 0
        for p in self.pages:
            into = "NULL" if p.merged_into is None else f"LPAD('{p.merged_into}', 16, '0')"
            sql.append("INSERT INTO page (account_id, page_key, source, source_site, source_page_id, page_id, page_url, address, merged_into) "
                       f"VALUES ({self.account}, LPAD('{p.key}', 16, '0'), '{p.source}', '', '{p.key}', '{p.id}', '{p.url}', "
                       f"'{p.address}', {into});")
            for _ in range(p.comments):
                seq += 1
                sql.append("INSERT INTO comment (account_id, seq, comment_id, page_key, job_id, source, source_site, external_id, body_html, "
                           f"is_approved, is_spam, is_deleted, source_hash) VALUES ({self.account}, {seq}, LPAD('{seq}', 16, '0'), "
                           f"LPAD('{p.key}', 16, '0'), 1, '{p.source}', '', '{p.key}', '', 1, 0, 0, '');")
        return "".join(sql)

    def request(self, node, preview, merge):
        rows = ", ".join(f"(@job, {n}, '{kind}', '{old}', '{new}')" for n, (kind, old, new) in enumerate(self.pairs, 1))
        options = "merge=yes\\n" if merge else ""
        return (f"INSERT INTO job (account_id, kind, source, format, options, state, file_name, file_size, requested_by, requested_at, node) "
                f"VALUES ({self.account}, 'move', '', '{'preview' if preview else 'move'}', '{options}', 'running', 'model', 0, '', "
                f"UTC_TIMESTAMP(3), '{node}'); SET @job = LAST_INSERT_ID(); INSERT INTO move_pair VALUES {rows}; "
                "UPDATE job SET state = 'requested' WHERE job_id = @job;")

    def describe(self, seed):
        return "\n".join([f"seed {seed}, account {self.account}", *map(repr, self.pairs), *(
            f"{p.key} {p.source} id={p.id!r} url={p.url!r} into={p.merged_into}" for p in self.pages)])


def run_all(stack, rounds, node, preview, merge):
    """State, pages, comments, collisions, updated and message of each round's job."""
    stack.sql("".join(r.request(node, preview, merge) for r in rounds))
    accounts = ", ".join(str(r.account) for r in rounds)
    wait_until(lambda: not stack.number(f"SELECT COUNT(*) FROM job WHERE account_id IN ({accounts}) AND state IN ('requested', 'running')"),
               "all moves have ended")
    return {int(row[0]): row[1:] for row in stack.sql(
        "SELECT j.account_id, j.state, COALESCE(r.pages, 0), COALESCE(r.comments, 0), COALESCE(r.collisions, 0), j.updated, j.message "
        f"FROM job AS j LEFT JOIN move_result AS r ON r.job_id = j.job_id WHERE j.job_id IN (SELECT MAX(job_id) FROM job "
        f"WHERE account_id IN ({accounts}) GROUP BY account_id)")}


def rows_of(stack, r):
    return (stack.sql("SELECT CAST(page_key AS UNSIGNED), page_id, page_url, address, COALESCE(CAST(merged_into AS UNSIGNED), 0) FROM page "
                      f"WHERE account_id = {r.account} ORDER BY page_key"),
            stack.sql(f"SELECT seq, external_id, CAST(page_key AS UNSIGNED), changed > 0 FROM comment WHERE account_id = {r.account} "
                      "ORDER BY seq"))


def ends_of(r):
    """The rows of the pages after a move that may merge, and where the comments of each are."""
    moved = {m.page.key: m for m in r.moved}
    rows, ends = [], {}
    for p in r.pages:
        m = moved.get(p.key)
        target = p.merged_into if m is None else m.target
        if p.merged_into in moved and moved[p.merged_into].target is not None:
            target = moved[p.merged_into].target
        at = p if m is None or m.target is not None else m
        rows.append([str(p.key), at.id, at.url, at.address, str(target or 0)])
        ends[p.key] = str(target or p.key)
    return rows, ends


def check(r, before, after, answers):
    """answers: of the preview, the move that may not merge, and the one that may."""
    shown, first, second = answers
    collisions = sum(m.target is not None for m in r.moved)
    found = [str(n) for n in (len(r.moved), sum(m.page.comments for m in r.moved), collisions)]
    if crossing(r.moved):
        assert all(a[0] == "failed" and "one after the other" in a[5] for a in answers)
        assert after == before
        return
    assert shown[:5] == ["completed", *found, "0"], shown[5]
    if collisions:
        assert first[0] == "failed" and "another page is" in first[5]
        assert second[:5] == ["completed", *found, found[1]]
    else:
        assert first[:5] == ["completed", *found, found[1]]
    rows, ends = ends_of(r)
    moved = {str(m.page.key) for m in r.moved}
    assert after[0] == rows
    assert not {row[4] for row in rows} & {row[0] for row in rows if row[4] != "0"}
    assert after[1] == [[seq, key, ends[int(key)], str(int(key in moved))] for seq, key, _, _ in before[1]]


def test_moves_of_chance_do_what_their_previews_and_a_simple_model_say(stack, admin):
    seed = int(os.environ.get("MOVE_SEED") or 0) or random.randrange(1, 10**9)
    chance = random.Random(seed)
    admin.do_import(many(1))
    node = stack.sql("SELECT node FROM job ORDER BY job_id DESC LIMIT 1")[0][0]
    base = stack.number("SELECT MAX(account_id) + 1000 FROM account")
    rounds = [Round(chance, base + n) for n in range(ROUNDS)]
    stack.sql("".join(r.fill() for r in rounds))
    before = [rows_of(stack, r) for r in rounds]
    shown = run_all(stack, rounds, node, True, False)
    assert before == [rows_of(stack, r) for r in rounds]
    for r in rounds:
        settle(r.pages, r.moved)
    first = run_all(stack, rounds, node, False, False)
    again = [r for r in rounds if first[r.account][0] == "failed"]
    assert [rows_of(stack, r) for r in again] == [b for r, b in zip(rounds, before) if r in again]
    second = run_all(stack, again, node, False, True)
    for r, was in zip(rounds, before):
        try:
            check(r, was, rows_of(stack, r), (shown[r.account], first[r.account], second.get(r.account)))
        except AssertionError as problem:
            raise AssertionError(f"{r.describe(seed)}\n{shown[r.account]}\n{first[r.account]}\n{second.get(r.account)}\n{problem}") from None
