"""One TOML file, variables over it, and what is there without either."""

from pathlib import Path

import pytest

from callcenter.config import GenericDesk, RtDesk, Settings, load
from callcenter.errors import CallcenterError, ConfigError

FILE = """
[database]
url = "postgresql+asyncpg://helpdesk:hush-db@127.0.0.1/helpdesk"
[http]
host = "127.0.0.1"
port = 8080

[[pbx]]
name = "main"
host = "127.0.0.1"
port = 5038
username = "callcenter"
secret = "hush-ami"

[[line]]
name = "support"
number = "04 65 71 10 10"
pbx = "main"
queue = "support"
extension = "0465711010"
desk = "builtin"

[[line]]
name = "after-sales"
number = "+33465711011"
pbx = "main"
ring = ["PJSIP/101", "PJSIP/102"]
extension = "0465711011"
hours = ["mon-fri 08:30-12:00", "sat 22:00-02:00"]
[line.menu]
option = "2"

[[desk]]
name = "builtin"
kind = "builtin"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "callcenter.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_is_read_into_settings(path: Path) -> None:
    settings = load(path, {})
    support, after_sales = settings.lines
    assert settings.http.port == 8080
    assert settings.pbxs[0].secret.get_secret_value() == "hush-ami"
    assert (support.number, support.queue, support.ring) == ("+33465711010", "support", ())
    assert after_sales.ring == ("PJSIP/101", "PJSIP/102")
    assert [(h.days, h.opens, h.closes) for h in after_sales.hours] == [
        ("mon-fri", "08:30", "12:00"),
        ("sat", "22:00", "02:00"),
    ]
    assert after_sales.menu is not None
    assert after_sales.menu.option == "2"


def test_what_the_file_leaves_out_has_a_default(path: Path) -> None:
    line = load(path, {}).lines[0]
    assert (line.country, line.desk, line.timezone) == ("FR", "builtin", "Europe/Paris")
    assert (line.short_abandon_s, line.service_level_s, line.ring_timeout_s) == (6, 20, 60)


def test_a_line_is_where_the_site_is_unless_it_says_otherwise(path: Path) -> None:
    site = '[site]\ncountry = "BE"\ntimezone = "Europe/Brussels"\n'
    own = FILE.replace("ring = [", 'country = "LU"\nring = [').replace(
        "04 65 71 10 10", "+33465711010"
    )
    path.write_text(site + own, encoding="utf-8")
    support, after_sales = load(path, {}).lines
    assert (support.country, support.timezone) == ("BE", "Europe/Brussels")
    assert (after_sales.country, after_sales.timezone) == ("LU", "Europe/Brussels")


def test_a_line_has_the_alarms_of_the_wallboard_unless_it_says_otherwise(path: Path) -> None:
    every = "[wallboard]\nwaiting = 5\nservice_level = 90\n"
    own = FILE + "[line.wallboard]\nwaiting = 0\n"  # of the last line
    path.write_text(every + own, encoding="utf-8")
    support, after_sales = (line.wallboard for line in load(path, {}).lines)
    assert (support.waiting, support.service_level, support.longest_wait_s) == (5, 90, 60)
    assert (after_sales.waiting, after_sales.service_level) == (0, 90)
    variable = {"CALLCENTER_LINE__SUPPORT__WALLBOARD__WAITING": "7"}
    assert load(path, variable).lines[0].wallboard.waiting == 7


def test_without_a_file_the_built_in_defaults_stand() -> None:
    settings = load(None, {})
    assert settings == Settings()
    assert settings.database.url.get_secret_value() == "sqlite+aiosqlite:///callcenter.db"
    assert settings.http.url == "http://127.0.0.1:8080"
    assert [desk.name for desk in settings.desks] == ["builtin"]


def test_a_variable_is_stronger_than_the_file(path: Path) -> None:
    settings = load(path, {"CALLCENTER_HTTP__PORT": "9090", "CALLCENTER_LOG__LEVEL": "debug"})
    assert (settings.http.port, settings.log.level) == (9090, "debug")


def test_entries_of_lists_are_named_in_variables_by_their_names(path: Path) -> None:
    settings = load(
        path,
        {
            "CALLCENTER_PBX__MAIN__SECRET": "other",
            "CALLCENTER_LINE__AFTER_SALES__RING": "PJSIP/103, PJSIP/104",
            "CALLCENTER_LINE__AFTER_SALES__MENU__OPTION": "3",
        },
    )
    assert settings.pbxs[0].secret.get_secret_value() == "other"
    assert settings.lines[1].ring == ("PJSIP/103", "PJSIP/104")
    assert settings.lines[1].menu is not None
    assert settings.lines[1].menu.option == "3"


def test_variables_of_others_and_the_files_own_are_left_alone(path: Path) -> None:
    environ = {"HOME": "/nowhere", "CALLCENTER_CONFIG": "elsewhere.toml"}
    assert load(path, environ) == load(path, {})


def test_a_secret_is_read_from_the_file_that_the_configuration_names(path: Path) -> None:
    (path.parent / "ami").write_text("from-a-file\n", encoding="utf-8")
    path.write_text(FILE.replace('secret = "hush-ami"', 'secret_file = "ami"'), encoding="utf-8")
    assert load(path, {}).pbxs[0].secret.get_secret_value() == "from-a-file"


def test_a_secret_is_read_from_the_file_that_a_variable_names(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "mounted"
    secret.write_text("sqlite+aiosqlite:///other.db", encoding="utf-8")
    settings = load(path, {"CALLCENTER_DATABASE__URL_FILE": str(secret)})
    assert settings.database.url.get_secret_value() == "sqlite+aiosqlite:///other.db"


def test_a_secret_in_a_variable_is_stronger_than_a_secret_file_in_the_file(path: Path) -> None:
    path.write_text(FILE.replace('secret = "hush-ami"', 'secret_file = "gone"'), encoding="utf-8")
    settings = load(path, {"CALLCENTER_PBX__MAIN__SECRET": "at-hand"})
    assert settings.pbxs[0].secret.get_secret_value() == "at-hand"


NEWER, OLDER = (f"whsec_{letter * 32}" for letter in "NO")


def test_a_generic_desk_has_its_secrets_from_a_file_or_a_variable(path: Path) -> None:
    generic = 'kind = "generic"\nurl = "https://desk.example.com/tickets/"\nsecret_file = "hook"'
    path.write_text(FILE.replace('kind = "builtin"', generic), encoding="utf-8")
    (path.parent / "hook").write_text(f"{NEWER}\n{OLDER}\n", encoding="utf-8")
    (desk,) = load(path, {}).desks
    assert isinstance(desk, GenericDesk)
    assert (desk.url, desk.secrets) == ("https://desk.example.com/tickets", (NEWER, OLDER))
    assert (desk.searchable, desk.ca_file, desk.ticket_url) == (True, None, None)
    assert NEWER not in repr(desk)
    environ = {
        "CALLCENTER_DESK__BUILTIN__SECRET": NEWER,
        "CALLCENTER_DESK__BUILTIN__SEARCHABLE": "false",
    }
    (desk,) = load(path, environ).desks
    assert isinstance(desk, GenericDesk)
    assert (desk.secrets, desk.searchable) == ((NEWER,), False)


def test_a_request_tracker_has_its_token_from_a_file_and_never_shows_it(path: Path) -> None:
    tracker = """kind = "rt"
url = "https://rt.example.com/"
token_file = "token"
queue = "Support"
users = { nadia = "nmartin" }"""
    path.write_text(FILE.replace('kind = "builtin"', tracker), encoding="utf-8")
    (path.parent / "token").write_text("1-14-hush\n", encoding="utf-8")
    (desk,) = load(path, {}).desks
    assert isinstance(desk, RtDesk)
    assert (desk.url, desk.queue, desk.custom_field) == (
        "https://rt.example.com",
        "Support",
        "CallID",
    )
    assert desk.token.get_secret_value() == "1-14-hush"
    assert desk.users == {"nadia": "nmartin"}
    assert "hush" not in repr(desk)


def test_no_secret_is_shown(path: Path) -> None:
    settings = load(path, {})
    assert "hush" not in f"{settings} {settings!r} {settings.model_dump_json(by_alias=True)}"


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read .* --config"):
        load(tmp_path / "gone.toml", {})


@pytest.mark.parametrize(
    ("content", "says"), [(b"[http", "is not TOML"), (b'a = "\xe9"', "is not UTF-8")]
)
def test_a_file_that_is_no_toml_is_said_so(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=says):
        load(path, {})


def test_the_error_is_of_the_one_base_class() -> None:
    with pytest.raises(CallcenterError) as caught:
        load(None, {"CALLCENTER_HTTP__PORT": "x"})
    assert caught.value.code == "config"
