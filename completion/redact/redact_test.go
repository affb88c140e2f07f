package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clockwork-hcl/clockwork/completion/redact"
)

const secret = `s3cr3t/+"pass phrase`

func TestKnownSecretInEveryForm(t *testing.T) {
	r := redact.New([]string{secret, "abc", "", "tiny-pin", "true"})
	quoted, _ := json.Marshal(secret)
	twice, _ := json.Marshal(string(quoted))
	for name, text := range map[string]string{
		"plain":            "x " + secret + " y",
		"twice":            secret + secret,
		"query":            "/?p=" + url.QueryEscape(secret),
		"query, small":     "/?p=" + strings.NewReplacer("%2F", "%2f", "%2B", "%2b").Replace(url.QueryEscape(secret)),
		"path":             "/" + url.PathEscape(secret),
		"json":             string(quoted),
		"json in json":     string(twice),
		"html":             html.EscapeString(secret),
		"hex":              hex.EncodeToString([]byte(secret)),
		"hex, large":       strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"base64":           base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64 of url":    base64.URLEncoding.EncodeToString([]byte(secret)),
		"in base64":        base64.StdEncoding.EncodeToString([]byte("user:" + secret + ":x")),
		"in base64, 1":     base64.StdEncoding.EncodeToString([]byte("u:" + secret + ":xy")),
		"over lines":       "s3cr3t/+\n\"pass\r\n phrase",
		"behind a time":    "2026-11-25T19:11:05.129Z s3cr3t/+\n2026-11-25T19:11:05.130Z \"pass phrase",
		"of compose":       "web-1  | s3cr3t/+\nweb-1  | \"pass phrase",
		"of containerd":    "2026-11-25T19:11:05.129529074Z stdout P s3cr3t/+\n2026-11-25T19:11:05.129529075Z stdout F \"pass phrase",
		"with wide spaces": "s3cr3t/+\"pass\u3000 phrase",
		"with no width":    "s3cr\u200b3t/+\"pass\u202e phr\u00adase",
		"coloured":         "s3cr\x1b[1;31m3t/+\x1b[0m\"pass phrase",
		"with a NUL":       "s3c\x00r3t/+\"pass phrase",
		"cut off":          "x s3cr3t/+\"p…",
		"cut off, longer":  strings.Repeat("x ", 100) + "s3cr3t/+\"p",
	} {
		got := r.Text(text)
		if !strings.Contains(got, "«redacted-") || strings.Contains(got, "s3c") || strings.Contains(got, "phr") || strings.Contains(got, base64.StdEncoding.EncodeToString([]byte(secret))[4:12]) {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := r.Text("tiny-pin abc is true"); strings.Contains(got, "tiny") || !strings.Contains(got, " abc is true") {
		t.Error(got)
	}
	if a, b := r.Text(secret), r.Text("-"+base64.StdEncoding.EncodeToString([]byte(secret))+"-"); !strings.Contains(b, a) {
		t.Errorf("one secret has two tags: %s %s", a, b)
	}
	if redact.New([]string{secret}).Text(secret) == r.Text(secret) {
		t.Error("the tag can be recognised elsewhere")
	}
	if !r.Shows("a "+secret) || r.Shows(r.Text("a "+secret)) || r.Shows("s3cr3t") || redact.New([]string{"redacted"}).Shows(r.Text(secret)) {
		t.Error("Shows is wrong")
	}
}

// TestWordsThatMeet: a short secret is no reason to take parts of two words out.
func TestWordsThatMeet(t *testing.T) {
	r := redact.New([]string{"test", "hunter2-hunter2"})
	if got := r.Text("the late start, hunter2- hunter2"); !strings.HasPrefix(got, "the late start, «redacted-") {
		t.Error(got)
	}
	if got := r.Text("a te\nst"); !strings.HasPrefix(got, "a «redacted-") {
		t.Error(got)
	}
}

// TestSecretOfSeveralLines: each of its lines is one.
func TestSecretOfSeveralLines(t *testing.T) {
	r := redact.New([]string{"{\n  user: adalovelace\n  pin: 7\n}\n"})
	if got := r.Text("log: user: adalovelace, pin: 7"); strings.Contains(got, "ada") || !strings.HasSuffix(got, ", pin: 7") {
		t.Error(got)
	}
}

func TestWhatLooksLikeASecret(t *testing.T) {
	r := redact.New(nil)
	for _, c := range []struct{ text, hidden, stays string }{
		{"password=hunter2", "hunter2", "password="},
		{"DB_PASSWORD: hunter2 x", "hunter2", " x"},
		{"DB_PASSWORD=correct horse battery", "battery", "DB_PASSWORD="},
		{"  export API_KEY='hunter2 hunter3'", "hunter3", "API_KEY="},
		{"user=joe password=hunter2 host=db", "hunter2", " host=db"},
		{`{"api_key":"hunter2","a":1}`, "hunter2", `"a":1`},
		{`{"secrets":{"a":"hunter2","b":[1]},"a":1}`, "hunter2", `,"a":1}`},
		{`"clientSecret" : "hunt\"er2"`, "er2", "clientSecret"},
		{`{\"token\":\"abc\\\"hunter2\",\"a\":1}`, "hunter2", `\"a\":1`},
		{`{"password":"hunter2\\","a":1}`, "hunter2", `","a":1`},
		{"password => 'hunter2',", "hunter2", "password"},
		{"--auth-token hunter2 run", "hunter2", " run"},
		{"curl -u joe:hunter2 https://x", "hunter2", " https://x"},
		{"GET /?access_token=hunter2&x=1", "hunter2", "&x=1"},
		{"GET /?key=hunter2&x=1", "hunter2", "&x=1"},
		{"https://s3/x?X-Amz-Signature=hunter2&X-Amz-Date=1", "hunter2", "&X-Amz-Date=1"},
		{"redis://user:hunter2@redis:6379/0", "hunter2", "@redis:6379/0"},
		{"postgres://user:hun@t/er2@db:5432/app", "er2", "@db:5432/app"},
		{"https://hunter2@example.com/a", "hunter2", "example.com/a"},
		{"root:hunter2@tcp(db:3306)/app", "hunter2", "@tcp(db:3306)/app"},
		{"Authorization: Bearer hunter2hunter2", "hunter2", "Authorization: Bearer "},
		{"authorization: Basic aHVudGVyMg==", "aHVudGVyMg", "Basic "},
		{`Authorization: Digest username="ada", response="hunter2"`, "hunter2", "Digest"},
		{"sent Bearer hunter2.hunter2 to it", "hunter2", " to it"},
		{"Set-Cookie: sid=hunter2; Path=/", "hunter2", "Set-Cookie: "},
		{"key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "eyJ", " end"},
		{"AKIAIOSFODNN7EXAMPLE", "AKIA", ""},
		{"aws wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY", "wJalr", "aws "},
		{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_", ""},
		{"github_pat_0123456789abcdefghijABCDEFGHIJ012345", "github_pat_", ""},
		{"sk-proj-0123456789abcdef", "sk-proj", ""},
		{"sk-ant-api03-0123456789abcdef", "sk-ant", ""},
		{"sk_" + "live_0123456789abcdef", "sk_live", ""},
		{"AIzaSyA0123456789abcdefghijABCDEFGHIJ0", "AIza", ""},
		{"xyz8Q~abcdefghijklmnopqrstuvwxyzABCDEF", "8Q~", ""},
		{"glpat-0123456789abcdefghij xoxb-1234567890-abc", "glpat", ""},
		{"https://hooks.slack.com/services/T00/B00/hunter2", "hunter2", "hooks.slack.com/services/"},
		{"ada:$2y$10$abcdefghijklmnopqrstuv", "abcdefgh", "ada:"},
		{"-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nafter", "MIIE", "after"},
		{`-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n, after`, "MIIE", ", after"},
		{"-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE", ""},
		{"-----BEGIN PRIVATE KEY-----\nMIIE\nthen: nothing more", "MIIE", ": nothing more"},
		{"before it\nMIIE\nabcd\n-----END PRIVATE KEY-----\nafter", "abcd", "before it"},
		{"value 8f14e45fceea167a5a36dedd4bea2543 end", "8f14e45f", " end"},
		{"value aB3dE5fG7hI9jK1lM3nO end", "aB3dE5", " end"},
		{"value 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef end", "0123456789abcdef", " end"},
		{"password: " + "hunter2-hunter2" + "\nlater: hunter2-hunter2", "hunter2", "later: "},
	} {
		got := r.Text(c.text)
		if strings.Contains(got, c.hidden) || !strings.Contains(got, c.stays) || !strings.Contains(got, "«redacted-") {
			t.Errorf("%s became %s", c.text, got)
		}
		if again := r.Text(got); again != got {
			t.Errorf("%s became %s", got, again)
		}
	}
}

func TestWhatIsNoSecret(t *testing.T) {
	r := redact.New(nil)
	const digits = "8c1f1e3c0c6a7c2a1f0d3d9b8a7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c"
	for _, text := range []string{
		"Error: Cannot connect to redis:6379", "nginx:1.25@sha256:" + digits,
		"docker_container.nginx_monitored_server_one", "2026-11-25T19:11:05.129529074Z started", "memory = 128MiB, exit code 137",
		"GET /usr/local/lib/python3/site-packages/flask HTTP/1.1", "listening on [::]:8080, pid 4711", "https://example.com/a?b=c",
		"tokens_used 5", "author: somebody", "http://localhost:8080/path?email=a@b.c",
		"No such container: " + digits, "/sys/fs/cgroup/docker/" + digits, "HEAD is now at " + digits[:40], "https://x/commit/" + digits[:40],
		"id 550e8400-e29b-41d4-a716-446655440000", "redis.exceptions.AuthenticationError: NOAUTH Authentication required.",
		`FATAL:  password authentication failed for user "postgres"`, "Access denied (using password: YES)", "auth: cannot connect to redis",
		"POSTGRES_PASSWORD_FILE=/run/secrets/db", "caller=server/auth.go:42", "Basic authentication failed, Bearer authentication required",
		"SECRET_KEY_BASE is not set", "MYSQL_PASSWORD=", "panic: runtime error: invalid memory address or nil pointer dereference",
		`File "/usr/local/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line 146`, "org.springframework.beans.factory.BeanCreationException",
		"AbstractAnnotationConfigDispatcherServletInitializer", "java.lang.UnsupportedClassVersionError", "sessions: 5", "docker run -u 1000:1000 x",
		"x86_64-pc-linux-gnu", "linux/arm64/v8", "ip-10-0-12-7.eu-central-1.compute.internal", "main.(*Server).ListenAndServe(0xc000123456)",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func TestValue(t *testing.T) {
	r := redact.New([]string{"hunter2", "123456"})
	d := json.NewDecoder(strings.NewReader(`{"env":{"DB_PASSWORD":"x1","MODE":"prod","hunter2":"y","n":["hunter2",1,null]},"token":7,"secret":null,"log":"ok",
		"pin":123456,"list":[{"name":"API_KEY","value":"x2"},{"name":"A","value":"b"}],"args":["--password","x3","--user","joe"],"auth":{"user":"x4"},
		"id":"8c1f1e3c0c6a7c2a1f0d3d9b8a7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c","split":["hun","ter2"],"up":true}`))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(r.Value(v))
	for _, gone := range []string{"x1", "x2", "x3", "x4", "hunter2", ":7", "123456", `"ter2"`} {
		if strings.Contains(string(raw), gone) {
			t.Errorf("%s is in %s", gone, raw)
		}
	}
	for _, stays := range []string{`"MODE":"prod"`, `"log":"ok"`, `"secret":null`, ",1,null]", `"value":"b"`, `"--user","joe"`, `"id":"8c1f`, `"up":true`} {
		if !strings.Contains(string(raw), stays) {
			t.Errorf("%s is not in %s", stays, raw)
		}
	}
	if got := r.Value([]string{"run", "--token", "x5"}).([]string); got[2] == "x5" || got[0] != "run" {
		t.Errorf("%q", got)
	}
	// Two names that become the same stay two.
	if got := r.Value(map[string]any{"hunter2": "a", "hunter2\u200b": "b"}).(map[string]any); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestSecretOverLines(t *testing.T) {
	got := redact.New([]string{"hunter2hunter2"}).Lines([]string{"a", "b hunter2", "hunter2 c", "d"})
	if len(got) != 4 || strings.Contains(strings.Join(got, ""), "hunter2") || got[0] != "a" || !strings.HasPrefix(got[1], "b «redacted-") || !strings.HasSuffix(got[2], "» c") || got[3] != "d" {
		t.Errorf("%q", got)
	}
	got = redact.New(nil).Lines([]string{"10:00 -----BEGIN PRIVATE KEY-----", "10:00 MIIEabcd", "10:00 -----END PRIVATE KEY-----", "10:01 ready"})
	if strings.Contains(strings.Join(got, ""), "MIIE") || got[3] != "10:01 ready" {
		t.Errorf("%q", got)
	}
}

func TestInvisible(t *testing.T) {
	for c, want := range map[rune]bool{'a': false, ' ': false, '\n': false, 'é': false, '日': false, '«': false, '\u200b': true, '\u202e': true, '\u2066': true, 0: true, '\x1b': true,
		'\u00ad': true, '\ufeff': true, '\U000e0041': true, '\ufe0f': true, '\u2800': true, '\u3164': true, '\u2028': true, '\ue000': true, '\r': true, '\x7f': true} {
		if redact.Invisible(c) != want {
			t.Errorf("%U", c)
		}
	}
	if got := redact.WithoutColours("\x1b[1;31mred\x1b[0m \x1b[2K\x1b]0;title\x07 \x1b["); got != "red \x1b]0;title\x07 \x1b[" {
		t.Errorf("%q", got)
	}
}

// TestHostileText: what is written to cost time costs none. Sixteen times as much of
// it may cost sixty times as much; whatever is quadratic costs 256 times as much.
func TestHostileText(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("it takes some seconds")
	}
	r := redact.New([]string{"hunter2-hunter2", strings.Repeat("a", 5000), strings.Repeat("long line ", 50_000), strings.Repeat("line of many\n", 10_000)})
	cost := func(part string, size int) time.Duration {
		text := strings.Repeat(part, size/len(part))
		best := time.Hour
		for range 3 {
			begun := time.Now()
			r.Text(text)
			best = min(best, time.Since(begun))
		}
		return max(best, time.Millisecond)
	}
	for _, part := range []string{"token:", "token=\"", "auth: a ", "a:b@", "://", "-----BEGIN ", "-----END ", "-----BEGIN A-----\nMIIE\n", "«redacted-abcdef»", "\x1b[", "a", "aB3",
		"\u200b", "--password ", "hunter2-", "«", "\\", "\"", "{\"password\":{", "password=*", "Digest auth=", "Bearer ", "2026-11-25T19:11:05Z ", "\n", "MIIE\n"} {
		var times []string
		for range 3 { // a machine with other work to do disturbs one of them or the other
			small, large := cost(part, 16<<10), cost(part, 256<<10)
			if large < 60*small {
				times = nil
				break
			}
			times = append(times, fmt.Sprintf("%v and %v", small, large))
		}
		if times != nil {
			t.Errorf("%q again and again took %s", part, strings.Join(times, ", "))
		}
	}
}

// FuzzText plants a secret, in some form, perhaps spread over lines: it never comes
// through.
func FuzzText(f *testing.F) {
	f.Add("a", "b", uint8(0), uint8(0))
	f.Add("password=", "\nx", uint8(3), uint8(1))
	f.Add("\xff\xfe", "«redacted-", uint8(7), uint8(2))
	f.Add("-----BEGIN ", "-----END ", uint8(9), uint8(3))
	f.Add("http://a:", "@b", uint8(5), uint8(4))
	f.Add("{\"a\":\"\\", "\"}", uint8(5), uint8(5))
	f.Add("2026-11-25T19:11:05Z ", "\n", uint8(2), uint8(6))
	const planted = "Zq7-planted-Zq7"
	spelled := []string{planted, hex.EncodeToString([]byte(planted)), base64.StdEncoding.EncodeToString([]byte(planted))}
	between := []string{"", "\n", "\r\n\t", "\n2026-11-25T19:11:05Z ", "\u200b", "\x1b[31m", "\x00"}
	f.Fuzz(func(t *testing.T, before, after string, split, how uint8) {
		if len(before)+len(after) > 4000 {
			return
		}
		for i, form := range spelled {
			gap := between[int(how)%len(between)]
			at := 1 + int(split)%(len(form)-1)
			// What leads over the gap must not be a part of what is split.
			if strings.HasPrefix(gap, "\n2026") && strings.ContainsAny(before, "\n|") {
				gap = "\n"
			}
			r := redact.New([]string{planted})
			lines := strings.Split(before+form[:at]+gap+form[at:]+after, "\n")
			got := r.Lines(lines)
			if len(got) != len(lines) {
				t.Fatalf("%d lines became %d", len(lines), len(got))
			}
			all := strings.Join(got, "")
			for _, g := range slices.Concat(between[2:], []string{" "}) {
				all = strings.ReplaceAll(all, strings.Trim(g, "\n"), "")
			}
			// In Base64 the last character or two may stay.
			if whole := form[:len(form)-2*(i/2)]; strings.Contains(all, whole) && !strings.Contains(before+after, whole[:6]) {
				t.Errorf("%q became %q", lines, got)
			}
		}
	})
}

// BenchmarkText shows that time grows with the text, and not with the secrets.
func BenchmarkText(b *testing.B) {
	for _, secrets := range []int{0, 20, 2000} {
		var all []string
		for i := range secrets {
			all = append(all, fmt.Sprintf("secret-number-%d", i))
		}
		for _, lines := range []int{200, 2000, 20_000} {
			text := strings.Repeat("2026-11-25 Error: Cannot connect to redis:6379 token=abc \"a\": 1 8c1f1e3c0c6a7c2a1f0d\n", lines)
			b.Run(fmt.Sprintf("secrets=%d/lines=%d", secrets, lines), func(b *testing.B) {
				r := redact.New(all)
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					r.Text(text)
				}
			})
		}
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
