"""What the provider has, and its settings."""

import collections
import re

from clockwork.messages import ObjectKind, Outcome, Schema
from clockwork.provider import Problem, Provider
from clockwork.schema import attribute, obj
from clockwork.values import UNKNOWN

from . import queries, rows

Settings = collections.namedtuple("Settings", "folder timeout")


def seconds(text):
    """A duration such as 1m30s; None if it is none."""
    if not re.fullmatch(r"(\d+(\.\d+)?(ms|h|m|s))+", text):
        return None
    units = {"h": 3600, "m": 60, "s": 1, "ms": 0.001}
    return sum(float(n) * units[unit] for n, _, unit in re.findall(r"(\d+(\.\d+)?)(ms|h|m|s)", text))


class SQLite(Provider):
    """Rows of SQLite databases."""

    def schema(self):
        made = Schema(
            provider=obj(
                "The provider manages single rows of SQLite databases.",
                timeout=attribute(
                    "string", "How long to wait for a database that somebody else is writing to.", default="5s", optional=True, normalise="duration"
                ),
            ),
            resources={"sqlite_row": rows.TYPE},
            data={"sqlite_query": queries.TYPE},
            asserts={"sqlite_row_is": rows.ASSERT},
        )
        for name in ("import", "data", "check", "diagnose", "recover"):
            setattr(made.capabilities, name, True)
        return made

    def configure(self, request, config):
        timeout = config["timeout"]
        return Settings(request.project_dir, 5 if timeout is UNKNOWN else seconds(timeout))

    def validate(self, kind, type_name, config):
        if kind == ObjectKind.RESOURCE:
            return rows.validate(config)
        if kind == ObjectKind.PROVIDER and config["timeout"] not in (None, UNKNOWN) and seconds(config["timeout"]) is None:
            return [Problem("Not a duration", 'Write a duration such as "5s".', ("timeout",))]
        return []

    def read(self, call, state):
        return rows.read(call, state)

    def create(self, call, config, planned):
        return rows.create(call, planned)

    def update(self, call, config, prior, planned):
        return rows.update(call, prior, planned)

    def delete(self, call, prior):
        return rows.delete(call, prior)

    def import_object(self, call, name):
        return rows.import_object(call, name)

    def data(self, call, config):
        return queries.read(call, config)

    def check(self, call, config, state):
        if state is None:
            return Outcome.UNKNOWN, "the row was never applied"
        wrong = rows.differences(call, state)
        if wrong:
            return Outcome.FAIL, "; ".join(wrong)[:200]
        return Outcome.PASS, "the row is as it was applied"

    def diagnose(self, call, state):
        wrong = rows.differences(call, state)
        gone = wrong == ["the row is gone"]
        summary = "; ".join(wrong).capitalize() if wrong else "The row is as it was applied"
        return summary + ".", {"exists": "false" if gone else "true"}

    def recover(self, call, action, prior, planned):
        return rows.recover(call, prior, planned)
