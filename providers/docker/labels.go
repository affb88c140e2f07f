package docker

import (
	"maps"

	"github.com/docker/docker/api/types/filters"
)

// The labels that everything made here carries.
const (
	labelProject = "clockwork.project"
	labelAddress = "clockwork.address"
	labelIntent  = "clockwork.intent"
	labelPrefix  = "clockwork."
)

// labels are those that the user set, and ours.
func (s scope) labels(own map[string]string, intent string) map[string]string {
	all := maps.Clone(own)
	if all == nil {
		all = map[string]string{}
	}
	all[labelProject] = s.project.Name
	all[labelAddress] = s.target.Address
	all[labelIntent] = intent
	return all
}

// isOurs tells whether what carries the labels was made for this address of
// this project.
func (s scope) isOurs(labels map[string]string) bool {
	return labels[labelProject] == s.project.Name && labels[labelAddress] == s.target.Address
}

// madeBy finds what was made with an intent.
func madeBy(intent string) filters.Args {
	return filters.NewArgs(filters.Arg("label", labelIntent+"="+intent))
}

// owner says in words whose an object is that stands in the way.
func (s scope) owner(labels map[string]string) string {
	address, project := labels[labelAddress], labels[labelProject]
	switch {
	case address == "":
		return "it was not made by Clockwork"
	case project == s.project.Name:
		return "it belongs to " + address
	}
	return "it belongs to " + address + " of the project " + project
}

// labelsAsSet returns the labels that are there, as far as the user set any:
// those that came from an image or from Clockwork are left out, unless they
// take the place of what the user set.
func labelsAsSet(there, set map[string]string) map[string]string {
	out := map[string]string{}
	for k := range set {
		if v, ok := there[k]; ok {
			out[k] = v
		}
	}
	return out
}
