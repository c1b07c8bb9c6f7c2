"""Every mistake at once, each with its place and the mend."""

from pathlib import Path
from typing import get_args

import pytest

from callcenter.config import RemoteDesk, load
from callcenter.errors import ConfigError

GOOD = """\
[[pbx]]
name = "main"
host = "127.0.0.1"
username = "callcenter"
secret = "hush-ami"
[[line]]
name = "support"
number = "+33465711010"
pbx = "main"
queue = "support"
extension = "0465711010"
"""

KINDS = ", ".join(
    repr(get_args(table.model_fields["kind"].annotation)[0]) for table in get_args(RemoteDesk)
)

ALERTS = """\
[[alerts]]
name = "rmm"
kind = "datto"
secret = "a-secret-of-the-tests-alone\""""


def mistakes(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path = folder / "callcenter.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return [str(mistake).removeprefix(f"{folder}/") for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        (
            'pbx = "main"',
            'pbx = "mian"',
            "line 9: line.support.pbx names 'mian', but the only PBX is 'main'",
        ),
        (
            'extension = "0465711010"',
            'extension = "0465711010"\n[portal]\nline = "sales"',
            "line 13: portal.line names 'sales', but the only line is 'support'",
        ),
        (
            'extension = "0465711010"',
            (
                'extension = "0465711010"\ndesk = "zammad"\n[portal]\nline = "support"\n'
                '[[desk]]\nname = "zammad"\nkind = "generic"\nurl = "https://desk.example.com"\n'
                'secret = "whsec_aHVzaCBodXNoIGh1c2ggaHVzaCBodXNo"'
            ),
            (
                "line 14: portal.line names 'support', "
                "whose tickets are not in a desk of kind builtin"
            ),
        ),
        (
            'extension = "0465711010"',
            'extension = "0465711010"\n[wallboard]\nservice_level = 120',
            "line 13: wallboard.service_level must be 100 or less",
        ),
        (
            'extension = "0465711010"',
            'extension = "0465711010"\n[line.wallboard]\nwaitings = 3',
            "line 13: line.support.wallboard.waitings is not a key here: did you mean waiting?",
        ),
        (
            'extension = "0465711010"',
            'extension = "0465711010"\n[portal]\nenabled = true',
            'line 12: portal needs a line, for its tickets: line = "..."',
        ),
        (
            'extension = "0465711010"',
            f'extension = "0465711010"\n{ALERTS}\nline = "sales"',
            "line 16: alerts.rmm.line names 'sales', but the only line is 'support'",
        ),
        (
            'extension = "0465711010"',
            (
                f'extension = "0465711010"\n{ALERTS}\nline = "support"\n'
                '[[alerts.rule]]\ndevice = "fw-*"\nline = "sales"'
            ),
            "line 19: alerts.rmm.rule.1.line names 'sales', but the only line is 'support'",
        ),
        (
            'extension = "0465711010"',
            (
                f'extension = "0465711010"\n{ALERTS}\nline = "support"\n'
                '[[alerts.rule]]\ndevice = "fw-*"'
            ),
            ('line 17: alerts.rmm.rule.1 decides nothing: add line = "..." or priority = "high"'),
        ),
        (
            'extension = "0465711010"',
            (
                f'extension = "0465711010"\n{ALERTS}\nline = "support"'.replace(
                    "a-secret-of-the-tests-alone", "guess me"
                )
            ),
            (
                "line 15: alerts.rmm.secret must be 24 to 128 letters, digits, '-' and '_': "
                "make one with openssl rand -hex 24"
            ),
        ),
        (
            'queue = "support"',
            'desk = "zammad"\nqueue = "support"',
            "line 10: line.support.desk names 'zammad', but the only desk is 'builtin'",
        ),
        (
            'secret = "hush-ami"',
            'secret = "hush-ami"\nrecords.cdr = "Master.csv"\nrecords.cdr_url = "sqlite+aiosqlite:///cdr"',
            (
                "line 7: pbx.main.records.cdr_url stands beside cdr: it is a file or a table, "
                "take one out"
            ),
        ),
        (
            'secret = "hush-ami"',
            'secret = "hush-ami"\n[pbx.records]\nqueue_log_url = "oracle://hush@pbx/records"',
            (
                "line 7: pbx.main.records.queue_log_url must be like "
                "mysql+aiomysql://user:password@host/asteriskcdrdb: "
                "postgresql+asyncpg and sqlite+aiosqlite will do too"
            ),
        ),
        (
            'secret = "hush-ami"',
            'secret = "hush-ami"\n[pbx.records]\ncdr_table = "cdr; drop"',
            "line 7: pbx.main.records.cdr_table must be the name of a table",
        ),
        (
            'queue = "support"',
            'queue = "support"\nenforcement.grace_s = 30',
            (
                "line 11: line.support.enforcement.grace_s begins with the hang-up: "
                'write block_from = "hangup", or take it out'
            ),
        ),
        (
            'queue = "support"',
            'queue = "support"\nenforcement.mode = "nag"',
            "line 11: line.support.enforcement.mode must be 'off', 'remind' or 'block'",
        ),
        (
            "[[pbx]]",
            '[pauses]\nreasons = ["lunch", "ticket"]\n[[pbx]]',
            ("line 2: pauses.reasons.2 'ticket' is what enforcement says: choose another"),
        ),
        (
            'queue = "support"',
            "",
            'line 6: line.support rings nowhere: add queue = "..." or ring = ["PJSIP/101"]',
        ),
        (
            'queue = "support"',
            'queue = "support"\nring = ["PJSIP/101"]',
            (
                "line 11: line.support.ring stands beside queue: "
                "a line has one of the two, take one out"
            ),
        ),
        (
            'queue = "support"',
            'ring = ["PJSIP/101", "102"]',
            (
                "line 10: line.support.ring.2 "
                "must be a telephone as Asterisk calls it, such as 'PJSIP/101'"
            ),
        ),
        (
            "+33465711010",
            "12",
            "line 8: line.support.number is not a telephone number: write it like '+33465711010'",
        ),
        (
            'host = "127.0.0.1"',
            'hots = "127.0.0.1"\nhost = "127.0.0.1"',
            "line 3: pbx.main.hots is not a key here: did you mean host?",
        ),
        (
            'secret = "hush-ami"',
            'secret_flie = "x"\nsecret = "hush-ami"',
            "line 5: pbx.main.secret_flie is not a key here: did you mean secret_file?",
        ),
        (
            'host = "127.0.0.1"\n',
            "",
            "line 1: pbx.main.host is missing: add it",
        ),
        (
            'host = "127.0.0.1"',
            'host = "127.0.0.1"\nport = "many"',
            "line 4: pbx.main.port must be a whole number",
        ),
        (
            'host = "127.0.0.1"',
            'host = "127.0.0.1\\r\\nAction: Originate"',
            "line 3: pbx.main.host has a control character or ';' in it: take it out",
        ),
        (
            'queue = "support"',
            'queue = "support"\nhours = ["mon-fry 9-18"]',
            "line 11: line.support.hours.1 must be days and times: 'mon-fri 08:30-18:00'",
        ),
        (
            'extension = "0465711010"',
            'extension = "0465711010"\n[line.menu]\noptoin = "1"',
            "line 13: line.support.menu.optoin is not a key here: did you mean option?",
        ),
        (
            "[[line]]",
            '[[desk]]\nname = "builtin"\nkind = "zamad"\n[[line]]',
            f"line 8: desk.builtin.kind must be one of 'builtin', {KINDS}",
        ),
        (
            "[[line]]",
            '[[desk]]\nname = "builtin"\n[[line]]',
            "line 6: desk.builtin.kind is missing: add it",
        ),
        (
            "[[pbx]]",
            '[database]\nurl = "mysql://root@127.0.0.1/x"\n[[pbx]]',
            "line 2: database.url must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://",
        ),
        (
            "[[pbx]]",
            '[database]\nurl = "postgresql+asyncpg://callcenter@db:many/callcenter"\n[[pbx]]',
            ("line 2: database.url must be like postgresql+asyncpg://user:password@host:5432/name"),
        ),
        (
            "[[pbx]]",
            '[database]\nurl = "sqlite+aiosqlite://"\n[[pbx]]',
            "line 2: database.url must name a file: sqlite+aiosqlite:///callcenter.db",
        ),
        (
            "[[pbx]]",
            '[site]\ncountry = "France"\n[[pbx]]',
            "line 2: site.country must be a country in two letters, such as 'FR'",
        ),
        (
            "[[line]]",
            '[[telephone]]\nname = "101"\npbx = "main"\n[[line]]',
            (
                "line 6: telephone.101 needs either a secret to register with, "
                "or the contact where it always is"
            ),
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_mend(
    tmp_path: Path, written: str, instead: str, said: str
) -> None:
    assert mistakes(tmp_path, GOOD.replace(written, instead, 1)) == [f"callcenter.toml, {said}"]


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

DESK = f"""\
[[desk]]
name = "builtin"
kind = "generic"
url = "https://desk.example.com/tickets"
secret = "{SECRET}"
"""


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('url = "https://desk.example.com/tickets"\n', "", ".url is missing: add it"),
        (
            "https://desk.example.com/tickets",
            "desk.example.com",
            ".url must be an address such as https://helpdesk.example.com",
        ),
        (
            "https://",
            "https://callcenter:hush@",
            ".url has a user or a password in it: take it out, the secret is enough",
        ),
        ("secret =", "secert =", ".secert is not a key here: did you mean secret?"),
        (
            SECRET,
            "hush",
            (
                ".secret must be whsec_ and 24 to 64 bytes in base64: "
                "make one with echo whsec_$(openssl rand -base64 32)"
            ),
        ),
        (
            f'"{SECRET}"',
            f'"{SECRET} hush"',
            (
                ".secret must be whsec_ and 24 to 64 bytes in base64: "
                "make one with echo whsec_$(openssl rand -base64 32)"
            ),
        ),
        ("url =", "searchable = 3\nurl =", ".searchable must be true or false"),
        ("url =", "timeout_s = 20\nurl =", ".timeout_s must be 9.0 or less"),
        ("url =", 'ca_file = "gone"\nurl =', ".ca_file names a file that is not there: "),
        (
            "url =",
            'ca_file = "callcenter.toml"\nurl =',
            ".ca_file names a file that has no certificate in PEM: ",
        ),
        (
            "url =",
            'ticket_url = "https://desk.example.com/"\nurl =',
            ".ticket_url must be like https://desk.example.com/tickets/{number}",
        ),
    ],
)
def test_a_mistake_of_a_generic_desk_is_told_as_its_own(
    tmp_path: Path, written: str, instead: str, said: str
) -> None:
    text = GOOD + DESK.replace(written, instead, 1)
    told = mistakes(tmp_path, text)
    assert any(f"desk.builtin{said}" in mistake or said in mistake for mistake in told)
    assert all("desk.builtin." in mistake for mistake in told)
    assert "hush" not in "".join(told)


def test_a_secret_file_of_a_desk_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, GOOD + DESK.replace(f'secret = "{SECRET}"', 'secret_file = "no"'))
    assert "desk.builtin.secret_file names" in told


def test_what_is_used_twice_is_said_at_the_second(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[line]]") :]
    assert [mistake.partition(": ")[2] for mistake in mistakes(tmp_path, twice)] == [
        "line.support.name another line has name 'support': change one",
        "line.support.number another line has number '+33465711010': change one",
        "line.support.queue another line has queue 'support': change one",
        "line.support.extension another line has extension '0465711010': change one",
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('host = "127.0.0.1"', "host = 3").replace('pbx = "main"', 'pbx = "x"')
    told = mistakes(tmp_path, text, {"CALLCENTER_HTTP__PORT": "70000"})
    assert [place.partition(": ")[0] for place in told] == [
        "callcenter.toml, line 3",
        "callcenter.toml, line 9",
        "CALLCENTER_HTTP__PORT",
    ]


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("CALLCENTER_HTTP__PROT", "http.prot is not a key here: did you mean port?"),
        ("CALLCENTER_HTPT__PORT", "is not a setting: did you mean CALLCENTER_HTTP__...?"),
        ("CALLCENTER_HTTP", "names a table: add its key, CALLCENTER_HTTP__KEY"),
        ("CALLCENTER_PBX__MIAN__SECRET", "no [[pbx]] in the file is named so (there: main)"),
        (
            "CALLCENTER_PBX__SECRET",
            "must name the pbx and the key: CALLCENTER_PBX__NAME__KEY",
        ),
        ("CALLCENTER_HTTP__PORT", "http.port must be a whole number"),
    ],
)
def test_a_mistake_in_a_variable_is_told_with_its_name(
    tmp_path: Path, variable: str, said: str
) -> None:
    assert mistakes(tmp_path, GOOD, {variable: "x"}) == [f"{variable}: {said}"]


def test_a_secret_file_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    text = GOOD.replace('secret = "hush-ami"', 'secret_file = "gone"')
    assert mistakes(tmp_path, text) == [
        (
            f"callcenter.toml, line 5: pbx.main.secret_file names {tmp_path}/gone, "
            "which cannot be read (No such file or directory)"
        )
    ]


def test_no_mistake_repeats_a_secret(tmp_path: Path) -> None:
    text = GOOD.replace("hush-ami", "hush\\tami") + '[database]\nurl = "mysql://a:hush@127.0.0.1"\n'
    told = mistakes(tmp_path, text, {"CALLCENTER_DATABASE__URL": "oracle://hush"})
    assert len(told) == 2
    assert "hush" not in "".join(told)


@pytest.mark.parametrize("text", ["http = 3", "[[http]]", "pbx = 3", "[pbx]", "line = [3]"])
def test_a_table_of_the_wrong_kind_is_a_mistake(tmp_path: Path, text: str) -> None:
    told = mistakes(tmp_path, text, {"CALLCENTER_HTTP__PORT": "8081"})
    assert len(told) == 1
    assert "must be a" in told[0]
