package completion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/clockwork-hcl/clockwork/completion/ask"
	"github.com/clockwork-hcl/clockwork/completion/redact"
)

// What is looked at of one question. It is many times what is sent, so that no
// secret is cut in two before it is found.
const (
	maxLines = 128 << 10 // bytes of one piece's lines
	maxOne   = 64 << 10  // bytes of one line
	maxValue = 128 << 10 // bytes of one piece's value, as JSON
	maxAll   = 1 << 20   // bytes of all of it
	// margin is how much is dropped, beside the longest secret, where lines were cut
	// before they were looked at: more than a private key.
	margin = 8 << 10
)

// known is what is known about a question's subject, as it may leave: this is where
// secrets are taken out, in one go, and where what cannot be seen becomes visible.
func known(q ask.Question, r *redact.Redactor) (*document, error) {
	d := &document{Purpose: q.Purpose}
	all := []any{q.Subject}
	dropped := []int{} // lines of each piece, once secrets are out
	sum := 0
	for _, e := range q.Evidence {
		value, n, err := plain(e.Value)
		if err != nil {
			return nil, fmt.Errorf("its evidence %q cannot be written: %w", e.Name, err)
		}
		lines, before, unsafe := lastLines(e.Lines, longest(q.Secrets)+margin)
		for _, l := range lines {
			n += len(l)
		}
		if n > maxValue+maxLines || sum+n > maxAll {
			d.LeftOut++
			continue
		}
		sum += n
		all = append(all, e.Name, value, lines)
		d.Evidence = append(d.Evidence, item{ID: shown(e.ID), LeftOut: before})
		dropped = append(dropped, unsafe)
	}
	clean, ok := r.Value(all).([]any)
	if !ok || len(clean) != len(all) {
		return nil, errors.New("its secrets cannot be taken out")
	}
	d.Subject = shownAll(clean[0]).(string)
	for i := range d.Evidence {
		e := &d.Evidence[i]
		e.Name = shownAll(clean[3*i+1]).(string)
		e.Value = shownAll(clean[3*i+2])
		lines := clean[3*i+3].([]string)
		e.LeftOut += dropped[i]
		for _, l := range lines[dropped[i]:] {
			e.Lines = append(e.Lines, shown(l))
		}
	}
	return d, d.check(r)
}

// lastLines returns the last lines that are looked at, how many are before them,
// and how many of them are not to be sent, because what is before them may be
// needed to see a secret in them.
func lastLines(lines []string, overlap int) (last []string, before, unsafe int) {
	begin, bytes := len(lines), 0
	for ; begin > 0; begin-- {
		l := lines[begin-1]
		if len(l) > maxOne {
			l = fmt.Sprintf("(a line of %d bytes)", len(l))
		}
		if bytes += len(l) + 1; bytes > maxLines {
			break
		}
		last = append(last, l)
	}
	slices.Reverse(last)
	for skipped := 0; begin > 0 && skipped < overlap && unsafe < len(last); unsafe++ {
		skipped += len(last[unsafe]) + 1
	}
	return last, begin, unsafe
}

func longest(secrets []string) int {
	n := 0
	for _, s := range secrets {
		n = max(n, len(s))
	}
	return min(n, maxLines/2)
}

// check sees to it that no known secret is in the document. It is a net below the
// rope: if it ever holds something, nothing is sent.
func (d *document) check(r *redact.Redactor) error {
	texts := []string{d.Subject}
	for _, e := range d.Evidence {
		texts = append(append(texts, e.Name), e.Lines...)
		texts = append(texts, textsIn(e.Value)...)
	}
	if slices.ContainsFunc(texts, r.Shows) {
		return errors.New("a secret cannot be taken out of it")
	}
	return nil
}

// plain returns a value as encoding/json decodes it, and how many bytes it has.
func plain(v any) (any, int, error) {
	if v == nil {
		return nil, 0, nil
	}
	raw, err := encoded(v)
	if err != nil {
		return nil, 0, err
	}
	if len(raw) > maxValue {
		return nil, maxAll, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out any
	err = d.Decode(&out)
	return out, len(raw), err
}
