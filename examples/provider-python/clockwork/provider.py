"""What a provider implements.

Each method gets the message that the protocol has for it, with the values in it
decoded, and answers with Python values. What it does not have stays as it is
here: the schema's capabilities say which requests come.
"""

from . import messages


class Problem(Exception):
    """An error for a person, about the attribute that path leads to.

    After a failed apply, state is what exists then.
    """

    def __init__(self, summary, detail, path=()):
        super().__init__(summary)
        self.summary, self.detail, self.path = summary, detail, path
        self.state = KEEP

    def diagnostic(self):
        made = messages.Diagnostic(
            severity=messages.Severity.ERROR, summary=self.summary, detail=self.detail
        )
        for i, step in enumerate(self.path):
            if i == 0:
                made.path.steps.add(attribute=step)
            elif isinstance(step, int):
                made.path.steps.add(index=step)
            else:
                made.path.steps.add(key=step)
        return made


KEEP = object()  # what exists is what existed before


class Cancelled(Exception):
    """The host does not want an answer any more."""


class Call:
    """What a method is told beside its request."""

    def __init__(self, request, settings, cancelled, progress):
        self.request = request  # the message; values in it are still bytes
        self.settings = settings  # what configure returned
        self.cancelled = cancelled  # a threading.Event
        self.progress = progress  # tells a person how an apply gets on


class Provider:
    """A provider in which nothing is done yet."""

    def schema(self):
        """Returns the Schema, always the same."""
        raise NotImplementedError

    def configure(self, request, config):
        """Returns the settings that later calls get. Values may be UNKNOWN."""

    def validate(self, kind, type_name, config):
        """Returns the Problems of a configuration. Values may be UNKNOWN."""
        return []

    def read(self, call, state):
        """Returns what there is now, or None."""
        raise NotImplementedError

    def create(self, call, config, planned):
        """Makes an object and returns it."""
        raise NotImplementedError

    def update(self, call, config, prior, planned):
        """Changes an object and returns it."""
        raise NotImplementedError

    def delete(self, call, prior):
        """Deletes an object, or finds it gone."""
        raise NotImplementedError

    def import_object(self, call, name):
        """Returns the object that a user calls so, or None."""
        raise NotImplementedError

    def data(self, call, config):
        """Returns what a data source holds."""
        raise NotImplementedError

    def check(self, call, config, state):
        """Returns an Outcome and what was found, in a few words."""
        raise NotImplementedError

    def diagnose(self, call, state):
        """Returns a summary, and facts by name."""
        raise NotImplementedError

    def recover(self, call, action, prior, planned):
        """Returns what a lost apply left, or None."""
        raise NotImplementedError

    def close(self):
        """Frees everything."""
