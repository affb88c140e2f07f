"""The stream that carries all requests: read, worked on, answered."""

import concurrent.futures
import queue
import sys
import threading
import traceback

from . import messages, schema, values
from .provider import KEEP, Call, Cancelled, Problem

Kind, Action, FailureCode = messages.Kind, messages.Action, messages.FailureCode

# How many requests are worked on at once; more wait.
WORKERS = 64
# When a frame is full.
FRAME_SIZE = 256 << 10
_END = object()


class Refused(Exception):
    """A request that does not work at all."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Session:
    """One session. run is the handler of the stream."""

    def __init__(self, provider):
        self.provider = provider
        self.schema = provider.schema()
        self.settings = {}  # by the name of the configuration
        self.types = {
            part: {name: schema.type_of(t.object) for name, t in getattr(self.schema, part).items()}
            for part in ("resources", "data", "asserts")
        }
        self.out = queue.Queue()
        self.lock = threading.Lock()
        self.running = {}  # the events that cancel, by the request's number
        self.applies = set()
        self.closing = False
        self.workers = concurrent.futures.ThreadPoolExecutor(WORKERS)
        self.handlers = {
            Kind.SCHEMA: lambda number, body: self.schema,
            Kind.CONFIGURE: self.configure,
            Kind.VALIDATE: self.validate,
            Kind.READ: self.read,
            Kind.APPLY: self.apply,
            Kind.IMPORT: self.import_object,
            Kind.DATA: self.data,
            Kind.CHECK: self.check,
            Kind.DIAGNOSE: self.diagnose,
            Kind.RECOVER: self.recover,
        }

    def run(self, frames):
        """Takes the host's frames and yields the provider's."""
        threading.Thread(target=self.receive, args=(frames,), daemon=True).start()
        while True:
            batch, size = [self.out.get()], 0
            # All that waits goes into one frame, which costs more than they do.
            while batch[-1] is not _END and size < FRAME_SIZE:
                size += len(batch[-1].body)
                try:
                    batch.append(self.out.get_nowait())
                except queue.Empty:
                    break
            ended = batch[-1] is _END
            if ended:
                batch.pop()
            if batch:
                yield messages.Frame(messages=batch)
            if ended:
                return

    def receive(self, frames):
        """Reads until the host is gone. It never waits for a request."""
        try:
            for frame in frames:
                for message in frame.messages:
                    self.accept(message)
        except Exception:  # the stream broke, which is the same as its end
            pass
        self.out.put(_END)

    def accept(self, message):
        if message.kind == Kind.CANCEL:
            with self.lock:
                cancelled = self.running.get(message.id)
            if cancelled:
                cancelled.set()
        elif self.closing:
            self.send(message.id, Kind.FAILURE, messages.Failure(message="the provider is being closed"))
        elif message.kind == Kind.CLOSE:
            self.closing = True
            threading.Thread(target=self.close, args=(message.id,), daemon=True).start()
        else:
            cancelled = threading.Event()
            with self.lock:
                self.running[message.id] = cancelled
                if message.kind == Kind.APPLY:
                    self.applies.add(message.id)
            self.workers.submit(self.work, message, cancelled)

    def close(self, number):
        """Lets applies end, cancels everything else, and answers."""
        with self.lock:
            for running, cancelled in self.running.items():
                if running not in self.applies:
                    cancelled.set()
        self.workers.shutdown(wait=True)
        self.provider.close()
        self.send(number, Kind.RESULT, None)

    def work(self, message, cancelled):
        """Answers one request, whatever happens."""
        kind, answer = Kind.RESULT, None
        try:
            handler = self.handlers.get(message.kind)
            if handler is None:
                raise Refused(FailureCode.UNSUPPORTED, "the provider does not support this request")
            # An apply must say what exists, even if it does nothing.
            if cancelled.is_set() and message.kind != Kind.APPLY:
                raise Cancelled
            answer = handler(message.id, message.body)
        except Cancelled:
            kind, answer = Kind.FAILURE, messages.Failure(code=FailureCode.CANCELED, message="cancelled")
        except (Refused, values.ValueProblem) as problem:
            code = getattr(problem, "code", FailureCode.ERROR)
            kind, answer = Kind.FAILURE, messages.Failure(code=code, message=str(problem))
        except Exception as bug:
            # Where, but not what it says: that could quote a secret.
            print("".join(traceback.format_tb(bug.__traceback__)), type(bug).__name__, file=sys.stderr, flush=True)
            kind, answer = Kind.FAILURE, messages.Failure(
                code=FailureCode.PANIC,
                message=f"a bug in the provider: {type(bug).__name__}; its log says where",
            )
        with self.lock:
            self.running.pop(message.id, None)
            self.applies.discard(message.id)
        self.send(message.id, kind, answer)

    def send(self, number, kind, body):
        self.out.put(messages.Message(id=number, kind=kind, body=body.SerializeToString() if body else b""))

    def type(self, part, name):
        found = self.types[part].get(name)
        if found is None:
            raise Refused(FailureCode.ERROR, f"the provider has no type {name!r} among its {part}")
        return found

    def call(self, number, request):
        if request.configuration not in self.settings:
            raise Refused(FailureCode.ERROR, "this configuration was never made known")
        with self.lock:
            cancelled = self.running[number]
        return Call(
            request,
            self.settings[request.configuration],
            cancelled,
            lambda text: self.send(number, Kind.PROGRESS, messages.Progress(message=text)),
        )

    def configure(self, number, body):
        request = messages.ConfigureRequest.FromString(body)
        answer = messages.DiagnosticsResponse()
        try:
            config = values.decode(schema.type_of(self.schema.provider), request.config)
            self.settings[request.name] = self.provider.configure(request, config)
        except Problem as problem:
            answer.diagnostics.append(problem.diagnostic())
        return answer

    def validate(self, number, body):
        request = messages.ValidateRequest.FromString(body)
        kind = messages.ObjectKind(request.kind)
        if kind == messages.ObjectKind.PROVIDER:
            ty = schema.type_of(self.schema.provider)
        else:
            ty = self.type({"RESOURCE": "resources", "DATA": "data", "ASSERT": "asserts"}[kind.name], request.type)
        problems = self.provider.validate(kind, request.type, values.decode(ty, request.config))
        return messages.DiagnosticsResponse(diagnostics=[p.diagnostic() for p in problems])

    def read(self, number, body):
        request = messages.ReadRequest.FromString(body)
        ty = self.type("resources", request.type)
        state = values.decode(ty, request.state)
        return self.state(ty, request.private, lambda: self.provider.read(self.call(number, request), state))

    def apply(self, number, body):
        request = messages.ApplyRequest.FromString(body)
        ty = self.type("resources", request.type)
        config, prior, planned = (values.decode(ty, v) for v in (request.config, request.prior, request.planned))
        call = self.call(number, request)

        def change():
            if call.cancelled.is_set():
                raise Problem("Cancelled", "The change was cancelled before it began. Apply again.")
            if request.action == Action.CREATE:
                return self.provider.create(call, config, planned)
            if request.action == Action.UPDATE:
                return self.provider.update(call, config, prior, planned)
            if request.action == Action.DELETE:
                return self.provider.delete(call, prior)
            raise Refused(FailureCode.UNSUPPORTED, "the provider does not support this action")

        return self.state(ty, request.private, change, left=prior)

    def import_object(self, number, body):
        request = messages.ImportRequest.FromString(body)
        ty = self.type("resources", request.type)
        return self.state(ty, b"", lambda: self.provider.import_object(self.call(number, request), request.id))

    def data(self, number, body):
        request = messages.DataRequest.FromString(body)
        ty = self.type("data", request.type)
        config = values.decode(ty, request.config)
        return self.state(ty, b"", lambda: self.provider.data(self.call(number, request), config))

    def recover(self, number, body):
        request = messages.RecoverRequest.FromString(body)
        ty = self.type("resources", request.type)
        prior, planned = values.decode(ty, request.prior), values.decode(ty, request.planned)
        call = self.call(number, request)
        return self.state(
            ty, request.private, lambda: self.provider.recover(call, Action(request.action), prior, planned)
        )

    def check(self, number, body):
        request = messages.CheckRequest.FromString(body)
        state = values.decode(self.type("resources", request.type), request.state)
        config = values.decode(self.type("asserts", getattr(request, "assert")), request.config)
        answer = messages.CheckResponse()
        try:
            answer.outcome, answer.message = self.provider.check(self.call(number, request), config, state)
        except Problem as problem:
            answer.message = problem.summary
            answer.diagnostics.append(problem.diagnostic())
        return answer

    def diagnose(self, number, body):
        request = messages.DiagnoseRequest.FromString(body)
        state = values.decode(self.type("resources", request.type), request.state)
        answer = messages.DiagnoseResponse()
        try:
            answer.summary, facts = self.provider.diagnose(self.call(number, request), state)
            answer.facts.update(facts)
        except Problem as problem:
            answer.summary = problem.summary
            answer.diagnostics.append(problem.diagnostic())
        return answer

    @staticmethod
    def state(ty, private, method, left=None):
        """Makes the answer of a method that returns an object."""
        answer = messages.StateResponse(private=private)
        try:
            state = method()
        except Problem as problem:
            answer.diagnostics.append(problem.diagnostic())
            state = left if problem.state is KEEP else problem.state
        answer.state = values.encode(ty, state)
        return answer
