package install

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/plugins"
	"github.com/clockwork-hcl/clockwork/plugins/index"
)

var shop = plugins.Source{Host: "example.com", Namespace: "acme", Name: "shop"}

func TestFilter(t *testing.T) {
	local := plugins.Source{Namespace: "acme", Name: "shop"}
	for _, c := range []struct {
		include, exclude []string
		source           plugins.Source
		want             bool
	}{
		{nil, nil, shop, true},
		{[]string{"example.com/*/*"}, nil, shop, true},
		{[]string{"example.com/acme/shop"}, nil, shop, true},
		{[]string{"*/*"}, nil, shop, false},
		{[]string{"*/*"}, nil, local, true},
		{[]string{"*/*/*", "acme/*"}, nil, local, true},
		{nil, []string{"example.com/*/*"}, shop, false},
		{[]string{"example.*/*/*"}, []string{"*/*/other"}, shop, true},
	} {
		if got := (Filter{c.include, c.exclude}).Has(c.source); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	for _, bad := range []string{"", "*", "a/b/c/d", "a//b", "/a", "a/", "a/[b", `a/\b`, "a/?"} {
		if CheckPattern(bad) == nil {
			t.Errorf("%q is a pattern", bad)
		}
	}
	for _, bad := range []string{"", "http://a/", "https://", "https://u:hunter2@a/", "https://a/?token=hunter2", "a/b", "https://a/#x", "https://%zz"} {
		if u, err := ParseURL(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, %v", bad, u, err)
		}
	}
	if u, err := ParseURL("https://a:8443/b"); err != nil || u.String() != "https://a:8443/b/" {
		t.Errorf("%v, %v", u, err)
	}
}

// published is a folder that has versions of shop, and what serves it as the host
// example.com.
func published(t *testing.T, versions ...string) (index.Folder, index.SigningKey, *Installer) {
	t.Helper()
	dir := t.TempDir()
	key, err := index.CreateSigningKey(filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	public := index.Folder(filepath.Join(dir, "public"))
	for _, v := range versions {
		publish(t, public, key, v)
	}
	server := httptest.NewTLSServer(http.StripPrefix("/"+index.WellKnown, http.FileServer(http.Dir(string(public)))))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // which is example.com's too
	return public, key, &Installer{
		Places:  plugins.Places{Cache: filepath.Join(dir, "cache")},
		Methods: []Method{{Roots: roots}},
		dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != "example.com:443" {
				t.Errorf("it connects to %s", address)
			}
			return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
}

func publish(t *testing.T, public index.Folder, key index.SigningKey, v string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "built")
	if err := os.WriteFile(path, []byte("version "+v), 0o755); err != nil {
		t.Fatal(err)
	}
	parsed, err := index.ParseVersion(v)
	if err != nil {
		t.Fatal(err)
	}
	_, err = public.Publish(index.Publication{Source: shop, Version: parsed, Protocol: plugins.ProtocolVersion, Key: key, NewKey: true,
		Executables: map[string]string{plugins.Platform(): path, "plan9_mips": path}})
	if err != nil {
		t.Fatal(err)
	}
}

func require(t *testing.T, in *Installer, lock *plugins.LockFile, constraints string, upgrade bool) (plugins.LockedProvider, []Installed, string) {
	t.Helper()
	done, ds := in.Require(t.Context(), lock, []plugins.Requirement{{Source: shop.String(), Constraints: constraints}, {Source: "clockwork/file"}}, upgrade)
	text := ""
	if ds.HasErrors() {
		text = ds.Error()
	}
	return lock.Providers[shop.String()], done, text
}

func TestInstall(t *testing.T) {
	public, key, in := published(t, "1.0.0", "1.1.0", "2.0.0-beta.1")
	lock := &plugins.LockFile{}
	got, done, problem := require(t, in, lock, "", false)
	if problem != "" || got.Version != "1.1.0" || got.SigningKey != key.Public().String() || len(got.Hashes) != 2 || !done[0].FirstUse {
		t.Fatalf("%+v, %+v, %s", got, done, problem)
	}
	path := plugins.CachePath(in.Places.Cache, shop, got.Hashes[plugins.Platform()])
	if text, err := os.ReadFile(path); err != nil || string(text) != "version 1.1.0" {
		t.Errorf("%q, %v", text, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o555 {
		t.Errorf("its mode is %v", info.Mode())
	}
	if info, _ := os.Stat(in.Places.Cache); info.Mode().Perm() != 0o700 {
		t.Errorf("the cache's mode is %v", info.Mode())
	}

	// What is damaged is got again, by the record.
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("tampered"), 0o755); err != nil {
		t.Fatal(err)
	}
	publish(t, public, key, "1.2.0")
	if got, done, problem = require(t, in, lock, "", false); problem != "" || got.Version != "1.1.0" || done[0].FirstUse {
		t.Fatalf("%+v, %+v, %s", got, done, problem)
	}
	if text, _ := os.ReadFile(path); string(text) != "version 1.1.0" {
		t.Errorf("%q", text)
	}

	// A platform that the record lacks is vouched for by the key that it has.
	delete(got.Hashes, plugins.Platform())
	if got, _, problem = require(t, in, lock, "", false); problem != "" || len(got.Hashes) != 2 || got.Version != "1.1.0" {
		t.Errorf("%+v, %s", got, problem)
	}
	bare := &plugins.LockFile{Providers: map[string]plugins.LockedProvider{shop.String(): {Version: "1.1.0", Hashes: map[string]string{"plan9_mips": got.Hashes["plan9_mips"]}}}}
	if _, _, problem = require(t, in, bare, "", false); !strings.Contains(problem, "clockwork providers lock -platform="+plugins.Platform()) {
		t.Errorf("nobody vouches for it: %s", problem)
	}

	if got, _, problem = require(t, in, lock, "", true); problem != "" || got.Version != "1.2.0" {
		t.Errorf("an upgrade: %+v, %s", got, problem)
	}
	if got, _, problem = require(t, in, lock, "2.0.0-beta.1", true); problem != "" || got.Version != "2.0.0-beta.1" {
		t.Errorf("a pre-release: %+v, %s", got, problem)
	}
	if _, _, problem = require(t, in, lock, ">= 3", true); !strings.Contains(problem, "has only: 2.0.0-beta.1, 1.2.0, 1.1.0, 1.0.0") {
		t.Error(problem)
	}
	if _, _, problem = require(t, in, lock, ">= 3", false); !strings.Contains(problem, "Run clockwork init -upgrade") {
		t.Error(problem)
	}
}

func TestKeys(t *testing.T) {
	public, key, in := published(t, "1.0.0")
	lock := &plugins.LockFile{}
	if _, _, problem := require(t, in, lock, "", false); problem != "" {
		t.Fatal(problem)
	}
	other, err := index.CreateSigningKey(filepath.Join(t.TempDir(), "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	publish(t, public, other, "1.1.0")
	if got, _, problem := require(t, in, lock, "", true); !strings.Contains(problem, "the key of before") || got.Version != "1.0.0" {
		t.Errorf("%+v, %s", got, problem)
	}
	in.Pins = []Pin{{"example.com/acme/*", []index.Key{key.Public()}}}
	if _, _, problem := require(t, in, lock, "", true); !strings.Contains(problem, "none of the keys that your CLI configuration pins") {
		t.Error(problem)
	}
	in.Pins[0].Keys = append(in.Pins[0].Keys, other.Public())
	got, done, problem := require(t, in, lock, "", true)
	if problem != "" || got.Version != "1.1.0" || got.SigningKey != other.Public().String() || done[0].FirstUse {
		t.Errorf("%+v, %+v, %s", got, done, problem)
	}
}

// A folder goes before the network, and a copy of what is in it is made when other
// commands do not look there.
func TestFoldersFirst(t *testing.T) {
	public, _, in := published(t, "1.0.0")
	in.Places.Dirs, in.Copy = []string{string(public)}, true
	in.dial = func(context.Context, string, string) (net.Conn, error) {
		t.Error("the network is asked")
		return nil, net.ErrClosed
	}
	lock := &plugins.LockFile{}
	got, done, problem := require(t, in, lock, "", false)
	if problem != "" || got.Version != "1.0.0" || !strings.HasPrefix(done[0].From, string(public)) {
		t.Fatalf("%+v, %+v, %s", got, done, problem)
	}
	if !(Cache{in.Places.Cache}).sound(shop, got.Hashes[plugins.Platform()]) {
		t.Error("there is no copy")
	}
	in.Places.Dirs = nil
	if _, _, problem = require(t, in, lock, "", false); problem != "" {
		t.Error(problem)
	}
}

// A cache that others may change is neither read nor written.
func TestSharedCacheIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no such permissions there")
	}
	_, _, in := published(t, "1.0.0")
	lock := &plugins.LockFile{}
	if _, _, problem := require(t, in, lock, "", false); problem != "" {
		t.Fatal(problem)
	}
	if err := os.Chmod(in.Places.Cache, 0o770); err != nil {
		t.Fatal(err)
	}
	reqs := []plugins.Requirement{{Source: shop.String()}}
	if ds := lock.Require(reqs, in.Places, false); !strings.Contains(ds.Error(), "Provider not found") {
		t.Errorf("it is read: %v", ds)
	}
	if _, _, problem := require(t, in, lock, "", false); !strings.Contains(problem, "others may change what is in the cache") || !strings.Contains(problem, "chmod go-w") {
		t.Errorf("it is written: %s", problem)
	}
	if err := os.Chmod(in.Places.Cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if ds := lock.Require(reqs, in.Places, false); ds.HasErrors() {
		t.Error(ds)
	}
}

func TestAbandonedPartsAreRemoved(t *testing.T) {
	_, _, in := published(t, "1.0.0")
	if err := os.MkdirAll(in.Places.Cache, 0o700); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(in.Places.Cache, index.PartialPrefix+"1"), filepath.Join(in.Places.Cache, index.PartialPrefix+"2")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	info, _ := os.Stat(old)
	past := info.ModTime().Add(-2 * abandoned)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	if _, _, problem := require(t, in, &plugins.LockFile{}, "", false); problem != "" {
		t.Fatal(problem)
	}
	left, _ := filepath.Glob(filepath.Join(in.Places.Cache, index.PartialPrefix+"*"))
	if !slices.Equal(left, []string{young}) {
		t.Errorf("left are %q", left)
	}
}
