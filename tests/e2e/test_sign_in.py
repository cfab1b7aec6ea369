"""Who may come in, and how one goes out again."""

from requests.adapters import HTTPAdapter

from stack import IMPORT, STATUS, Person, json_headers, sentence


def test_the_right_password_opens_the_import_page(stack, account):
    person = Person(stack)
    answer = person.sign_in(*account)
    assert answer.status_code == 303
    page = person.get(answer.headers["Location"])
    while page.is_redirect:
        page = person.get(page.headers["Location"])
    assert page.status_code == 200
    assert page.url.endswith(IMPORT)
    assert 'class="account-block' in page.text and account[0] in page.text


def test_the_letter_case_of_the_address_does_not_matter(stack, account):
    assert Person(stack).sign_in(account[0].upper(), account[1]).status_code == 303


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(stack, account):
    def refusal(email, password):
        answer = Person(stack).sign_in(email, password)
        assert answer.status_code in (400, 401, 403)
        assert "Set-Cookie" not in answer.headers or "trasloco=" not in answer.headers["Set-Cookie"]
        found = [line for line in answer.text.splitlines() if 'role="alert"' in line]
        assert found
        return found

    assert refusal(account[0], "not the password") == refusal("nobody@test.example", "not the password")


def test_without_a_session_pages_lead_to_the_sign_in_and_json_says_so(stack):
    person = Person(stack)
    answer = person.get(IMPORT)
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/auth/login")
    answer = person.get(STATUS, headers=json_headers())
    assert answer.status_code == 401 and sentence(answer)


def test_after_signing_in_one_is_where_one_wanted_to_be(stack, account):
    person = Person(stack)
    where = person.get(IMPORT).headers["Location"]
    answer = person.post(where, data={"csrf": person.token(where), "email": account[0], "password": account[1],
                                      "next": IMPORT})
    assert answer.status_code == 303 and answer.headers["Location"] == IMPORT


def test_no_other_site_can_be_put_in_as_the_place_to_go(stack, account):
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        person = Person(stack)
        answer = person.post("/auth/login", data={"csrf": person.token("/auth/login"), "email": account[0],
                                                  "password": account[1], "next": evil})
        assert "evil" not in answer.headers.get("Location", "") and "javascript" not in answer.headers.get("Location", "")


def test_signing_out_ends_the_session_for_good(stack, account):
    person = Person(stack, account)
    cookies = person.cookies.copy()
    assert person.sign_out().status_code == 303
    assert person.get(IMPORT).status_code == 303
    person.cookies = cookies
    assert person.get(IMPORT).status_code == 303


def test_a_sign_in_form_of_another_site_is_refused(stack, account):
    person = Person(stack)
    person.token("/auth/login")
    answer = person.post("/auth/login", data={"csrf": "0" * 64, "email": account[0], "password": account[1]})
    assert answer.status_code == 403
    assert person.get(IMPORT).status_code == 303


def test_a_new_password_ends_all_sessions(stack, account):
    person = Person(stack, account)
    assert stack.cli("user", "passwd", account[0], "--password-stdin", stdin="another password\n")[0] == 0
    assert person.get(IMPORT).status_code == 303
    assert Person(stack).sign_in(account[0], "another password").status_code == 303


def test_the_database_does_not_know_the_cookie(stack, account):
    person = Person(stack, account)
    token = next(c.value for c in person.cookies if c.name.endswith("trasloco"))
    assert stack.number(f"SELECT count(*) FROM session WHERE HEX(token_hash) LIKE '%{token[:20]}%'") == 0
    assert stack.number("SELECT count(*) FROM session") > 0


def test_pages_forbid_scripts_from_elsewhere(admin):
    policy = admin.get(IMPORT).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy


class FromElsewhere(HTTPAdapter):
    """Connections from another address of this machine."""

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, source_address=("127.0.0.9", 0), **options)


def test_passwords_cannot_be_guessed_by_the_thousand(stack, account):
    guesser = Person(stack)
    guesser.mount("http://", FromElsewhere())
    form = {"csrf": guesser.token("/auth/login"), "email": account[0], "password": "not the password"}
    answers = [guesser.post("/auth/login", data=form) for _ in range(100)]
    assert answers[0].status_code == 401 and answers[-1].status_code == 429
    assert "wait" in answers[-1].text and "nginx" not in answers[-1].text.lower()
    assert guesser.get("/auth/login").status_code == 200
    assert Person(stack).sign_in(*account).status_code == 303
