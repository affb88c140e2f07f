package redact

import (
	"slices"
	"strings"
	"unicode"
)

// kind is how sure a name is one of a secret.
type kind int

const (
	ordinary kind = iota
	related       // as the name of a value it is one, in a sentence it is none
	perhaps       // what follows it in a text may be a secret, or a sentence about one
	secret
)

// kindOf judges a name, such as "DB_PASSWORD", "apiKey" or "set-cookie".
func kindOf(name string) kind {
	best := ordinary
	words := wordsOf(name)
	for i, w := range words {
		before := ""
		if i > 0 {
			before = words[i-1]
		}
		switch {
		case contains(secretParts(), w, strings.Contains),
			contains(secretEnds(), w, strings.HasSuffix) && !slices.Contains(otherWords(), w),
			(w == "key" || w == "keys") && slices.Contains(keyOwners(), before),
			(w == "string" || w == "str") && strings.HasPrefix(before, "conn"),
			(w == "url" || w == "uri") && strings.HasSuffix(before, "hook"):
			best = secret
		case best < perhaps && slices.Contains(perhapsWords(), w):
			best = related
			if rest := words[i+1:]; len(rest) == 0 || len(rest) == 1 && slices.Contains(valueWords(), rest[0]) {
				best = perhaps
			}
		}
	}
	// A file with a secret is none, nor is how long one is.
	if best > ordinary && slices.Contains(aboutWords(), words[len(words)-1]) {
		return ordinary
	}
	return best
}

func contains(list []string, word string, is func(s, part string) bool) bool {
	return slices.ContainsFunc(list, func(part string) bool { return is(word, part) })
}

func secretParts() []string {
	return []string{"password", "passwd", "passphrase", "passcode", "secret", "apikey", "authkey", "accesskey", "privatekey", "credential"}
}

func secretEnds() []string { return []string{"token", "pass", "pwd"} }

// otherWords are those that only end like the others.
func otherWords() []string {
	return []string{"bypass", "compass", "encompass", "overpass", "surpass", "trespass", "underpass"}
}

// keyOwners are what a key is secret of.
func keyOwners() []string {
	return []string{"access", "account", "api", "app", "auth", "client", "crypt", "deploy", "encryption", "hmac", "host", "license", "master",
		"private", "root", "service", "session", "shared", "signing", "ssh", "storage", "webhook"}
}

func perhapsWords() []string {
	return []string{"auth", "authorization", "authentication", "bearer", "cookie", "cookies", "creds", "cred", "dsn", "jwt", "otp", "session",
		"sessions", "sessionid", "signature", "tokens", "totp"}
}

func valueWords() []string {
	return []string{"code", "data", "hash", "header", "id", "string", "value"}
}

func aboutWords() []string {
	return []string{"count", "dir", "enabled", "expires", "expiry", "file", "length", "limit", "path", "timeout", "ttl"}
}

// wordsOf splits a name into its words, small.
func wordsOf(name string) []string {
	var out []string
	begin := -1
	flush := func(end int) {
		if begin >= 0 && end > begin {
			out = append(out, strings.ToLower(name[begin:end]))
		}
		begin = -1
	}
	var last rune
	for i, c := range name {
		switch {
		case !unicode.IsLetter(c):
			flush(i)
		case begin < 0:
			begin = i
		case unicode.IsUpper(c) && unicode.IsLower(last):
			flush(i)
			begin = i
		case c < 0x80 && unicode.IsLower(c) && last < 0x80 && unicode.IsUpper(last) && i-1 > begin:
			// "APIKey": the last large letter begins the next word.
			flush(i - 1)
			begin = i - 1
		}
		last = c
	}
	flush(len(name))
	return out
}
