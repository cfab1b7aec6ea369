import re

import pytest

from stack import Person, Stack, wait_until

# Small, so that a test can send more than that in a moment.
LIMIT = 8 * 1024 * 1024

# The stack of the session, once a test has wanted it.
started = []


@pytest.fixture(scope="session")
def stack():
    s = Stack(extra_config=f"max_upload = {LIMIT}")
    started.append(s)
    logs = ""
    try:
        yield s
    finally:
        s.stop()
        logs = s.log("web")
        s.remove()
    assert not re.search(r"ERROR: \w+Sanitizer|runtime error:|level=error .*kind=bug", logs), logs


@pytest.fixture(scope="module", autouse=True)
def no_export_stays():
    """The file of an export stays for days; tests of other modules look for an empty spool."""
    yield
    for s in started:
        s.sql("UPDATE job SET download_until = UTC_TIMESTAMP(3) WHERE download_until > UTC_TIMESTAMP(3)")
        wait_until(lambda: s.number("SELECT COUNT(*) FROM job WHERE download_until IS NOT NULL AND spool_name > ''") == 0,
                   "the files of all exports are deleted")


@pytest.fixture
def account(stack):
    """The e-mail address and password of the admin of a fresh account."""
    return stack.new_account()


@pytest.fixture
def admin(stack, account):
    return Person(stack, account)
