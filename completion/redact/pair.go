package redact

import (
	"slices"
	"strings"
)

const (
	maxName = 80 // bytes of a name that are looked at
	maxGap  = 16 // spaces between a sign and what follows it
)

// pairs notes what follows names of secrets: "name=value", "name: value", and such
// in JSON, in URLs, in headers and in the environment.
func (f *findings) pairs() {
	line := 0 // where the line ends
	for i := 0; i < len(f.text); i++ {
		c := f.text[i]
		if c != '=' && c != ':' {
			continue
		}
		if line <= i {
			line = i + endOf(f.text[i:], "\n")
		}
		// What was taken out is not looked at again.
		i = max(i, f.pair(i, line)-1)
	}
}

// pair looks at the sign at i, in a line that ends at line. It returns the end of
// what it has noted, 0 for nothing.
func (f *findings) pair(i, line int) int {
	begin, end := f.nameBefore(i)
	name := f.text[begin:end]
	k := kindOf(name)
	query := begin > 0 && strings.IndexByte("?&", f.text[begin-1]) >= 0
	if query && slices.Contains(queryNames(), strings.ToLower(name)) {
		k = secret
	}
	if k < perhaps {
		return 0
	}
	from := i + 1
	switch rest := f.text[from:line]; {
	case f.text[i] == ':' && strings.HasPrefix(rest, "//"), f.text[i] == ':' && strings.HasPrefix(rest, ":"):
		return 0
	case f.text[i] == '=' && (strings.HasPrefix(rest, ">") || strings.HasPrefix(rest, "=")), f.text[i] == ':' && strings.HasPrefix(rest, "="):
		from++
	}
	for n := 0; n < maxGap && from < line && (f.text[from] == ' ' || f.text[from] == '\t'); n++ {
		from++
	}
	rest := f.text[from:line]
	begun, length, quoted := value(rest)
	if !quoted {
		length = f.unquoted(rest, begin, i, k, query)
	}
	return f.scheme(name, from+begun, from+begun+length)
}

// nameBefore returns where the name before the sign at i is.
func (f *findings) nameBefore(i int) (begin, end int) {
	end = i
	for end > 0 && i-end < 3 && (f.text[end-1] == ' ' || f.text[end-1] == '\t') {
		end--
	}
	for n := 0; n < 8 && end > 0 && strings.IndexByte("\\\"'`", f.text[end-1]) >= 0; n++ {
		end--
	}
	begin = end
	for begin > 0 && end-begin < maxName && inName(f.text[begin-1]) {
		begin--
	}
	return begin, end
}

func inName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

// queryNames are what secrets are called in URLs, and nowhere else.
func queryNames() []string { return []string{"code", "hmac", "key", "sig"} }

// value returns where in the rest of a line a quoted value is. Quotes may be
// escaped themselves, as in JSON inside JSON: with one backslash, and three in the
// next. Then those inside have as many again and one more.
func value(rest string) (begin, length int, quoted bool) {
	slashes := 0
	for slashes < len(rest) && rest[slashes] == '\\' {
		slashes++
	}
	if slashes >= len(rest) || strings.IndexByte("\"'`", rest[slashes]) < 0 {
		return 0, 0, false
	}
	mark := rest[slashes]
	begin = slashes + 1
	run := 0
	for at := begin; at < len(rest); at++ {
		switch rest[at] {
		case '\\':
			run++
			continue
		case mark:
			if run%(2*(slashes+1)) == slashes {
				return begin, at - slashes - begin, true
			}
		}
		run = 0
	}
	return begin, len(rest) - begin, true // it ends in another line
}

// unquoted returns how much of the rest of a line is the value of the name that
// begins there, and is followed by the sign at i.
func (f *findings) unquoted(rest string, begin, i int, k kind, query bool) int {
	if f.text[i] == '=' && !query && k == secret && f.beginsLine(begin) {
		return len(strings.TrimRight(rest, " \t\"'`,;")) // as in an environment, where spaces belong to it
	}
	if rest != "" && (rest[0] == '{' || rest[0] == '[') {
		if k == perhaps {
			return 0 // what is in it has names of its own
		}
		return bracketed(rest)
	}
	ends := " \t\"'`,;)}]<>"
	if query || strings.ContainsAny(f.text[max(0, begin-1):begin], "?&") {
		ends += "&#"
	}
	n := strings.IndexAny(rest, ends)
	if n < 0 {
		n = len(rest)
	}
	if k == perhaps && (f.text[i] == ':' && n < len(rest) && rest[n] == ' ' && isWord(rest[:n]) || strings.Trim(rest[:n], "0123456789.") == "") {
		return 0 // "auth: cannot connect" is a sentence, "sessions: 5" a number
	}
	return n
}

// bracketed returns how long the object or list is that a text begins with.
func bracketed(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// beginsLine tells whether nothing but what announces a variable is before a place
// in its line.
func (f *findings) beginsLine(at int) bool {
	line := strings.LastIndexByte(f.text[max(0, at-maxPrefix):at], '\n')
	if line < 0 && at > maxPrefix {
		return false
	}
	before := strings.TrimLeft(f.text[max(0, at-maxPrefix)+line+1:at], " \t\"'`-")
	return slices.Contains([]string{"", "export ", "set ", "env ", "ENV ", "ARG ", "e "}, before)
}

func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return !isLower(c) })
}

// scheme notes the value of a name, without the scheme that may be before it in a
// header, as in "Authorization: Bearer". It returns its end, 0 if there is none.
func (f *findings) scheme(name string, from, to int) int {
	lower := strings.ToLower(name)
	v := f.text[from:to]
	switch {
	case strings.Contains(lower, "auth"):
		for _, s := range []string{"bearer", "basic", "token", "digest", "apikey", "negotiate"} {
			if !strings.EqualFold(strings.TrimSpace(v), s) && !(len(v) > len(s) && strings.EqualFold(v[:len(s)], s) && v[len(s)] == ' ') {
				continue
			}
			from += len(s)
			for from < len(f.text) && f.text[from] == ' ' {
				from++
			}
			to = from + endOf(f.text[from:], " \t\n\"'`,;)}]")
			if s == "digest" {
				to = from + endOf(f.text[from:], "\n")
			}
			break
		}
	case strings.Contains(lower, "cookie") && to < len(f.text) && strings.IndexByte(" ;", f.text[to]) >= 0:
		to = from + endOf(f.text[from:], "\n\"'")
	}
	if from >= to || isNothing(f.text[from:to]) {
		return 0
	}
	f.whole(from, to)
	return to
}

func endOf(s, ends string) int {
	if n := strings.IndexAny(s, ends); n >= 0 {
		return n
	}
	return len(s)
}

// isNothing tells whether a value is none, or one that says nothing.
func isNothing(s string) bool {
	return slices.Contains([]string{"null", "nil", "<nil>", "none", "true", "false", "yes", "no", "undefined"}, strings.ToLower(s)) || strings.Trim(s, "*") == ""
}
