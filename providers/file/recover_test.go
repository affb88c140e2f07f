//go:build unix

package file

import (
	"os"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

func (f *fixture) recover(req providers.ApplyRequest) providers.RecoverResponse {
	f.Helper()
	prior := req.Prior
	if prior == cty.NilVal {
		prior = cty.NullVal(req.Planned.Type())
	}
	resp, err := f.p.Recover(f.Context(), providers.RecoverRequest{
		Target: req.Target, Action: req.Action, Intent: req.Intent, Prior: prior, Planned: req.Planned, Private: req.Private})
	f.must(err)
	return resp
}

// A crash before the rename leaves a temporary file, which recovery removes,
// and no other.
func TestRecoverRemovesWhatACrashLeft(t *testing.T) {
	f := newFixture(t)
	req := f.request(providers.Create, fileType, cty.NilVal, a("path", "a", "content", "x"))
	other := temporary(f.path("a"), "another attempt")
	f.must(os.WriteFile(temporary(f.path("a"), req.Intent), []byte("half"), 0o600))
	f.must(os.WriteFile(other, nil, 0o600))
	resp := f.recover(req)
	f.fine(resp.Diagnostics)
	if !resp.State.IsNull() {
		t.Errorf("it finds %#v", resp.State)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("it removes what another attempt is writing")
	}
	f.must(os.Remove(other))
	if f.entries("") != "" {
		t.Errorf("left is %s", f.entries(""))
	}

	dir := f.request(providers.Create, directoryType, cty.NilVal, a("path", "d"))
	f.must(os.Mkdir(temporary(f.path("d"), dir.Intent), 0o700))
	if resp := f.recover(dir); !resp.State.IsNull() || f.entries("") != "" {
		t.Errorf("it finds %#v, left is %s", resp.State, f.entries(""))
	}

	// Without recovery, the same attempt once more gets past it.
	f.must(os.WriteFile(temporary(f.path("a"), req.Intent), []byte("half"), 0o600))
	f.fine(f.do(req).Diagnostics)
	if f.entries("") != "a" || f.content("a") != "x" {
		t.Errorf("there is %s", f.entries(""))
	}
}

func TestRecoverDoesNotTakeWhatIsForeign(t *testing.T) {
	f := newFixture(t)
	for name, config := range map[string]attrs{
		"other content": a("path", "a", "content", "ours"),
		"other mode":    a("path", "a", "content", "theirs", "mode", "0600"),
		"other source":  a("path", "a", "source", "source"),
		"secret":        a("path", "a", "sensitive_content", "ours"),
	} {
		f.write("a", "theirs")
		f.write("source", "ours")
		resp := f.recover(f.request(providers.Create, fileType, cty.NilVal, config))
		f.fine(resp.Diagnostics)
		if !resp.State.IsNull() {
			t.Errorf("%s: it takes the file", name)
		}
	}
	f.write("d/x", "theirs")
	if resp := f.recover(f.request(providers.Create, directoryType, cty.NilVal, a("path", "d"))); !resp.State.IsNull() {
		t.Error("it takes a directory that is not empty")
	}
	resp := f.recover(f.request(providers.Create, directoryType, cty.NilVal, a("path", "d", "adopt", true)))
	if resp.State.IsNull() || !isAdopted(resp.Private) {
		t.Errorf("adopting: %#v", resp.State)
	}
}

// A source that was not there when the plan was made has no known SHA-256.
func TestRecoverOfASourceNotKnownThen(t *testing.T) {
	f := newFixture(t)
	req := f.request(providers.Create, fileType, cty.NilVal, a("path", "a", "source", "source"))
	f.write("source", "x")
	f.write("a", "x")
	stored := req.Planned.AsValueMap()
	stored["sha256"], stored["size"] = cty.NullVal(cty.String), cty.NullVal(cty.Number)
	req.Planned = cty.ObjectVal(stored)
	if resp := f.recover(req); resp.State.IsNull() || resp.State.GetAttr("sha256").AsString() != sumOf([]byte("x")) {
		t.Errorf("it finds %#v", resp.State)
	}
	f.write("a", "y")
	if resp := f.recover(req); !resp.State.IsNull() {
		t.Error("it takes another's")
	}
}
