package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/clockwork-hcl/clockwork/completion/redact"
)

const secret = `s3cr3t/+"pass phrase`

func TestKnownSecretInEveryForm(t *testing.T) {
	r := redact.New([]string{secret, "abc", "", "tiny-pin"})
	quoted, _ := json.Marshal(secret)
	for name, text := range map[string]string{
		"plain":         "x " + secret + " y",
		"twice":         secret + secret,
		"query":         "/?p=" + url.QueryEscape(secret),
		"path":          "/" + url.PathEscape(secret),
		"json":          string(quoted),
		"hex":           hex.EncodeToString([]byte(secret)),
		"hex, large":    strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"base64":        base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of url": base64.URLEncoding.EncodeToString([]byte(secret)),
		"in base64":     base64.StdEncoding.EncodeToString([]byte("user:" + secret + ":x")),
		"in base64, 1":  base64.StdEncoding.EncodeToString([]byte("u:" + secret + ":xy")),
		"over lines":    "s3cr3t/+\n\"pass\r\n phrase",
	} {
		got := r.Text(text)
		if !strings.Contains(got, "«redacted-") || strings.Contains(got, "s3cr3t") || strings.Contains(got, "phrase") || len(got) > len("x  y")+2*20+12 {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := r.Text("tiny-pin abc"); strings.Contains(got, "tiny") || !strings.Contains(got, "abc") {
		t.Error(got)
	}
	if a, b := r.Text(secret), r.Text("-"+secret); "-"+a != b {
		t.Errorf("one secret has two tags: %s %s", a, b)
	}
	if redact.New([]string{secret}).Text(secret) == r.Text(secret) {
		t.Error("the tag can be recognised elsewhere")
	}
}

func TestWhatLooksLikeASecret(t *testing.T) {
	r := redact.New(nil)
	for _, c := range []struct{ text, hidden, stays string }{
		{"password=hunter2", "hunter2", "password="},
		{"DB_PASSWORD: hunter2 x", "hunter2", " x"},
		{`{"api_key":"hunter2","a":1}`, "hunter2", `"a":1`},
		{`"clientSecret" : "hunt\"er2"`, "er2", "clientSecret"},
		{"--auth-token hunter2 run", "hunter2", " run"},
		{"GET /?access_token=hunter2&x=1", "hunter2", "&x=1"},
		{"redis://user:hunter2@redis:6379/0", "hunter2", "@redis:6379/0"},
		{"https://hunter2@example.com/a", "hunter2", "example.com/a"},
		{"Authorization: Bearer hunter2hunter2", "hunter2", "Authorization: Bearer "},
		{"authorization: Basic aHVudGVyMg==", "aHVudGVyMg", "Basic "},
		{"Set-Cookie: sid=hunter2; Path=/", "hunter2", "Set-Cookie: "},
		{"key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "eyJ", " end"},
		{"AKIAIOSFODNN7EXAMPLE", "AKIA", ""},
		{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_", ""},
		{"sk-proj-0123456789abcdef", "sk-proj", ""},
		{"glpat-0123456789abcdefghij xoxb-1234567890-abc", "glpat", ""},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nafter", "MIIE", "after"},
		{"-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE", ""},
		{"value 8f14e45fceea167a5a36dedd4bea2543 end", "8f14e45f", " end"},
		{"value aB3dE5fG7hI9jK1lM3nO end", "aB3dE5", " end"},
	} {
		got := r.Text(c.text)
		if strings.Contains(got, c.hidden) || !strings.Contains(got, c.stays) || !strings.Contains(got, "«redacted-") {
			t.Errorf("%s became %s", c.text, got)
		}
	}
	for _, text := range []string{
		"Error: Cannot connect to redis:6379", "nginx:1.25@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"docker_container.nginx_monitored_server_one", "2026-11-25T19:11:05.129529074Z started", "memory = 128MiB, exit code 137",
		"GET /usr/local/lib/python3/site-packages/flask HTTP/1.1", "listening on [::]:8080, pid 4711", "https://example.com/a?b=c",
		"tokens_used 5", "author: somebody",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestValue(t *testing.T) {
	r := redact.New([]string{"hunter2"})
	var v any
	if err := json.Unmarshal([]byte(`{"env":{"DB_PASSWORD":"x1","MODE":"prod","hunter2":"y","n":["hunter2",1,null]},"token":7,"secret":null,"log":"ok"}`), &v); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(r.Value(v))
	for _, gone := range []string{"x1", "hunter2", ":7"} {
		if strings.Contains(string(raw), gone) {
			t.Errorf("%s is in %s", gone, raw)
		}
	}
	for _, stays := range []string{`"MODE":"prod"`, `"log":"ok"`, `"secret":null`, ",1,null]"} {
		if !strings.Contains(string(raw), stays) {
			t.Errorf("%s is not in %s", stays, raw)
		}
	}
}

func TestSecretOverLines(t *testing.T) {
	got := redact.New([]string{"hunter2hunter2"}).Lines([]string{"a", "b hunter2", "hunter2 c", "d"})
	if all := strings.Join(got, "|"); strings.Contains(all, "hunter2") || !strings.HasPrefix(all, "a|b «redacted-") || !strings.HasSuffix(all, "» c|d") {
		t.Error(all)
	}
}

// FuzzText plants a secret: it never comes through, nor is anything invented.
func FuzzText(f *testing.F) {
	f.Add("a", "b", uint8(0))
	f.Add("password=", "\nx", uint8(3))
	f.Add("\xff\xfe", "«redacted-", uint8(7))
	f.Fuzz(func(t *testing.T, before, after string, split uint8) {
		const planted = "Zq7-planted-Zq7"
		if strings.Contains(before+after, "planted") {
			return
		}
		at := 1 + int(split)%(len(planted)-1)
		for _, text := range []string{before + planted + after, before + planted[:at] + "\n" + planted[at:] + after} {
			got := redact.New([]string{planted}).Text(text)
			if strings.Contains(strings.ReplaceAll(got, "\n", ""), planted) {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	var secrets []string
	for i := range 20 {
		secrets = append(secrets, fmt.Sprintf("secret-number-%d", i))
	}
	text := strings.Repeat("2026-11-25 Error: Cannot connect to redis:6379 token=abc\n", 200)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		redact.New(secrets).Text(text)
	}
}

func TestHolds(t *testing.T) {
	r := redact.New([]string{"Canary4711Quetzalcoatl", "abcd"})
	for text, want := range map[string]bool{
		"x Canary4711Quetzalcoatl":            true,
		"Canary4711\n  Quetzalcoatl":          true,
		"Q2FuYXJ5NDcxMVF1ZXR6YWxjb2F0bA==":    true,
		"Canary\u200b4711\x07Quetzalcoatl":    true,
		"x-abcd-x":                            true,
		"canary4711quetzalcoatl":              false,
		"YWJjZA, which is short enough":       false,
		"sha256:0123456789abce0123456789abce": false,
	} {
		if got := r.Holds(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
