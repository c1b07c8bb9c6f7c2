"""The pages, one module each: its handlers and, in ``routes``, where they are."""
