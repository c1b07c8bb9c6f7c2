"""``callcenter dialplan render``."""

from collections.abc import Mapping
from pathlib import Path

import click

from callcenter.cli.options import config_option
from callcenter.cli.site import SiteError, to_site
from callcenter.config import Settings
from dialplan import TARGETS, VERSIONS, DialplanError, render

FILE_MODE = 0o640
"""There are secrets in these files: Asterisk's group may read them, the others may not."""

MARK = "; Written by callcenter dialplan render: what is changed here is lost the next time.\n"
"""The first line of each file, by which it is known to be ours to replace."""


@click.group
def dialplan() -> None:
    """What Asterisk needs for the lines of the configuration."""


@dialplan.command("render")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Where the files go; it is made where it is not there.",
)
@click.option(
    "--target",
    type=click.Choice(list(TARGETS)),
    default="standalone",
    show_default=True,
    help="An Asterisk that has nothing else, or the files that FreePBX leaves to its owner.",
)
@click.option(
    "--asterisk-version",
    type=click.IntRange(VERSIONS[0], VERSIONS[-1]),
    default=VERSIONS[-1],
    show_default=True,
    help="The major version.",
)
@click.option("--pbx", metavar="NAME", help="Which one, where the configuration has several.")
@config_option
def render_files(
    settings: Settings, output: Path, target: str, asterisk_version: int, pbx: str | None
) -> None:
    """Write the files that Asterisk needs: lines, manager account, trunk, telephones.

    A file of the same name that is not callcenter's is never replaced: render into a folder of its
    own, and take from it what an Asterisk that is in use already shall have.

    \b
    Examples:
      callcenter dialplan render --output /etc/asterisk
      callcenter dialplan render --target freepbx --asterisk-version 20 --output custom
    """
    for name in write_files(rendered(settings, target, asterisk_version, pbx), output):
        click.echo(output / name)


def rendered(settings: Settings, target: str, version: int, pbx: str | None) -> dict[str, str]:
    """The files' texts by their names. Raises SiteError."""
    try:
        return render(to_site(settings, pbx), target, version)
    except DialplanError as error:
        raise SiteError(f"this cannot be rendered: {error}") from error


def write_files(texts: Mapping[str, str], folder: Path) -> list[str]:
    """Write each file; give their names.

    Raises SiteError where the folder does not take them, or holds files of somebody else.
    """
    try:
        if theirs := [name for name in texts if _is_somebody_elses(folder / name)]:
            raise SiteError(
                f"{folder} has files that callcenter did not write ({', '.join(theirs)}): "
                "choose another --output, or move them away"
            )
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).touch(mode=FILE_MODE)
            (folder / name).write_text(MARK + text, encoding="utf-8")
    except OSError as error:
        raise SiteError(f"cannot write into {folder}: {error.strerror}") from error
    return list(texts)


def _is_somebody_elses(path: Path) -> bool:
    return path.exists() and not path.read_bytes().startswith(MARK.encode())
