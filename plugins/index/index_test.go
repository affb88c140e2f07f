package index

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/clockwork-hcl/clockwork/plugins"
)

var shop = plugins.Source{Host: "example.com", Namespace: "acme", Name: "shop"}

// newKey makes a key in a folder of the test.
func newKey(t *testing.T) SigningKey {
	t.Helper()
	key, err := CreateSigningKey(filepath.Join(t.TempDir(), "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// release is one that is signed.
func release(t *testing.T, key SigningKey, v string, files map[string]File) Release {
	t.Helper()
	parsed, err := ParseVersion(v)
	if err != nil {
		t.Fatal(err)
	}
	r := Release{Version: parsed, Protocol: 1, Files: files}
	r.Sign(shop, key)
	return r
}

func hash(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	key, err := CreateSigningKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	read, err := ReadSigningKey(path)
	if err != nil || read.Public() != key.Public() {
		t.Errorf("read again: %v, %v", read, err)
	}
	if _, err := CreateSigningKey(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("it is made again: %v", err)
	}
	if parsed, err := ParseKey(key.Public().String()); err != nil || parsed != key.Public() {
		t.Errorf("%v, %v", parsed, err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(form, key); got != key.Public().String() {
			t.Errorf("%s shows %s", form, got)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "no PEM": "hunter2", "public": "-----BEGIN PUBLIC KEY-----\naHVudGVyMg==\n-----END PUBLIC KEY-----\n",
		"damaged": "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n",
	} {
		other := filepath.Join(t.TempDir(), "bad.pem")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSigningKey(other); err == nil || !strings.Contains(err.Error(), other) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "ed25519:", "ed25519:AAAA", strings.TrimPrefix(key.String(), keyPrefix), key.String() + "\n", "rsa:" + key.String()} {
		if _, err := ParseKey(bad); err == nil {
			t.Errorf("%q is a key", bad)
		}
	}
}

func TestSignatureCoversAll(t *testing.T) {
	key := newKey(t)
	files := func() map[string]File {
		return map[string]File{"linux_amd64": {hash("1"), 10, "a"}, "darwin_arm64": {hash("2"), 20, "b"}}
	}
	good := release(t, key, "1.2.3", files())
	if err := good.Verify(shop); err != nil {
		t.Fatal(err)
	}
	good.Files["linux_amd64"] = File{hash("1"), 10, "https://mirror.example/x"}
	if err := good.Verify(shop); err != nil {
		t.Errorf("a mirror's address: %v", err)
	}
	for name, change := range map[string]func(r *Release){
		"version":   func(r *Release) { r.Version, _ = ParseVersion("1.2.4") },
		"protocol":  func(r *Release) { r.Protocol = 2 },
		"hash":      func(r *Release) { r.Files["linux_amd64"] = File{hash("3"), 10, "a"} },
		"size":      func(r *Release) { r.Files["linux_amd64"] = File{hash("1"), 11, "a"} },
		"more":      func(r *Release) { r.Files["plan9_mips"] = File{hash("1"), 10, "a"} },
		"less":      func(r *Release) { delete(r.Files, "darwin_arm64") },
		"key":       func(r *Release) { r.Key = newKey(t).Public() },
		"signature": func(r *Release) { r.Signature = bytes.Repeat([]byte{1}, len(r.Signature)) },
		"none":      func(r *Release) { r.Signature = nil },
	} {
		r := release(t, key, "1.2.3", files())
		change(&r)
		if err := r.Verify(shop); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := shop
	other.Host = "example.org"
	if err := good.Verify(other); !errors.Is(err, ErrSignature) {
		t.Errorf("another source: %v", err)
	}
}

func TestIndexRoundTrip(t *testing.T) {
	key := newKey(t)
	ix := &Index{Source: shop}
	for _, v := range []string{"1.2.0", "1.10.0", "1.10.0-rc.1"} {
		ix.Put(release(t, key, v, map[string]File{"linux_amd64": {hash("a"), 10, v + "/linux_amd64/x"}}))
	}
	text, err := ix.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(shop, text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range again.Releases {
		got = append(got, r.Version.String())
		if err := r.Verify(shop); err != nil {
			t.Error(err)
		}
	}
	if strings.Join(got, " ") != "1.10.0 1.10.0-rc.1 1.2.0" {
		t.Errorf("the order is %q", got)
	}
	if b, _ := again.Bytes(); !bytes.Equal(b, text) {
		t.Errorf("written again it is\n%s\nnot\n%s", b, text)
	}
}

func TestParseErrors(t *testing.T) {
	key := newKey(t)
	ix := &Index{Source: shop}
	ix.Put(release(t, key, "1.2.0", map[string]File{"linux_amd64": {hash("a"), 10, "x"}}))
	b, _ := ix.Bytes()
	good := string(b)
	if _, err := Parse(shop, b); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"not JSON":   {good, "<html>", "not JSON"},
		"no index":   {good, "{}", `no "format"`},
		"future":     {`"format": 1`, `"format": 2`, "install a newer Clockwork"},
		"twice":      {`"format": 1`, `"format": 1, "Format": 1`, "not JSON of which everybody"},
		"source":     {"example.com/acme", "example.com/evil", "not of example.com/acme/shop"},
		"type":       {`"protocol": 1`, `"protocol": "1"`, `must not be a JSON string`},
		"no number":  {`"protocol": 1`, `"protocol": 0`, `has no "protocol"`},
		"short":      {`"1.2.0"`, `"1.2"`, "no version of a release"},
		"not one":    {`"1.2.0"`, `"../../x"`, "no version of a release"},
		"metadata":   {`"1.2.0"`, `"1.2.0+x"`, "no version of a release"},
		"v":          {`"1.2.0"`, `"v1.2.0"`, "no version of a release"},
		"platform":   {"linux_amd64", "../linux", "is no platform"},
		"hash":       {hash("a"), "sha256:aa", "is no hash"},
		"no size":    {`"size": 10`, `"size": 0`, "not possible"},
		"huge":       {`"size": 10`, `"size": 999999999999`, "not possible"},
		"key":        {key.String(), "ed25519:AA", "no key"},
		"url":        {`"url": "x"`, `"url": "ht tp://%zz"`, "URL cannot be understood"},
		"too large":  {good, strings.Repeat(" ", MaxBytes+1), "larger than"},
		"no content": {good, "", "not JSON"},
	} {
		text := strings.Replace(good, c.old, c.new, 1)
		if _, err := Parse(shop, []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestSave(t *testing.T) {
	dir, tmp := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "x")
	content := []byte("an executable")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := FileOf(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Save(path, tmp, 0o555, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o555 {
		t.Errorf("its mode is %v", info.Mode())
	}
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"short":  {"an exec", "it ends after 7 of 13 bytes"},
		"long":   {"an executable, and more", "more than the 13 bytes"},
		"other":  {"an executabl3", "it has the hash"},
		"broken": {"", "broken"},
	} {
		in := strings.NewReader(c.text)
		err := f.Save(path, tmp, 0o555, in)
		if c.text == "" {
			err = f.Save(path, tmp, 0o555, iotest.ErrReader(errors.New("broken")))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, content) {
			t.Errorf("%s: the file is now %q", name, got)
		}
	}
	endless := &counter{}
	if err := f.Save(path, tmp, 0o555, endless); err == nil || endless.n > 64<<10 {
		t.Errorf("of an endless body %d bytes were read: %v", endless.n, err)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("%v was left behind", left)
	}
}

// counter is a body that never ends.
type counter struct{ n int }

func (c *counter) Read(b []byte) (int, error) { c.n += len(b); return len(b), nil }

func TestFolder(t *testing.T) {
	key := newKey(t)
	d := Folder(t.TempDir())
	ix, err := d.Index(shop)
	if err != nil || len(ix.Releases) != 0 {
		t.Fatalf("an empty folder: %+v, %v", ix, err)
	}
	name := filepath.Join(t.TempDir(), "built")
	if err := os.WriteFile(name, []byte("built"), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := FileOf(name)
	if err != nil {
		t.Fatal(err)
	}
	r := release(t, key, "1.2.3", map[string]File{plugins.Platform(): f})
	f.URL, err = d.SaveFile(shop, r, plugins.Platform(), strings.NewReader("built"))
	if err != nil {
		t.Fatal(err)
	}
	r.Files[plugins.Platform()] = f
	ix.Put(r)
	if err := d.SaveIndex(ix); err != nil {
		t.Fatal(err)
	}
	if ix, err = d.Index(shop); err != nil || len(ix.Releases) != 1 {
		t.Fatalf("%+v, %v", ix, err)
	}
	// It is a filesystem mirror as well.
	found, err := plugins.Discover(shop, []string{string(d)})
	if err != nil || len(found) != 1 || found[0].Version.String() != "1.2.3" || found[0].Problem != "" {
		t.Errorf("%+v, %v", found, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"format":1,"source":"example.com/acme/shop","versions":[{"version":"1.2.3","protocol":1,"signing_key":"ed25519:` +
		strings.Repeat("A", 43) + `=","signature":"AAAA","platforms":{"linux_amd64":{"hash":"` + hash("0") + `","size":1,"url":"x"}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		ix, err := Parse(shop, text)
		if err != nil {
			return
		}
		b, err := ix.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(shop, b)
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		if c, _ := again.Bytes(); !bytes.Equal(b, c) {
			t.Fatalf("%s\n%s", b, c)
		}
	})
}
