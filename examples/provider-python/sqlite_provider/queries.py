"""The data source sqlite_query."""

import sqlite3

from clockwork.messages import DataType
from clockwork.provider import Problem
from clockwork.schema import attribute, obj

from . import database, rows

TYPE = DataType(
    object=obj(
        "What a query finds. The database is only read.",
        database=attribute("string", "The file of the database.", required=True, normalise="path"),
        sql=attribute("string", "One SELECT.", required=True),
        rows=attribute(["list", ["map", "string"]], "What was found; columns that are NULL are left out.", computed=True),
    )
)


def read(call, config):
    """Runs the query."""
    try:
        with rows.open_database(call, config["database"]) as db:
            cursor = db.execute(config["sql"])
            if cursor.description is None:
                raise Problem("Not a query", "The statement finds nothing by its nature. Write a SELECT.", ("sql",))
            names = [column[0] for column in cursor.description]
            found = [
                {name: database.as_text(value) for name, value in zip(names, row) if value is not None}
                for row in cursor
            ]
    except sqlite3.Error as error:
        raise rows.trouble(error) from None
    return dict(config, rows=found)
