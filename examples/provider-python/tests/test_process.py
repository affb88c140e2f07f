"""The process: handshake, TLS, and its end."""

import base64
import os
import pathlib
import ssl
import subprocess
import tempfile
import unittest

import grpc

from clockwork import certificate, messages, serve

EXECUTABLE = pathlib.Path(__file__).parent.parent / "clockwork-provider-sqlite"


class Process(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="p-", dir="/tmp")
        self.addCleanup(self.folder.cleanup)

    def start(self, **variables):
        environment = {"PATH": os.environ["PATH"], "TMPDIR": self.folder.name, serve.COOKIE[0]: serve.COOKIE[1]}
        process = subprocess.Popen(
            [EXECUTABLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**environment, **variables}
        )
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        fields = process.stdout.readline().decode().rstrip("\n").split("|")
        self.assertEqual(fields[:3] + fields[4:5], ["1", "1", "unix", "grpc"])
        return process, fields[3], fields[5]

    def test_it_ends_with_its_standard_input(self):
        process, path, proof = self.start()
        self.assertEqual(proof, "")
        self.assertTrue(os.path.exists(path))
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_both_ends_prove_who_they_are(self):
        key, pem, _ = certificate.make()
        _, path, proof = self.start(PLUGIN_CLIENT_CERT=pem.decode())
        self.assertNotIn("=", proof)
        root = ssl.DER_cert_to_PEM_cert(base64.b64decode(proof + "=" * (-len(proof) % 4))).encode()
        strange_key, strange_pem, _ = certificate.make()
        for own in ((None, None), (strange_key, strange_pem)):
            with self.assertRaises(grpc.RpcError):
                self.ask(path, grpc.ssl_channel_credentials(root, *own))
        answer = self.ask(path, grpc.ssl_channel_credentials(root, key, pem))
        self.assertEqual((answer.id, answer.kind), (1, messages.Kind.RESULT))
        self.assertIn("sqlite_row", messages.Schema.FromString(answer.body).resources)
        self.assertEqual(os.listdir(self.folder.name), [])  # nobody else can connect

    @staticmethod
    def ask(path, credentials):
        """Asks for the schema on a session of its own."""
        options = [("grpc.ssl_target_name_override", "localhost")]
        with grpc.secure_channel("unix:" + path, credentials, options) as channel:
            session = channel.stream_stream(
                "/clockwork.provider.v1.Provider/Session",
                request_serializer=messages.Frame.SerializeToString,
                response_deserializer=messages.Frame.FromString,
            )
            question = messages.Frame(messages=[messages.Message(id=1, kind=messages.Kind.SCHEMA)])
            return next(session(iter([question]), timeout=60)).messages[0]

    def test_a_person_is_sent_away(self):
        done = subprocess.run([EXECUTABLE], env={"PATH": os.environ["PATH"]}, capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"which Clockwork starts by itself", done.stderr)


if __name__ == "__main__":
    unittest.main()
