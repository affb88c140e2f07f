// Package plugins runs providers in processes of their own and speaks to them
// over gRPC, by the rules of HashiCorp's go-plugin. Manager, a
// providers.Factory, starts them when they are first needed; Serve is what such
// a process does. Package sdk is for those who write a provider elsewhere.
//
// # Which executable
//
// A source "clockwork/NAME" is built in: the program starts itself again with
// the arguments "plugin-serve NAME". Everything else is an executable
// clockwork-provider-NAME in one of Places: in the cache by its hash, or in a
// folder, where Discover looks. It is started only if the lock file
// .clockwork.lock.hcl has its version and the SHA-256 of its content. That is
// compared just before the start; whoever can change the file in between, as
// the user can, is trusted. In the cache nobody else can. What an override names
// is started without any of that, for who develops it.
//
// Built-in providers are not in the lock file: they are of the same version as
// the program, which required_version is there to pin.
//
// # What protects the connection
//
// Between the program and a third party's provider, both ends prove who they
// are with certificates made for the occasion (go-plugin's AutoMTLS). Ours has a
// key on the curve P-256, which every TLS library can verify; that of a provider
// in Go, which go-plugin makes, is on P-521. A start takes more than twice as
// long.
//
// A built-in provider does without, because there is nobody to keep out whom the
// system does not keep out already. It listens on a unix socket in a folder that
// it makes with mode 0700, so that only the same user and root can get at
// it, and these could as well read the memory of both processes. The folder is
// gone as soon as the program is connected, the provider accepts one session and
// no more, and the executable at the other end is our own. On Windows go-plugin
// listens on a local port instead, which everybody on the machine can reach:
// there the certificates are used for built-in providers too.
//
// # Life and death
//
// The process gets a session (and so a process group) of its own: Ctrl-C in the
// terminal does not reach it, and it cannot ask for passwords on the terminal.
// It ignores what else would stop it; the program decides. Of the environment it
// gets what it needs, and of open files the standard ones.
//
// When the program ends, however it ends, the pipe on the provider's standard
// input closes and the provider exits, with its process group. One of somebody
// else's has a guard beside it, a shell that waits for the same and kills what
// has not ended after a while. When the provider ends, however it ends, every
// request returns an *ExitError that says how, with the last lines of its output;
// what it had started itself is killed with it.
//
// Package plugins may import providers, addr and diag, and nothing else of
// Clockwork.
package plugins
