"""The resource sqlite_row, and the assert sqlite_row_is."""

import os
import re
import sqlite3

from clockwork.messages import AssertType, ResourceType, Tier
from clockwork.provider import Problem
from clockwork.schema import attribute, obj
from clockwork.values import UNKNOWN

from . import database

TYPE = ResourceType(
    object=obj(
        "One row of a table. Its other columns, and all other rows, are left alone.",
        database=attribute("string", "The file of the database, which must exist.", required=True, force_new=True, normalise="path"),
        table=attribute("string", "The table, which must exist and have rowids.", required=True, force_new=True),
        key=attribute(["map", "string"], "The columns that tell the row from all others, and their values.", required=True, force_new=True),
        values=attribute(["map", "string"], "Other columns, and their values.", optional=True, tier=Tier.APPROVAL),
        secrets=attribute(["map", "string"], "Columns whose values are never shown.", optional=True, sensitive=True),
        rowid=attribute("number", "The number that SQLite gives the row.", computed=True, stable=True),
    ),
    custom_validate=True,
    check_interval="30s",
)

ASSERT = AssertType(
    object=obj("The row is as it was applied."),
    targets=["sqlite_row"],
)


def open_database(call, path, write=False):
    """Opens a database of the project."""
    full = os.path.join(call.settings.folder, path)
    if not os.path.exists(full):
        raise Problem("Database not found", f"There is no file {path}. Make the database first, or correct the name.", ("database",))
    return database.connect(full, call.settings.timeout, write)


def trouble(error):
    """What SQLite reports, which never holds a value."""
    return Problem("Database says no", f"SQLite reports: {error}. Correct the row, or see who else uses the database.")


def validate(config):
    """The problems of a configuration, as far as it is known."""
    key, problems = config["key"], []
    if key == {}:
        problems.append(Problem("Key is empty", "A row needs at least one column that tells it from others. Name one.", ("key",)))
    used = set(key or {}) if key is not UNKNOWN else set()
    for name in ("values", "secrets"):
        columns = config[name]
        if columns is None or columns is UNKNOWN:
            continue
        for column in sorted(used & columns.keys()):
            problems.append(Problem("Column twice", f"The column {column} has a value already. Name it once.", (name, column)))
        used |= columns.keys()
    return problems


def read(call, state):
    """What there is now of a row."""
    if not os.path.exists(os.path.join(call.settings.folder, state["database"])):
        return None
    try:
        with open_database(call, state["database"]) as db:
            return _read(db, state)
    except sqlite3.Error as error:
        raise trouble(error) from None


def _read(db, state):
    table = state["table"]
    have = database.columns(db, table)
    if not have or not state["key"].keys() <= set(have):
        return None
    found = database.find(db, table, state["key"])
    # What takes the place of a row under the same key is that row to everybody
    # who looks for it.
    if len(found) != 1:
        return None
    now = dict(state, rowid=found[0])
    for name in ("values", "secrets"):
        if state[name] is not None:
            there = {column: text for column, text in state[name].items() if column in have}
            now[name] = database.read(db, table, found[0], there)
    return now


def create(call, planned):
    """Inserts a row, unless there is one."""
    call.progress(f"inserting into {planned['table']}")
    try:
        with open_database(call, planned["database"], write=True) as db:
            table, key = planned["table"], planned["key"]
            _has_columns(db, planned)
            if database.find(db, table, key):
                raise Problem("Row exists", "There is a row with this key, which was not made here. Import it, or choose another key.", ("key",))
            made = database.insert(db, table, {**key, **(planned["values"] or {}), **(planned["secrets"] or {})})
            database.mark(db, table, made, call.request.intent)
            _kept(db, dict(planned, rowid=made))
            return dict(planned, rowid=made)
    except sqlite3.Error as error:
        raise trouble(error) from None


def update(call, prior, planned):
    """Changes the columns that differ; one that is no more set becomes NULL."""
    try:
        with open_database(call, planned["database"], write=True) as db:
            _has_columns(db, planned)
            found = database.find(db, planned["table"], planned["key"])
            if len(found) != 1:
                raise Problem("Row is gone", "Somebody has removed the row meanwhile. Plan again.", ("key",))
            fields = {}
            for name in ("values", "secrets"):
                want = planned[name] or {}
                fields.update({column: None for column in prior[name] or {} if column not in want})
                fields.update(want)
            database.update(db, planned["table"], found[0], fields)
            _kept(db, planned)
            return planned
    except sqlite3.Error as error:
        raise trouble(error) from None


def _has_columns(db, planned):
    have = database.columns(db, planned["table"])
    if not have:
        raise Problem("Table not found", f"The database has no table {planned['table']}. Create it first, or correct the name.", ("table",))
    for name in ("key", "values", "secrets"):
        for column in planned[name] or {}:
            if column not in have:
                raise Problem("Column not found", f"The table has the columns {', '.join(have)}. Correct the name.", (name, column))


def _kept(db, wanted):
    """Wants to find what was written, which a trigger may have changed."""
    now = _read(db, wanted)
    for name in ("values", "secrets"):
        for column in wanted[name] or {}:
            if now is None or now[name].get(column) != wanted[name][column]:
                raise Problem("Value not kept", "The database keeps another value in this column. Write it as the database does.", (name, column))


def delete(call, prior):
    """Deletes a row, or finds it gone."""
    if read(call, prior) is None:
        return None
    try:
        with open_database(call, prior["database"], write=True) as db:
            for rowid in database.find(db, prior["table"], prior["key"]):
                database.delete(db, prior["table"], rowid)
                database.unmark(db, prior["table"], rowid)
    except sqlite3.Error as error:
        raise trouble(error) from None
    return None


_ID = re.compile(r"(?P<database>[^#]+)#(?P<table>[^#]+)#(?P<key>[^=]+=.*)", re.DOTALL)


def import_object(call, name):
    """Finds a row by DATABASE#TABLE#COLUMN=VALUE,..."""
    match = _ID.fullmatch(name)
    if not match:
        raise Problem("Not a row", "A row is named DATABASE#TABLE#COLUMN=VALUE, such as app.db#users#name=ada; more columns follow behind commas.")
    key = dict(part.partition("=")[::2] for part in match["key"].split(","))
    found = read(call, {"database": match["database"], "table": match["table"], "key": key, "values": None, "secrets": None, "rowid": None})
    if found is None:
        return None
    with open_database(call, match["database"]) as db:
        cells = db.execute(
            f"SELECT * FROM {database.quote(match['table'])} WHERE rowid = ?", (found["rowid"],)
        ).fetchone()
        names = database.columns(db, match["table"])
    others = {c: database.as_text(v) for c, v in zip(names, cells) if c not in key and v is not None}
    return dict(found, values=others or None)


def recover(call, prior, planned):
    """What a lost apply left: what it was about, or what it made."""
    if prior is None:
        now = read(call, planned)
        if now is None:
            return None
        with open_database(call, planned["database"]) as db:
            ours = database.made_by(db, planned["table"], call.request.intent)
        return now if now["rowid"] == ours else None
    if planned is None:
        return read(call, prior)
    # An update may have come to pass or not: the columns of both are looked at.
    both = {name: {**(prior[name] or {}), **(planned[name] or {})} or None for name in ("values", "secrets")}
    now = read(call, dict(prior, **both))
    if now is not None:
        for name in both:
            if not now[name] and prior[name] is None:
                now[name] = None
    return now


def differences(call, state):
    """What is not as it was applied, in words without values."""
    now = read(call, state)
    if now is None:
        return ["the row is gone"]
    return [
        f"the column {column} has another value"
        for name in ("values", "secrets")
        for column, text in (state[name] or {}).items()
        if now[name].get(column) != text
    ]
