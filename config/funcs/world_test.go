package funcs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/crypto/ssh"

	"github.com/clockwork-hcl/clockwork/internal/marks"
)

// rsaFixture is a key made for the test, in several forms, and something
// encrypted for it.
type rsaFixture struct {
	key, key8, locked, ciphertext string
}

var rsaOnce = sync.OnceValues(func() (rsaFixture, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return rsaFixture{}, err
	}
	//lint:ignore SA1019 it is what rsadecrypt decrypts
	secret, err := rsa.EncryptPKCS1v15(rand.Reader, &key.PublicKey, []byte("hello"))
	if err != nil {
		return rsaFixture{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return rsaFixture{}, err
	}
	locked, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("passphrase"))
	if err != nil {
		return rsaFixture{}, err
	}
	inPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return rsaFixture{
		key:        inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		key8:       inPEM("PRIVATE KEY", pkcs8),
		locked:     string(pem.EncodeToMemory(locked)),
		ciphertext: base64.StdEncoding.EncodeToString(secret),
	}, nil
})

func newRSA(t testing.TB) rsaFixture {
	t.Helper()
	f, err := rsaOnce()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// newFolder writes the files that the examples read, and returns their folder,
// which is also the user's home.
func newFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		".hidden":        "",
		"broken.tmpl":    "${",
		"hello.tmpl":     "Hello ${name}!\n",
		"key.pem":        newRSA(t).key,
		"list.tmpl":      "%{ for item in items ~}\n- ${upper(item)}\n%{ endfor ~}\n",
		"logo.bin":       "\x80\x81\x00",
		"motd.txt":       "hello\n",
		"nested.tmpl":    `${templatefile("motd.txt", {})}`,
		"single.tmpl":    "${value}",
		"site/a.html":    "<p>a</p>",
		"site/css/b.css": "p {}",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var testPlanTime = time.Date(2024, 2, 3, 5, 5, 6, 0, time.FixedZone("", 3600))

// newContext returns what the examples are evaluated in.
func newContext(t *testing.T) *hcl.EvalContext {
	t.Helper()
	dir := newFolder(t)
	t.Setenv("HOME", dir)
	fixture := newRSA(t)
	str := cty.StringVal
	return &hcl.EvalContext{
		Functions: Functions(Options{BaseDir: dir, PlanTime: testPlanTime}),
		Variables: map[string]cty.Value{
			"dir": str(dir),
			"empty": cty.ObjectVal(map[string]cty.Value{
				"list":    cty.ListValEmpty(cty.String),
				"numbers": cty.ListValEmpty(cty.Number),
				"rows":    cty.ListValEmpty(cty.Object(map[string]cty.Type{"a": cty.String, "b": cty.String})),
				"set":     cty.SetValEmpty(cty.String),
			}),
			"rsa": cty.ObjectVal(map[string]cty.Value{
				"key":        str(fixture.key),
				"key8":       str(fixture.key8),
				"locked":     str(fixture.locked),
				"ciphertext": str(fixture.ciphertext),
			}),
			"templates": cty.ObjectVal(map[string]cty.Value{
				"hello":  str("Hello ${name}!"),
				"nested": str("${templatestring(x, {})}"),
				"secret": str("Secret ${name}").Mark(marks.Sensitive),
				"single": str("${value}"),
			}),
			"unknown": cty.ObjectVal(map[string]cty.Value{
				"any":     cty.DynamicVal,
				"bool":    cty.UnknownVal(cty.Bool),
				"list":    cty.UnknownVal(cty.List(cty.String)),
				"lists":   cty.UnknownVal(cty.List(cty.List(cty.String))),
				"map":     cty.UnknownVal(cty.Map(cty.String)),
				"number":  cty.UnknownVal(cty.Number),
				"numbers": cty.UnknownVal(cty.List(cty.Number)),
				"object":  cty.UnknownVal(cty.Object(map[string]cty.Type{"a": cty.String})),
				"pairs":   cty.UnknownVal(cty.List(cty.Tuple([]cty.Type{cty.String, cty.String}))),
				"set":     cty.UnknownVal(cty.Set(cty.String)),
				"string":  cty.UnknownVal(cty.String),
			}),
		},
	}
}

// eval evaluates an expression, which must not fail.
func eval(t *testing.T, ctx *hcl.EvalContext, src string) cty.Value {
	t.Helper()
	v, diags := parse(t, src).Value(ctx)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", src, diags)
	}
	return v
}

func parse(t *testing.T, src string) hclsyntax.Expression {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(src), "example", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %s", src, diags)
	}
	return expr
}

// same tells whether two values are equal, with their types and marks, but
// regardless of what is known of an unknown value beside its type.
func same(a, b cty.Value) bool {
	return unrefined(a).RawEquals(unrefined(b))
}

func unrefined(v cty.Value) cty.Value {
	v, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		return cty.UnknownVal(v.Type()).WithSameMarks(v), nil
	})
	if err != nil {
		panic(err) // the function above returns none
	}
	return v
}
