import re

import pytest

from stack import Person, Stack

# Small, so that a test can send more than that in a moment.
LIMIT = 8 * 1024 * 1024


@pytest.fixture(scope="session")
def stack():
    s = Stack(extra_config=f"max_upload = {LIMIT}")
    logs = ""
    try:
        yield s
    finally:
        s.stop()
        logs = s.log("web")
        s.remove()
    assert not re.search(r"ERROR: \w+Sanitizer|runtime error:|level=error .*kind=bug", logs), logs


@pytest.fixture
def account(stack):
    """The e-mail address and password of the admin of a fresh account."""
    return stack.new_account()


@pytest.fixture
def admin(stack, account):
    return Person(stack, account)
