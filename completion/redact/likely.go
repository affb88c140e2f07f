package redact

import (
	"regexp"
	"strings"
)

// likely notes all that looks like a secret.
func (f *findings) likely() {
	f.pem()
	f.pairs()
	f.flags()
	f.userinfo()
	f.patterns()
	f.random()
}

// maxPEM is how long a PEM block may be: twice that of the longest RSA keys.
const maxPEM = 16 << 10

// pem notes PEM blocks (RFC 7468), in whose lines there may be anything else, such
// as the time; and what is left of them where their beginning or end is cut off.
func (f *findings) pem() {
	end := 0
	for {
		n := strings.Index(f.text[end:], pemBegin)
		if n < 0 {
			break
		}
		from := end + n
		f.pemEnds(end, from)
		to := strings.Index(f.text[from:min(len(f.text), from+maxPEM)], pemEnd)
		if to >= 0 {
			end = from + to + len(pemEnd)
			if n := strings.Index(f.text[end:min(len(f.text), end+maxName)], "-----"); n >= 0 {
				end += n + len("-----")
			}
		} else {
			end = from + len(pemBegin)
			if n := strings.Index(f.text[end:min(len(f.text), end+maxName)], "-----"); n >= 0 {
				end += n + len("-----")
			}
			end += len(pemBody.FindString(f.text[end:min(len(f.text), end+maxPEM)]))
		}
		f.add(from, end)
	}
	f.pemEnds(end, len(f.text))
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// pemEnds notes what is before the ends of blocks whose beginnings are not there.
func (f *findings) pemEnds(from, to int) {
	for from < to {
		n := strings.Index(f.text[from:to], pemEnd)
		if n < 0 {
			return
		}
		end := from + n
		begin := end
		for begin > from {
			line := strings.LastIndexByte(f.text[from:begin-1], '\n') + 1 + from
			if !pemLine.MatchString(f.text[line:begin]) {
				break
			}
			begin = line
		}
		f.add(begin, end)
		from = end + len(pemEnd)
	}
}

// flags notes what follows options such as "--password" on a command line.
func (f *findings) flags() {
	if !strings.Contains(f.text, "-") {
		return
	}
	for _, m := range flag.FindAllStringSubmatchIndex(f.text, -1) {
		if kindOf(f.text[m[2]:m[3]]) != ordinary {
			f.whole(m[4], m[5])
		}
	}
}

// userinfo notes who somebody is, and with which password, in URLs and in what is
// like one. A password may have characters that it must not have there.
func (f *findings) userinfo() {
	if !strings.Contains(f.text, "@") {
		return
	}
	for _, m := range userinfo.FindAllStringSubmatchIndex(f.text, -1) {
		f.add(m[2], m[3])
		if _, password, ok := strings.Cut(f.text[m[2]:m[3]], ":"); ok {
			f.whole(m[3]-len(password), m[3])
		}
	}
	for _, m := range userinfoWide.FindAllStringSubmatchIndex(f.text, -1) {
		if !port.MatchString(f.text[m[4]:m[5]]) {
			f.add(m[2], m[5])
			f.whole(m[4], m[5])
		}
	}
	for _, m := range login.FindAllStringSubmatchIndex(f.text, -1) {
		if after := f.text[m[1]:]; !strings.HasPrefix(after, "sha256:") && !strings.HasPrefix(after, "sha512:") && f.text[m[2]:m[3]] != "mailto" {
			f.whole(m[4], m[5])
		}
	}
}

// patterns notes what has the form of a certain kind of key.
func (f *findings) patterns() {
	for _, p := range patterns {
		if !p.near(f.text) {
			continue
		}
		for _, m := range p.FindAllStringSubmatchIndex(f.text, -1) {
			if !p.words || !isWord(strings.ReplaceAll(f.text[m[2]:m[3]], "-", "")) {
				f.add(m[2], m[3])
			}
		}
	}
}

// pattern finds what its first group matches, in texts that have one of the words
// in beside.
type pattern struct {
	*regexp.Regexp
	beside string
	// words says that small letters alone are no match.
	words bool
}

func (p pattern) near(text string) bool {
	for s := range strings.FieldsSeq(p.beside) {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

var (
	// Whole lines, and the first word of the next.
	pemBody = regexp.MustCompile(`^(?:(?:[ \t"']*(?:[A-Za-z0-9+/=]|\\+[nrt])*|(?:Proc-Type|DEK-Info|Comment|Version): [^\n]*)[ \t"',]*\n)*[ \t"']*(?:[A-Za-z0-9+/=]|\\+[nrt])*`)
	pemLine = regexp.MustCompile(`^[ \t"']*(?:[A-Za-z0-9+/=]|\\[nr])+[ \t"',]*\n?$`)

	flag         = regexp.MustCompile(`(?:^|[\s"'\[,])--?([A-Za-z][A-Za-z0-9_.-]*)["']?,?[ \t]+["']?([^\s"'-][^\s"']*)`)
	userinfo     = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://([^\s/?#"'<>]+)@`)
	userinfoWide = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://([^\s:/?#@"'<>]*):([^\s"'<>]+)@`)
	port         = regexp.MustCompile(`^[0-9]{1,5}(?:[/?#]|$)`)
	login        = regexp.MustCompile(`([A-Za-z0-9_.-]+):([^\s:@/"'<>(){}]{3,})@`)

	patterns = []pattern{
		{Regexp: regexp.MustCompile(`(?i)\bbearer[ \t]+([a-z0-9._~+/=-]{8,})`), beside: "earer EARER", words: true},
		{Regexp: regexp.MustCompile(`(?i)\bbasic[ \t]+([a-z0-9+/=_-]{8,})`), beside: "asic ASIC", words: true},
		{Regexp: regexp.MustCompile(`(?:^|\s)(?:-u|--user)[ \t=]*["']?[^\s:"']+:([^\s"']*[^\s"'0-9][^\s"']*)`), beside: "-u --user"}, // curl
		// JSON Web Tokens, also encrypted ones, which have five parts.
		{Regexp: regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*)*)`), beside: "eyJ"},
		{Regexp: regexp.MustCompile(`\b((?:A3T[A-Z0-9]|AKIA|ASIA|AROA|AIDA|AGPA|ABIA|ACCA)[A-Z0-9]{12,})\b`),
			beside: "A3T AKIA ASIA AROA AIDA AGPA ABIA ACCA"},
		{Regexp: regexp.MustCompile(`([A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34})`), beside: "Q~"}, // Azure
		{Regexp: regexp.MustCompile(`\b(AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{10,}|GOCSPX-[A-Za-z0-9_-]{10,})`), beside: "AIza ya29. GOCSPX-"},
		{Regexp: regexp.MustCompile(`\b((?:gh[pousr]_|github_pat_|glpat-|gldt-|glrt-|glcbt-|glsoat-|gloas-|glptt-)[A-Za-z0-9._-]{10,})`),
			beside: "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glcbt- glsoat- gloas- glptt-"},
		{Regexp: regexp.MustCompile(`\b((?:xox[abeoprs]-|xapp-)[A-Za-z0-9-]{8,})`), beside: "xox xapp-"},
		{Regexp: regexp.MustCompile(`hooks\.slack\.com/[a-z]+/([A-Za-z0-9/_-]+)`), beside: "hooks.slack.com/"},
		{Regexp: regexp.MustCompile(`discord(?:app)?\.com/api/webhooks/([A-Za-z0-9/_-]+)`), beside: "/api/webhooks/"},
		// Stripe, OpenAI, Anthropic, OpenRouter, and many that do as they do.
		{Regexp: regexp.MustCompile(`\b((?:sk|pk|rk)[-_][A-Za-z0-9][A-Za-z0-9._-]{9,}|whsec_[A-Za-z0-9+/=]{10,})`), beside: "sk- sk_ pk_ rk_ pk- rk- whsec_"},
		{Regexp: regexp.MustCompile(`\b((?:npm_|pypi-|hf_|dop_v1_|doo_v1_|dckr_pat_|shp(?:at|ca|pa|ss)_|glsa_|glc_|lin_api_|hv[sbr]\.|key-|tskey-|NRAK-|dapi|dp\.[a-z]+\.|gsk_|xai-|r8_|nvapi-|fw_|pplx-|tgp_v1_)[A-Za-z0-9._-]{16,})`),
			beside: "npm_ pypi- hf_ do dckr_pat_ shp glsa_ glc_ lin_api_ hv key- NRAK- dapi dp. gsk_ xai- r8_ nvapi- fw_ pplx- tgp_v1_"},
		{Regexp: regexp.MustCompile(`\b(SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})`), beside: "SG."},
		{Regexp: regexp.MustCompile(`\b(\d{8,10}:[A-Za-z0-9_-]{35})\b`), beside: ":"}, // Telegram
		{Regexp: regexp.MustCompile(`([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{20,})`), beside: ".atlasv1."},
		{Regexp: regexp.MustCompile(`(AGE-SECRET-KEY-1[A-Z0-9]{20,})`), beside: "AGE-SECRET-KEY-1"},
		// Hashes of passwords, as in /etc/shadow and .htpasswd.
		{Regexp: regexp.MustCompile(`(\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|argon2(?:i|d|id)|scrypt|pbkdf2[a-z0-9-]*)\$[A-Za-z0-9./$=,+_-]{12,})`), beside: "$"},
	}
)
