"""What a directory file may look like, and what is said about one that cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.directory.row import FIELD_MAX
from callcenter.directory.sheet import LINES_MAX, DirectoryFileError, Sheet, decode, read_sheet

HEADER = "company,contact,phone,mobile,email,contract,account_owner,backup"


def read(*lines: str) -> Sheet:
    return read_sheet("\n".join(lines), country="FR")


def reasons(sheet: Sheet) -> list[str]:
    return [str(bad) for bad in sheet.bad_rows]


def test_a_row_has_its_numbers_in_e164() -> None:
    (row,) = read(
        HEADER,
        "Menuiserie Quatre-Vents,Élise Vannier,01 99 00 11 22,06 39 98 11 22,"
        "elise@quatre-vents.example,Gold,nadia,karim",
    ).rows
    assert row.line == 2
    assert (row.company, row.contact) == ("Menuiserie Quatre-Vents", "Élise Vannier")
    assert row.numbers == {"+33199001122", "+33639981122"}
    assert (row.contract, row.account_owner, row.backup) == ("Gold", "nadia", "karim")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_separators_line_ends_and_byte_order_mark(separator: str, end: str, mark: str) -> None:
    text = mark + end.join([HEADER, '"Vannier, Fils; et Cie",,0199001122,,,,,', ""])
    data = text.replace(",,0199001122,,,,,", ",,0199001122,,,,,".replace(",", separator))
    data = data.replace(HEADER, HEADER.replace(",", separator))
    (row,) = read_sheet(decode(data.encode()), country="FR").rows
    assert row.company == "Vannier, Fils; et Cie"


def test_columns_come_in_any_order_and_may_be_left_out() -> None:
    sheet = read("Mobile;Company", "0639981122;Ardoise & Fils")
    assert sheet.columns == {"mobile", "company"}
    assert sheet.rows[0].numbers == {"+33639981122"}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("company,telephone,fax", "'telephone' is no column; 'fax' is no column"),
        ("contact,phone", "there is no 'company'"),
        ("company,phone,phone", "'phone' is there twice"),
        ("Ardoise & Fils,Élise,0639981122", "there is no 'company'"),
        ("", "there is no 'company'"),
        ('"company', "the header cannot be read"),
    ],
)
def test_a_header_that_cannot_be_used_is_explained(header: str, said: str) -> None:
    with pytest.raises(DirectoryFileError, match=said):
        read(header, "x,y,z")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_another_encoding_is_named_with_the_way_out(encoding: str) -> None:
    with pytest.raises(DirectoryFileError, match=r"save it again as 'CSV UTF-8'"):
        decode(f"{HEADER}\nFermé,Élise\n".encode(encoding))


def test_the_place_of_the_first_foreign_byte_is_given() -> None:
    with pytest.raises(DirectoryFileError, match=r"line 3, byte 0xc9"):
        decode("company\nArdoise\nÉlise\n".encode("latin-1"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",Élise,0639981122,,,,,", "the company is empty"),
        ("Ardoise,Élise,12345,,,,,", "phone '12345' is no telephone number of FR"),
        ("Ardoise,Élise,,6.39981E+08,,,,", "mobile '6.39981E+08' is no telephone number"),
        ("Ardoise,Élise,,,nobody,,,", "email 'nobody' is no address"),
        ("Ardoise,,,,a@ardoise.example,,,", "an email belongs to a contact"),
        ("Ardoise,Élise", "there are 2 cells, and the header has 8"),
        ('Ardoise,"Élise,,,,,,', "the quotes do not match"),
        ("Ardoise,É\x07lise,,,,,,", "contact has a control character"),
        (f"{'A' * (FIELD_MAX + 1)},,,,,,,", f"company has {FIELD_MAX + 1} characters"),
        ("A" * 200_000, "the line has 200000 characters"),
    ],
)
def test_a_bad_row_is_reported_and_the_others_are_kept(line: str, said: str) -> None:
    sheet = read(HEADER, "Ardoise,,0199001122,,,,,", line, "", "Bleu Nuit,,0199001133,,,,,")
    assert [row.line for row in sheet.rows] == [2, 5]
    (reason,) = reasons(sheet)
    assert reason.startswith("line 3: ")
    assert said in reason


def test_blanks_and_accents_are_brought_to_one_form() -> None:
    (row,) = read("company,contact", "  Ardoise \u00a0 Fils ,E\u0301lise").rows
    assert (row.company, row.contact) == ("Ardoise Fils", "Élise")


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(DirectoryFileError, match="cut it in pieces"):
        read("company", *["x"] * LINES_MAX)


@given(st.text(max_size=400))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    sheet = read_sheet(f"{HEADER}\n{text}", country="FR")
    for row in sheet.rows:
        assert row.company


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(data: bytes) -> None:
    try:
        read_sheet(decode(data), country="FR")
    except DirectoryFileError as error:
        assert str(error)
