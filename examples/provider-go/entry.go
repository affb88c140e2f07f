package main

import (
	"strings"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Entry declares the attributes of properties_entry.
type Entry struct {
	File   string                         `cw:"file,required,replace,normalise=path" doc:"The file, in the provider's folder."`
	Key    Key                            `cw:"key,required,replace" doc:"The entry's name."`
	Value  sdk.Optional[Text]             `cw:"value,optional,tier=approval" doc:"The entry's value."`
	Secret sdk.Optional[sdk.Secret[Text]] `cw:"secret,optional" doc:"The entry's value, which is not shown."`
	Path   sdk.Computed[string]           `cw:"path,computed,from=file" doc:"The file's absolute path."`
}

// Key is the name of an entry.
type Key string

// Validate says which names are right. It is called for each that is known.
func (k Key) Validate() error {
	if k == "" || strings.ContainsAny(string(k), "=:#! \n") {
		return sdk.Errorf("Invalid key", "A key is not empty, and has no =, :, #, !, spaces or line ends. Leave them out.")
	}
	return nil
}

// Text is the value of an entry.
type Text string

// Validate says which values are right.
func (t Text) Validate() error {
	if strings.Contains(string(t), "\n") {
		return sdk.Errorf("Invalid value", "A value is one line. Remove the line ends.")
	}
	return nil
}

// text is what the file should hold.
func (e Entry) text() string {
	if secret, set := e.Secret.Get(); set {
		return string(secret.Reveal())
	}
	return string(e.Value.Or(""))
}

// with is the entry with another text, in the attribute that it was in.
func (e Entry) with(text string) *Entry {
	if e.Secret.IsNull() {
		e.Value = sdk.Some(Text(text))
	} else {
		e.Secret = sdk.Some(sdk.NewSecret(Text(text)))
	}
	return &e
}
