"""What is done with a database. Nothing here is Clockwork's."""

import contextlib
import pathlib
import sqlite3
import urllib.parse

# Which rows are ours, and which attempt has made them. It is written together
# with the row, or neither is.
MARKS = "clockwork_rows"


@contextlib.contextmanager
def connect(path, timeout, write=False):
    """Opens a database that exists; a transaction around what is written."""
    mode = "rw" if write else "ro"
    uri = f"file:{urllib.parse.quote(str(pathlib.Path(path)))}?mode={mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)) as db:
        if write:
            db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            if write:
                db.execute("ROLLBACK")
            raise
        if write:
            db.execute("COMMIT")


def quote(name):
    """A name of a table or a column, as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def columns(db, table):
    """The names of a table's columns; none if there is no such table."""
    return [row[1] for row in db.execute(f"PRAGMA table_info({quote(table)})")]


def find(db, table, key):
    """The rowids of the rows that a key fits."""
    where = " AND ".join(f"{quote(column)} = ?" for column in key)
    return [row[0] for row in db.execute(f"SELECT rowid FROM {quote(table)} WHERE {where}", list(key.values()))]


def read(db, table, rowid, known):
    """The columns in known of a row, as texts.

    What SQLite takes for equal is spelled as in known: "080" in a column of
    integers is 80. A column that is NULL is left out.
    """
    out = {}
    for column, text in known.items():
        value, same = db.execute(
            f"SELECT {quote(column)}, {quote(column)} = ? FROM {quote(table)} WHERE rowid = ?", (text, rowid)
        ).fetchone()
        if value is not None:
            out[column] = text if same else as_text(value)
    return out


def as_text(value):
    """A value of SQLite's as a text."""
    return value.hex() if isinstance(value, bytes) else str(value)


def insert(db, table, fields):
    """Inserts a row and returns its rowid."""
    names, marks = ", ".join(map(quote, fields)), ", ".join("?" * len(fields))
    return db.execute(f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", list(fields.values())).lastrowid


def update(db, table, rowid, fields):
    """Sets columns of a row; None is NULL."""
    if fields:
        names = ", ".join(f"{quote(column)} = ?" for column in fields)
        db.execute(f"UPDATE {quote(table)} SET {names} WHERE rowid = ?", [*fields.values(), rowid])


def delete(db, table, rowid):
    """Deletes a row."""
    db.execute(f"DELETE FROM {quote(table)} WHERE rowid = ?", (rowid,))


def mark(db, table, rowid, attempt):
    """Notes which attempt has made a row."""
    db.execute(f"CREATE TABLE IF NOT EXISTS {MARKS} (name TEXT, number INTEGER, attempt TEXT, PRIMARY KEY (name, number))")
    db.execute(f"INSERT OR REPLACE INTO {MARKS} VALUES (?, ?, ?)", (table, rowid, attempt))


def unmark(db, table, rowid):
    """Forgets it."""
    if columns(db, MARKS):
        db.execute(f"DELETE FROM {MARKS} WHERE name = ? AND number = ?", (table, rowid))


def made_by(db, table, attempt):
    """The rowid of the row that an attempt has made, or None."""
    if not columns(db, MARKS):
        return None
    row = db.execute(f"SELECT number FROM {MARKS} WHERE name = ? AND attempt = ?", (table, attempt)).fetchone()
    return row[0] if row else None
