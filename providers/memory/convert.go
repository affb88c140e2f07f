package memory

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// itemOf reads what is wanted of an item from a planned value; what the world
// decides (id, revision, intent) is left out.
func itemOf(v cty.Value) *Item {
	item := &Item{
		Name:   v.GetAttr("name").AsString(),
		Kind:   v.GetAttr("kind").AsString(),
		Value:  stringPtr(v.GetAttr("value")),
		Secret: stringPtr(v.GetAttr("secret")),
		Limit:  bytesPtr(v.GetAttr("limit")),
	}
	if shelf := stringPtr(v.GetAttr("shelf")); shelf != nil {
		item.Shelf = *shelf
	}
	if tags := v.GetAttr("tags"); !tags.IsNull() {
		item.Tags = map[string]string{}
		for k, t := range tags.AsValueMap() {
			item.Tags[k] = t.AsString()
		}
	}
	if parts := v.GetAttr("part"); !parts.IsNull() {
		for _, part := range parts.AsValueSlice() {
			weight, _ := part.GetAttr("weight").AsBigFloat().Int64()
			item.Parts = append(item.Parts, Part{
				Name:   part.GetAttr("name").AsString(),
				Size:   bytesPtr(part.GetAttr("size")),
				Weight: weight,
			})
		}
	}
	return item
}

// itemValue describes an item as it is in the world. was is what is known of
// it: the spelling in it is kept where it says the same.
func itemValue(item *Item, was cty.Value) cty.Value {
	v := map[string]cty.Value{
		"name":     cty.StringVal(item.Name),
		"shelf":    cty.NullVal(cty.String),
		"kind":     cty.StringVal(item.Kind),
		"value":    stringValue(item.Value),
		"secret":   stringValue(item.Secret),
		"limit":    bytesValue(item.Limit, was.GetAttr("limit")),
		"tags":     cty.NullVal(cty.Map(cty.String)),
		"id":       cty.StringVal(item.ID),
		"revision": cty.NumberIntVal(int64(item.Revision)),
		"checksum": checksum(stringValue(item.Value)),
	}
	if item.Shelf != "" {
		v["shelf"] = cty.StringVal(item.Shelf)
	}
	if item.Tags != nil {
		tags := map[string]cty.Value{}
		for k, t := range item.Tags {
			tags[k] = cty.StringVal(t)
		}
		v["tags"] = cty.MapValEmpty(cty.String)
		if len(tags) > 0 {
			v["tags"] = cty.MapVal(tags)
		}
	}
	wasParts := was.GetAttr("part")
	v["part"] = wasParts
	if len(item.Parts) > 0 {
		var parts []cty.Value
		for i, part := range item.Parts {
			wasSize := cty.NullVal(cty.String)
			if !wasParts.IsNull() && i < wasParts.LengthInt() {
				wasSize = wasParts.Index(cty.NumberIntVal(int64(i))).GetAttr("size")
			}
			parts = append(parts, cty.ObjectVal(map[string]cty.Value{
				"name":   cty.StringVal(part.Name),
				"size":   bytesValue(part.Size, wasSize),
				"weight": cty.NumberIntVal(part.Weight),
				"id":     cty.StringVal(item.ID + "." + part.Name),
			}))
		}
		v["part"] = cty.ListVal(parts)
	} else if !wasParts.IsNull() && wasParts.LengthInt() > 0 {
		v["part"] = cty.ListValEmpty(wasParts.Type().ElementType())
	}
	return cty.ObjectVal(v)
}

// checksum is the SHA-256 of a value that may be null or unknown.
func checksum(v cty.Value) cty.Value {
	switch {
	case !v.IsKnown():
		return cty.UnknownVal(cty.String)
	case v.IsNull():
		return cty.NullVal(cty.String)
	}
	sum := sha256.Sum256([]byte(v.AsString()))
	return cty.StringVal(hex.EncodeToString(sum[:]))
}

func stringPtr(v cty.Value) *string {
	if v.IsNull() {
		return nil
	}
	s := v.AsString()
	return &s
}

func stringValue(s *string) cty.Value {
	if s == nil {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(*s)
}

// bytesPtr reads a size; Validate has seen that it is one.
func bytesPtr(v cty.Value) *int64 {
	if v.IsNull() {
		return nil
	}
	n, err := providers.ParseBytes(v.AsString())
	if err != nil {
		return nil
	}
	return &n
}

func bytesValue(n *int64, was cty.Value) cty.Value {
	if n == nil {
		return cty.NullVal(cty.String)
	}
	if old := bytesPtr(was); old != nil && *old == *n {
		return was
	}
	return cty.StringVal(strconv.FormatInt(*n, 10))
}
