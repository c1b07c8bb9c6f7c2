"""The pure core: facts in, facts out.

Nothing here opens a socket, a file or a database, reads a clock or starts a task; an import
contract holds it (see ``pyproject.toml``). Time, ids and randomness are passed in.
"""
