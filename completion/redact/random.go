package redact

import "strings"

// minRandom is how long a random word must be to be taken for a secret.
const minRandom = 20

// random notes words that look random. What everybody may know stays: digests of
// images, and the ids of containers and commits where it is said that they
// are some. (UUIDs have no part of that length.)
func (f *findings) random() {
	for i := 0; i < len(f.text); {
		end := i
		for end < len(f.text) && inRandom(f.text[end]) {
			end++
		}
		if end-i >= minRandom {
			f.randomIn(i, end)
		}
		i = end + 1
	}
}

func inRandom(c byte) bool { return isAlnum(c) || strings.IndexByte("+/=_-", c) >= 0 }

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// randomIn notes what looks random in a run of characters that keys are made of.
func (f *findings) randomIn(from, to int) {
	run := strings.Trim(f.text[from:to], "=-_/+")
	if isMixed(run) {
		f.add(from, to)
		return
	}
	for i := from; i < to; {
		end := i
		for end < to && isAlnum(f.text[end]) {
			end++
		}
		if end-i >= minRandom && looksRandom(f.text[i:end]) && !f.isPublic(i, end) {
			f.add(i, end)
		}
		i = end + 1
	}
}

// looksRandom judges a word by how many of its pairs of characters are common in
// words that people use. Of those in English and in the names of programs three
// quarters are, of random ones at most a sixth.
func looksRandom(s string) bool {
	pairs, usual := 0, 0
	digits := false
	last := byte(0)
	var seen [256]bool
	different := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case !isAlnum(c):
			last = 0
			continue
		case c >= '0' && c <= '9':
			digits = true
		default:
			c |= 0x20 // small
		}
		if !seen[c] {
			seen[c] = true
			different++
		}
		if last != 0 && (c > '9' || last > '9') {
			pairs++
			if c > '9' && last > '9' && common[last-'a'][c-'a'] {
				usual++
			}
		}
		last = c
	}
	if different < 7 {
		return false // a line of dashes, as it were
	}
	if digits {
		return usual*100 < pairs*45
	}
	return usual*100 < pairs*38 // names without digits are more often only unusual
}

// isMixed judges a run with other characters in it, as Base64 has: few.
func isMixed(s string) bool {
	others := 0
	var lower, upper, digit bool
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z':
			lower = true
		default:
			others++
		}
	}
	return others > 0 && others <= len(s)/8+1 && len(s) >= minRandom-2 && lower && upper && digit && looksRandom(s)
}

// common are the pairs of letters that three quarters of all pairs are of, counted
// in documents and in source code.
var common = table(`abcdilmnrst blu caehlot dei eacdlmnrstx fiot geh haeiot iabceglmnost laeilo
	maeiop nacdegiost ocdflmnprstu paelory raeimnorst seiost taehiorstuwy unrst ve wai yr`)

// table reads words, each a letter with those that come after it.
func table(words string) (out [26][26]bool) {
	for _, w := range strings.Fields(words) {
		for i := 1; i < len(w); i++ {
			out[w[0]-'a'][w[i]-'a'] = true
		}
	}
	return out
}

// isPublic tells whether hexadecimal digits are said to be an id that is no secret.
func (f *findings) isPublic(from, to int) bool {
	if strings.Trim(f.text[from:to], "0123456789abcdef") != "" {
		return false
	}
	before := strings.ToLower(f.text[max(0, from-24):from])
	switch to - from {
	case 64:
		return strings.HasSuffix(before, "sha256:") || endsInWord(before, "container", "image", "layer", "digest", "docker", "containerd", "sandbox", "network", "volume", "id", "overlay2", "pod", "containers", "images", "networks", "volumes")
	case 40:
		return strings.HasSuffix(before, "sha1:") || endsInWord(before, "commit", "revision", "rev", "head", "tree", "ref", "sha", "checkout", "commits", "at", "merge", "resolved")
	case 96, 128:
		return strings.HasSuffix(before, "sha384:") || strings.HasSuffix(before, "sha512:")
	}
	return false
}

// endsInWord tells whether one of the words is the last in a text, but for signs.
func endsInWord(text string, words ...string) bool {
	text = strings.TrimRight(text, " \t\n:=/\"'`([{<-_.@#,")
	for _, w := range words {
		if strings.HasSuffix(text, w) && (len(text) == len(w) || !isAlnum(text[len(text)-len(w)-1])) {
			return true
		}
	}
	return false
}
