package memory

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// watchBuffer is how many changes a watcher can be behind before it must look
// at everything again.
const watchBuffer = 256

func (p *provider) Data(ctx context.Context, req providers.DataRequest) (providers.DataResponse, error) {
	name := req.Config.GetAttr("name").AsString()
	c, err := p.begin(ctx, OpData, req.Configuration, name)
	if err != nil {
		return providers.DataResponse{}, err
	}
	defer c.leave()
	resp := providers.DataResponse{State: cty.NullVal(req.Config.Type())}
	if ds, err, failed := c.refused(); failed {
		resp.Diagnostics = ds
		return resp, err
	}
	item := c.readItem(nothingOf(p.types[itemType]))
	if item.IsNull() {
		resp.Diagnostics = attrDiag("name", "No such item", "There is no item named %q. Make it first, or correct the name.", name)
		return resp, nil
	}
	attrs := map[string]cty.Value{}
	for attribute := range p.schema.Data[itemType].Attributes {
		attrs[attribute] = item.GetAttr(attribute)
	}
	resp.State = cty.ObjectVal(attrs)
	return resp, nil
}

func (p *provider) Check(ctx context.Context, req providers.CheckRequest) (providers.CheckResponse, error) {
	if req.State.IsNull() {
		return providers.CheckResponse{Message: "it was never applied"}, nil
	}
	c, err := p.begin(ctx, OpCheck, req.Configuration, req.State.GetAttr("name").AsString())
	if err != nil {
		return providers.CheckResponse{}, err
	}
	defer c.leave()
	if _, err, failed := c.refused(); failed {
		return providers.CheckResponse{Message: "the store could not be asked"}, err
	}
	item, exists := c.store.Item(c.key.namespace, c.key.name)
	switch {
	case !exists:
		return providers.CheckResponse{Outcome: providers.Fail, Message: "it does not exist"}, nil
	case !item.Ready:
		return providers.CheckResponse{Outcome: providers.Fail, Message: "it is only half made"}, nil
	case req.Assert == "item_exists":
		return providers.CheckResponse{Outcome: providers.Pass, Message: "it exists"}, nil
	case req.Assert != "item_value":
		return providers.CheckResponse{}, fmt.Errorf("memory provider: there is no assert %q", req.Assert)
	}
	return checkValue(item, req.Config), nil
}

func checkValue(item Item, config cty.Value) providers.CheckResponse {
	var value string
	if item.Value != nil {
		value = *item.Value
	}
	if want := config.GetAttr("equals"); !want.IsNull() {
		if item.Value != nil && value == want.AsString() {
			return providers.CheckResponse{Outcome: providers.Pass, Message: "its value is as expected"}
		}
		return providers.CheckResponse{Outcome: providers.Fail, Message: "its value is not as expected"}
	}
	pattern, err := regexp.Compile(config.GetAttr("matches").AsString())
	if err != nil {
		return providers.CheckResponse{Message: "the pattern cannot be read", Diagnostics: attrDiag("matches",
			"Not a regular expression", `The value of "matches" cannot be read as a regular expression. Correct it.`)}
	}
	if pattern.MatchString(value) {
		return providers.CheckResponse{Outcome: providers.Pass, Message: "its value matches"}
	}
	return providers.CheckResponse{Outcome: providers.Fail, Message: "its value does not match"}
}

func (p *provider) Diagnose(ctx context.Context, req providers.DiagnoseRequest) (providers.DiagnoseResponse, error) {
	c, err := p.begin(ctx, OpDiagnose, req.Configuration, req.State.GetAttr("name").AsString())
	if err != nil {
		return providers.DiagnoseResponse{}, err
	}
	defer c.leave()
	if ds, err, failed := c.refused(); failed {
		return providers.DiagnoseResponse{Summary: "The store cannot be asked.", Diagnostics: ds}, err
	}
	now, err := c.read(req.Type, req.State)
	switch {
	case err != nil:
		return providers.DiagnoseResponse{}, err
	case now.IsNull():
		return providers.DiagnoseResponse{Summary: "It is gone.", Facts: map[string]string{"exists": "false"}}, nil
	}
	var logs []string
	facts := map[string]string{"exists": "true", "id": now.GetAttr("id").AsString()}
	summary := "It is there."
	if item, ok := c.store.Item(c.key.namespace, c.key.name); req.Type == itemType && ok {
		facts["revision"] = strconv.Itoa(item.Revision)
		facts["ready"] = strconv.FormatBool(item.Ready)
		logs = item.Log
		if !item.Ready {
			summary = "It is only half made."
		}
	}
	return providers.DiagnoseResponse{Summary: summary, Facts: facts, Logs: logs}, nil
}

func (p *provider) Watch(ctx context.Context, req providers.WatchRequest, notify func(providers.Event)) error {
	ns, err := p.namespace(req.Configuration)
	if err != nil {
		return err
	}
	type object struct{ typeName, name string }
	addresses := map[object][]string{}
	for _, r := range req.Resources {
		o := object{r.Type, r.State.GetAttr("name").AsString()}
		addresses[o] = append(addresses[o], r.Address)
	}
	changes, stop := p.store.watch()
	defer stop()
	notify(providers.Event{Kind: providers.Resync})
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-changes:
			if len(changes) >= watchBuffer-1 { // there may have been no room for more
				for len(changes) > 0 {
					<-changes
				}
				notify(providers.Event{Kind: providers.Resync})
				continue
			}
			if c.key.namespace != ns {
				continue
			}
			for _, address := range addresses[object{c.typeName, c.key.name}] {
				notify(providers.Event{Address: address, Kind: c.kind, Message: "it was " + c.kind})
			}
		}
	}
}
