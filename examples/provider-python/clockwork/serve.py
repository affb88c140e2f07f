"""The provider's process: handshake, TLS, and its end."""

import base64
import os
import shutil
import signal
import sys
import tempfile
import threading
from concurrent import futures

import grpc

from . import certificate, messages, session

PROTOCOL = 1
COOKIE = ("CLOCKWORK_PROVIDER", "7c0f2f7ab1d24f4f8f1d0d9b6a4e5c3e")
MAX_FRAME = (256 << 20) + 1024
# How long a provider whose host is gone may take to let go of what it has in hand.
PARTING = 1


def serve(provider):
    """Serves a provider to the Clockwork that has started this process."""
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        sys.exit("This is a provider, which Clockwork starts by itself when a project needs it.")
    # The host decides when the provider ends, by closing its standard input, and
    # not who presses Ctrl-C in the middle of an apply.
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)

    ended = threading.Event()
    # Only this user can get into the folder.
    folder = tempfile.mkdtemp(prefix="clockwork-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None)
    try:
        server = grpc.server(
            futures.ThreadPoolExecutor(8),
            options=[
                ("grpc.max_receive_message_length", MAX_FRAME),
                ("grpc.max_send_message_length", MAX_FRAME),
            ],
        )
        server.add_generic_rpc_handlers((_Handlers(provider, ended, folder),))
        path = os.path.join(folder, "provider.sock")
        proof = _listen(server, "unix:" + path)
        server.start()
        print(f"1|{PROTOCOL}|unix|{path}|grpc|{proof}", flush=True)
        # What is printed from now on, also by others in this process, is for the log.
        os.dup2(2, 1)

        threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
        ended.wait()
        server.stop(PARTING).wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # Threads that still wait for something must not keep the process.
    os._exit(0)


def _listen(server, address):
    """Listens, and returns the provider's certificate as the handshake has it."""
    authority = os.environ.get("PLUGIN_CLIENT_CERT")
    if not authority:
        server.add_insecure_port(address)
        return ""
    key, pem, der = certificate.make()
    server.add_secure_port(
        address,
        grpc.ssl_server_credentials(
            [(key, pem)], root_certificates=authority.encode(), require_client_auth=True
        ),
    )
    return base64.b64encode(der).decode().rstrip("=")


def _wait_for_the_end(ended):
    """Standard input closes when the host is gone, however it ended."""
    while os.read(0, 4096):
        pass
    ended.set()


class _Handlers(grpc.GenericRpcHandler):
    """The one service. grpc answers for all others that they do not exist."""

    def __init__(self, provider, ended, folder):
        self.provider, self.ended, self.folder = provider, ended, folder
        self.lock, self.opened = threading.Lock(), False

    def service(self, details):
        if details.method != "/clockwork.provider.v1.Provider/Session":
            return None
        return grpc.stream_stream_rpc_method_handler(
            self.session,
            request_deserializer=messages.Frame.FromString,
            response_serializer=messages.Frame.SerializeToString,
        )

    def session(self, frames, context):
        with self.lock:
            if self.opened:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider has a session already")
            self.opened = True
        shutil.rmtree(self.folder, ignore_errors=True)  # nobody else is to connect
        context.add_callback(self.ended.set)
        yield from session.Session(self.provider).run(frames)
