package command

import (
	"context"
	"errors"
	"io/fs"

	"github.com/mitchellh/cli"

	"github.com/clockwork-hcl/clockwork/diag"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

// ProviderKey is `clockwork provider key`.
func ProviderKey(env *Env) cli.Command {
	return &base{
		env:      env,
		name:     "provider key",
		usage:    "FILE",
		synopsis: "Make the key that signs a provider's versions",
		about: `
Makes a key (Ed25519, PKCS #8 in PEM) in a new file that only you can read, and
prints the public one that belongs to it. Whoever has the file can publish in
your name: keep it safe, keep a copy, and keep it out of the repository. Should
the file be there already, its public key is printed.

Users' lock files record the public key the first time that they install your
provider, and versions signed with another one are refused from then on. Tell
them the key where they trust you, so that they can compare it.`,
		examples: []example{{"clockwork provider key ~/.acme-signing-key.pem", "Make a key, or print its public one"}},
		least:    1, most: 1,
		run: func(_ context.Context, words []string) int {
			key, err := index.CreateSigningKey(words[0])
			if errors.Is(err, fs.ErrExist) {
				key, err = index.ReadSigningKey(words[0])
			}
			if err != nil {
				return env.fail(diag.FromError("Cannot make the key", err))
			}
			env.term().Print(key.Public().String() + "\n")
			return env.done()
		},
	}
}
