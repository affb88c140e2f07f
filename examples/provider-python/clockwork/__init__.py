"""Clockwork's provider protocol, version 1, as docs/protocol.md has it.

Nothing in this package is about SQLite: take it for a provider of your own.

messages    the messages, from the protocol's compiled form
values      values, in cty's msgpack
schema      what a provider says of itself
provider    what a provider implements
session     the stream that carries all requests
certificate the certificate of the provider's end
serve       the process: handshake, TLS, its end
"""
