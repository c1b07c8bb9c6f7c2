"""``python -m callcenter``: the command line where its script is not on the path."""

from callcenter.cli import main

main(prog_name="callcenter")
