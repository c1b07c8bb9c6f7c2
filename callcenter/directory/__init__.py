"""Companies and contacts brought in from elsewhere: so far, from CSV files.

``sheet`` reads a file into rows and says what is wrong with the others; ``wanted`` says what the
rows want of the directory; ``importer`` compares that with the database and changes what differs.
"""
