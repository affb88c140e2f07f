package vet

import "context"

// GateNames are the names of all gates, in order.
func GateNames() []string {
	var names []string
	for _, g := range gates() {
		names = append(names, g.name)
	}
	return names
}

// VetWithout asks all gates but one, which allows.
func VetWithout(ctx context.Context, r Request, name string) Verdict {
	all := gates()
	for i := range all {
		if all[i].name == name {
			all[i].ask = func(context.Context, *vetting) (Outcome, error) { return Allow, nil }
		}
	}
	return vet(ctx, r, all)
}

// VetBySilence asks one gate that says nothing, or none at all.
func VetBySilence(ctx context.Context, r Request, gates ...string) Verdict {
	var silent []gate
	for _, name := range gates {
		silent = append(silent, gate{name: name, ask: func(context.Context, *vetting) (o Outcome, err error) { return }})
	}
	return vet(ctx, r, silent)
}
