package plan

import (
	"net"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/config"
)

// Occasion is when people are told.
type Occasion string

// The occasions.
const (
	OnOpened    Occasion = "opened"
	OnProposed  Occasion = "proposed"
	OnHealed    Occasion = "healed"
	OnEscalated Occasion = "escalated"
)

// Notify is whom to tell. One of Webhook, Command and SMTP is set.
type Notify struct {
	Name    string // "" when it has none
	On      []Occasion
	Webhook *Webhook
	Command []Secret // a program and its arguments
	SMTP    *SMTP
}

// Webhook is an address that a message is posted to. Addresses of webhooks often
// hold what gives access, so they are secret whatever the configuration says.
type Webhook struct {
	URL     Secret
	Secret  Secret // what messages are signed with
	Headers map[string]Secret
}

// SMTP is a mail server, and whom to write to.
type SMTP struct {
	Host     string
	Port     int
	From     string
	To       []string
	Username string
	Password Secret
	StartTLS bool
}

const (
	defaultSMTPPort = 587
	maxPort         = 65535
)

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

func (r *settingsReader) notify(b *config.Notify) Notify {
	n := Notify{Name: b.Name, On: []Occasion{OnOpened, OnProposed, OnHealed, OnEscalated}}
	if on, ok := r.choices("on", b.On, []string{string(OnOpened), string(OnProposed), string(OnHealed), string(OnEscalated)}); ok {
		n.On = nil
		for _, word := range on {
			n.On = append(n.On, Occasion(word))
		}
		if len(n.On) == 0 {
			r.fail(b.On.Range(), "Empty list", "This notify block never tells anybody anything. Name an occasion, or remove the block.")
		}
	}
	switch {
	case b.Webhook != nil:
		n.Webhook = r.webhook(b)
	case b.Command != nil:
		n.Command = r.command(b)
	case b.SMTP != nil:
		n.SMTP = r.smtp(b)
	}
	return n
}

func (r *settingsReader) webhook(b *config.Notify) *Webhook {
	w := &Webhook{}
	if x, ok := r.required("webhook", b.Webhook); ok {
		text := x.value.AsString()
		if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			r.fail(x.at, "Invalid webhook", `A webhook is a whole address. Write one that begins with "https://" or "http://".`)
		} else {
			w.URL = NewSecret(text)
		}
	}
	if x, ok := r.part("secret", b.Secret, cty.String); ok {
		w.Secret = NewSecret(x.value.AsString())
	}
	headers, _ := r.members("headers", b.Headers, nil)
	for name, x := range headers {
		text, ok := r.text(x.part)
		switch {
		case !ok:
		case !headerName.MatchString(name):
			r.fail(x.key, "Invalid header", "The name of a header is made of letters, digits and dashes. Correct it.")
		case strings.ContainsAny(text, "\r\n\x00"):
			r.fail(x.at, "Invalid header", "The value of a header is one line of text. Correct it.")
		default:
			if w.Headers == nil {
				w.Headers = map[string]Secret{}
			}
			w.Headers[name] = NewSecret(text)
		}
	}
	return w
}

func (r *settingsReader) command(b *config.Notify) []Secret {
	whole, ok := r.part("command", b.Command, cty.DynamicPseudoType)
	if !ok {
		r.null("command", b.Command, whole)
		return nil
	}
	parts, ok := r.itemsOf(whole, b.Command)
	var out []Secret
	for _, x := range parts {
		if text, ok := r.text(x); ok {
			out = append(out, NewSecret(text))
		}
	}
	if ok && (len(parts) == 0 || len(out) == len(parts) && out[0].IsZero()) {
		r.fail(whole.at, "Invalid command", "A command is a list of a program and its arguments. Name the program.")
	}
	return out
}

func (r *settingsReader) smtp(b *config.Notify) *SMTP {
	out := &SMTP{Port: defaultSMTPPort, StartTLS: true}
	whole, ok := r.part("smtp", b.SMTP, cty.DynamicPseudoType)
	if !ok {
		r.null("smtp", b.SMTP, whole)
		return out
	}
	m, ok := r.membersOf(member{part: whole, expr: b.SMTP, key: whole.at},
		[]string{"host", "port", "from", "to", "username", "password", "starttls"})
	if !ok {
		return out
	}
	for _, name := range []string{"host", "from", "to"} {
		if _, ok := m[name]; !ok {
			r.fail(b.SMTP.Range(), "Missing required argument", "To send mail, smtp needs %s. Set it.", name)
		}
	}
	text := func(name string, into *string) {
		if x, ok := m[name]; ok {
			*into, _ = r.text(x.part)
		}
	}
	text("host", &out.Host)
	if x, ok := m["host"]; ok && r.isThere(x.part) && (out.Host == "" || strings.ContainsAny(out.Host, ":/ ")) && net.ParseIP(out.Host) == nil {
		r.fail(x.at, "Invalid host", "The host of a mail server is a name or an address, with no port. Write that into port.")
	}
	text("username", &out.Username)
	if x, ok := m["password"]; ok {
		text, _ := r.text(x.part)
		out.Password = NewSecret(text)
		if _, ok := m["username"]; !ok {
			r.fail(x.key, "Missing required argument", "A password is one of a user. Set username too.")
		}
	}
	if x, ok := m["port"]; ok {
		r.numberOf(x.part, maxPort, &out.Port)
	}
	if x, ok := m["starttls"]; ok {
		if v, ok := r.converted(x.part, cty.Bool); ok {
			out.StartTLS = v.True()
		}
	}
	if x, ok := m["from"]; ok {
		out.From = r.address(x.part)
	}
	if x, ok := m["to"]; ok {
		out.To = r.addresses(x)
	}
	return out
}

// addresses reads one mail address, or a list of them.
func (r *settingsReader) addresses(x member) []string {
	if !r.isThere(x.part) {
		return nil
	}
	if x.value.Type() == cty.String {
		return []string{r.address(x.part)}
	}
	parts, ok := r.itemsOf(x.part, x.expr)
	if ok && len(parts) == 0 {
		r.fail(x.at, "Empty list", "There is nobody to write to. Name somebody.")
	}
	var out []string
	for _, p := range parts {
		out = append(out, r.address(p))
	}
	return out
}

func (r *settingsReader) address(p part) string {
	text, ok := r.text(p)
	if !ok {
		return ""
	}
	if _, err := mail.ParseAddress(text); err != nil {
		r.fail(p.at, "Invalid mail address", `This is not a mail address. Write one such as "ops@example.com".`)
	}
	return text
}
