"""Where in a TOML file each value stands."""

from hypothesis import given
from hypothesis import strategies as st

from callcenter.config.document import places

TEXT = '''\
[http]  # where it is served
port = 8080
[[line]]
name = "a"
ring = [
    "PJSIP/101",
]
[line.menu]
prompts = """
name = "not a key"
"""
option = "1"
[[line]]
"name" = "b"
voicemail.mailbox = "7"
'''


def test_tables_lists_and_keys_are_found_on_their_lines() -> None:
    assert dict(places(TEXT)) == {
        ("http",): 1,
        ("http", "port"): 2,
        ("line", 0): 3,
        ("line", 0, "name"): 4,
        ("line", 0, "ring"): 5,
        ("line", 0, "menu"): 8,
        ("line", 0, "menu", "prompts"): 9,
        ("line", 0, "menu", "option"): 12,
        ("line", 1): 13,
        ("line", 1, "name"): 14,
        ("line", 1, "voicemail", "mailbox"): 15,
    }


@given(st.text(alphabet="[]=\"'\n .ab#"))
def test_any_text_is_looked_through_without_an_error(text: str) -> None:
    for _, line in places(text):
        assert 1 <= line <= len(text.splitlines())
