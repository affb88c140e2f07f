package index

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/clockwork-hcl/clockwork/plugins"
)

// ErrSignature says that a release is not what its key has signed.
var ErrSignature = errors.New("the signature is not of this list of executables by this key")

// Statement returns what is signed: everything that matters about a release, in
// lines. Where the executables are is no part of it, so that a mirror can keep
// the publisher's signature.
func (r Release) Statement(source plugins.Source) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "clockwork provider release %d\nsource %s\nversion %s\nprotocol %d\n", Format, source, r.Version, r.Protocol)
	for _, platform := range r.Platforms() {
		f := r.Files[platform]
		fmt.Fprintf(&b, "file %s %s %d\n", platform, f.Hash, f.Size)
	}
	return []byte(b.String())
}

// Sign sets the release's key and signature.
func (r *Release) Sign(source plugins.Source, key SigningKey) {
	r.Key = key.Public()
	r.Signature = ed25519.Sign(key.private, r.Statement(source))
}

// Verify tells whether the release's key has signed it, for this source. Whether
// the key is the right one is for the caller to say.
func (r Release) Verify(source plugins.Source) error {
	if len(r.Signature) != ed25519.SignatureSize || !ed25519.Verify(r.Key[:], r.Statement(source), r.Signature) {
		return ErrSignature
	}
	return nil
}
