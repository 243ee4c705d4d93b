"""The schema's history. Every file in `versions` begins with its revision and an underscore.

A revision is never changed once it was released: databases remember it. Revisions form one line,
in the order of their names, which is how `schema` knows the newest without loading Alembic.
"""
