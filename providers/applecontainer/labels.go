package applecontainer

import (
	"encoding/json"
	"maps"
	"strings"
)

// The labels that every container made here carries.
const (
	labelProject = "clockwork.project"
	labelAddress = "clockwork.address"
	labelIntent  = "clockwork.intent"
	labelPrefix  = "clockwork."
	// labelSystem is what the labels begin with that Apple's own tools set.
	labelSystem = "com.apple.container"
)

// labels are those that the user set, and ours.
func (s scope) labels(own map[string]string, intent string) map[string]string {
	all := maps.Clone(own)
	all[labelProject] = labelValue(s.project.Name)
	all[labelAddress] = labelValue(s.target.Address)
	all[labelIntent] = intent
	return all
}

// labelValue writes a text so that it can be a label's value: the command takes
// none with an equals sign, which an address may have in its key.
func labelValue(text string) string {
	return strings.NewReplacer("%", "%25", "=", "%3D").Replace(text)
}

// owner says in words whose a container is that stands in the way.
func (s scope) owner(labels map[string]string) string {
	address, project := labels[labelAddress], labels[labelProject]
	switch {
	case address == "":
		return "It was not made by Clockwork"
	case project != labelValue(s.project.Name):
		return "It belongs to " + address + " of the project " + project
	case address == labelValue(s.target.Address):
		return "It was made for this resource before"
	}
	return "It belongs to " + address
}

// private is what is remembered of a container beside its attributes: the
// intent that it was made with, which tells it from another one of its name.
// One that was imported may have none.
type private struct {
	Intent string `json:"intent,omitempty"`
}

func (p private) bytes() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		return nil // a string can always be written
	}
	return b
}

// isOurs tells whether a container is the one that is remembered.
func isOurs(f *found, remembered []byte) bool {
	var p private
	if f == nil {
		return false
	}
	if len(remembered) > 0 && json.Unmarshal(remembered, &p) != nil {
		return false
	}
	return p.Intent == "" || f.labels[labelIntent] == p.Intent
}
