"""The session, with a host that is played by the test."""

import queue
import threading
import unittest

from clockwork import messages, schema, session, values
from clockwork.provider import Problem, Provider

Kind, FailureCode = messages.Kind, messages.FailureCode
THING = schema.obj("A thing.", name=schema.attribute("string", "Its name.", required=True))
TYPE = schema.type_of(THING)


class Slow(Provider):
    """Waits in update until it is cancelled, and has a bug in read."""

    def __init__(self):
        self.closed = False

    def schema(self):
        return messages.Schema(
            provider=schema.obj("Nothing."), resources={"thing": messages.ResourceType(object=THING)}
        )

    def configure(self, request, config):
        return None

    def read(self, call, state):
        raise ValueError(state["name"])

    def create(self, call, config, planned):
        call.progress("on its way")
        return planned

    def update(self, call, config, prior, planned):
        call.progress("waiting")
        if not call.cancelled.wait(30):
            raise AssertionError("it was not cancelled")
        raise Problem("Cancelled", "Apply again.")

    def close(self):
        self.closed = True


class Host:
    """Sends frames and takes the answers apart."""

    def __init__(self, provider):
        self.frames, self.answers = queue.Queue(), queue.Queue()
        self.session = session.Session(provider)
        threading.Thread(target=self._take, daemon=True).start()
        self.send(1, Kind.CONFIGURE, messages.ConfigureRequest(name="c", config=values.encode(["object", {}], {})))
        self.take(1, Kind.RESULT)

    def _take(self):
        for frame in self.session.run(iter(self.frames.get, None)):
            for message in frame.messages:
                self.answers.put(message)
        self.answers.put(None)

    def send(self, number, kind, body=None):
        message = messages.Message(id=number, kind=kind, body=body.SerializeToString() if body else b"")
        self.frames.put(messages.Frame(messages=[message]))

    def take(self, number, kind):
        answer = self.answers.get(timeout=30)
        assert (answer.id, answer.kind) == (number, kind), answer
        return answer.body

    def end(self):
        self.frames.put(None)


def thing(name):
    return values.encode(TYPE, {"name": name})


class Sessions(unittest.TestCase):
    def setUp(self):
        self.provider = Slow()
        self.host = Host(self.provider)
        self.addCleanup(self.host.end)

    def apply(self, number, action):
        request = messages.ApplyRequest(configuration="c", type="thing", action=action)
        request.prior, request.planned, request.config = thing("old"), thing("new"), thing("new")
        self.host.send(number, Kind.APPLY, request)

    def test_progress_comes_before_the_answer(self):
        self.apply(2, messages.Action.CREATE)
        self.host.take(2, Kind.PROGRESS)
        answer = messages.StateResponse.FromString(self.host.take(2, Kind.RESULT))
        self.assertEqual(values.decode(TYPE, answer.state), {"name": "new"})

    def test_a_cancelled_apply_says_what_exists(self):
        self.apply(2, messages.Action.UPDATE)
        self.host.take(2, Kind.PROGRESS)
        self.host.send(2, Kind.CANCEL)
        self.host.send(77, Kind.CANCEL)  # which there is not
        answer = messages.StateResponse.FromString(self.host.take(2, Kind.RESULT))
        self.assertEqual(values.decode(TYPE, answer.state), {"name": "old"})
        self.assertEqual(answer.diagnostics[0].summary, "Cancelled")

    def test_a_bug_is_told_without_values(self):
        self.host.send(2, Kind.READ, messages.ReadRequest(configuration="c", type="thing", state=thing("hush")))
        failure = messages.Failure.FromString(self.host.take(2, Kind.FAILURE))
        self.assertEqual(failure.code, FailureCode.PANIC)
        self.assertNotIn("hush", failure.message)

    def test_what_is_not_known(self):
        for number, (kind, body) in enumerate(
            [
                (Kind.WATCH, None),
                (Kind.READ, messages.ReadRequest(configuration="c", type="nothing", state=thing("a"))),
                (Kind.READ, messages.ReadRequest(configuration="d", type="thing", state=thing("a"))),
                (Kind.READ, messages.ReadRequest(configuration="c", type="thing", state=b"\xc1")),
            ],
            start=2,
        ):
            self.host.send(number, kind, body)
            self.host.take(number, Kind.FAILURE)

    def test_close_lets_an_apply_end(self):
        self.apply(2, messages.Action.UPDATE)
        self.host.take(2, Kind.PROGRESS)
        self.host.send(3, Kind.CLOSE)
        self.host.send(4, Kind.SCHEMA)
        self.host.take(4, Kind.FAILURE)
        self.assertFalse(self.provider.closed)
        self.host.send(2, Kind.CANCEL)
        self.host.take(2, Kind.RESULT)
        self.host.take(3, Kind.RESULT)
        self.assertTrue(self.provider.closed)


if __name__ == "__main__":
    unittest.main()
