"""The password of somebody who is to sign in: read from a file, or made and printed."""

from typing import NamedTuple, TextIO

import click

from callcenter.web.passwords import MAX_LENGTH, made


class Password(NamedTuple):
    """``said`` is what is printed of it: nothing of one that was given."""

    text: str
    said: str


password_option = click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    metavar="PATH",
    help="The password's file, '-' for stdin; without it one is made and printed.",
)


def chosen(password_file: TextIO | None) -> Password:
    """The password that the option leads to. Raises UsageError for one that nobody could type."""
    if password_file is not None:
        return Password(_first_line(password_file), "")
    password = made()
    return Password(password, f"; the password is {password}")


def _first_line(file: TextIO) -> str:
    try:
        password = file.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password's file is not UTF-8: save it so.") from None
    if not password:
        raise click.UsageError("The password is empty: write it into the first line of the file.")
    if len(password) > MAX_LENGTH:
        raise click.UsageError(f"The password has more than {MAX_LENGTH} characters: shorten it.")
    return password
