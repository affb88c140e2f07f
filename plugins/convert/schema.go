package convert

import (
	"fmt"

	"github.com/clockwork-hcl/clockwork/plugins/proto"
	"github.com/clockwork-hcl/clockwork/providers"
	"github.com/zclconf/go-cty/cty"
)

// EncodeSchema turns a schema into what is sent. It fails for types and
// defaults that cannot be sent; whether the schema makes sense is for its own
// Check to say.
func EncodeSchema(s *providers.Schema) (*proto.Schema, error) {
	c := s.Capabilities
	out := &proto.Schema{
		Resources: make(map[string]*proto.ResourceType, len(s.Resources)),
		Data:      make(map[string]*proto.DataType, len(s.Data)),
		Asserts:   make(map[string]*proto.AssertType, len(s.Asserts)),
		Capabilities: &proto.Capabilities{
			Plan: c.Plan, Import: c.Import, Data: c.Data, Check: c.Check,
			Diagnose: c.Diagnose, Watch: c.Watch, Recover: c.Recover, Upgrade: c.Upgrade,
		},
	}
	var err error
	if s.Provider != nil {
		if out.Provider, err = encodeObject(s.Provider); err != nil {
			return nil, fmt.Errorf("provider configuration: %w", err)
		}
	}
	for name, r := range s.Resources {
		object, err := encodeObject(&r.Object)
		if err != nil {
			return nil, fmt.Errorf("resource %s: %w", name, err)
		}
		out.Resources[name] = &proto.ResourceType{
			Object: object, Version: int64(r.Version), CustomPlan: r.CustomPlan,
			CustomValidate: r.CustomValidate, Watchable: r.Watchable, CheckInterval: r.CheckInterval,
			PlanAlways:    r.PlanAlways,
			Restartable:   r.Restartable,
			IdentitySpace: r.Identity.Space, IdentityAttributes: r.Identity.Attributes,
		}
	}
	for name, d := range s.Data {
		object, err := encodeObject(&d.Object)
		if err != nil {
			return nil, fmt.Errorf("data %s: %w", name, err)
		}
		out.Data[name] = &proto.DataType{Object: object, CustomValidate: d.CustomValidate}
	}
	for name, a := range s.Asserts {
		object, err := encodeObject(&a.Object)
		if err != nil {
			return nil, fmt.Errorf("assert %s: %w", name, err)
		}
		out.Asserts[name] = &proto.AssertType{Object: object, Targets: a.Targets}
	}
	return out, nil
}

func encodeObject(o *providers.Object) (*proto.Object, error) {
	out := &proto.Object{
		Description:  o.Description,
		Attributes:   make(map[string]*proto.Attribute, len(o.Attributes)),
		ExactlyOneOf: encodeGroups(o.ExactlyOneOf),
		AtMostOneOf:  encodeGroups(o.AtMostOneOf),
		AtLeastOneOf: encodeGroups(o.AtLeastOneOf),
	}
	for name, a := range o.Attributes {
		attribute, err := encodeAttribute(a)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		out.Attributes[name] = attribute
	}
	return out, nil
}

func encodeAttribute(a *providers.Attribute) (*proto.Attribute, error) {
	out := &proto.Attribute{
		Description: a.Description, Deprecated: a.Deprecated,
		Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive,
		ForceNew: a.ForceNew, Normalise: string(a.Normalise), Enum: a.Enum,
		Stable: a.Stable, Completable: a.Completable, Tier: proto.Attribute_Tier(a.Tier),
	}
	if a.DependsOn != nil {
		out.DependsOn = &proto.Dependencies{Names: a.DependsOn}
	}
	var err error
	if a.Nested != nil {
		object, err := encodeObject(&a.Nested.Object)
		if err != nil {
			return nil, err
		}
		out.Nested = &proto.Nested{
			Nesting: proto.Nested_Nesting(a.Nested.Nesting), Object: object, Block: a.Nested.Block,
			MinItems: int64(a.Nested.MinItems), MaxItems: int64(a.Nested.MaxItems),
		}
	} else {
		if a.Type == cty.NilType {
			return nil, fmt.Errorf("it has no type")
		}
		if out.Type, err = encodeType(a.Type); err != nil {
			return nil, err
		}
	}
	if a.Default != cty.NilVal {
		if out.Default, err = NewCodec(a.ValueType()).Encode(nil, a.Default); err != nil {
			return nil, fmt.Errorf("default: %w", err)
		}
	}
	return out, nil
}

func encodeGroups(groups [][]string) []*proto.Object_Group {
	var out []*proto.Object_Group
	for _, names := range groups {
		out = append(out, &proto.Object_Group{Names: names})
	}
	return out
}

// DecodeSchema turns back what EncodeSchema made. It fails for what has no
// meaning; call the schema's Check for the rest.
func DecodeSchema(in *proto.Schema) (*providers.Schema, error) {
	c := in.GetCapabilities()
	out := &providers.Schema{
		Resources: make(map[string]*providers.ResourceType, len(in.GetResources())),
		Data:      make(map[string]*providers.DataType, len(in.GetData())),
		Asserts:   make(map[string]*providers.AssertType, len(in.GetAsserts())),
		Capabilities: providers.Capabilities{
			Plan: c.GetPlan(), Import: c.GetImport(), Data: c.GetData(), Check: c.GetCheck(),
			Diagnose: c.GetDiagnose(), Watch: c.GetWatch(), Recover: c.GetRecover(), Upgrade: c.GetUpgrade(),
		},
	}
	if in.GetProvider() != nil {
		object, err := decodeObject(in.GetProvider())
		if err != nil {
			return nil, fmt.Errorf("provider configuration: %w", err)
		}
		out.Provider = &object
	}
	for name, r := range in.GetResources() {
		object, err := decodeObject(r.GetObject())
		if err != nil {
			return nil, fmt.Errorf("resource %s: %w", name, err)
		}
		out.Resources[name] = &providers.ResourceType{
			Object: object, Version: int(r.GetVersion()), CustomPlan: r.GetCustomPlan(),
			CustomValidate: r.GetCustomValidate(), Watchable: r.GetWatchable(), CheckInterval: r.GetCheckInterval(),
			PlanAlways:  r.GetPlanAlways(),
			Restartable: r.GetRestartable(),
			Identity:    providers.Identity{Space: r.GetIdentitySpace(), Attributes: r.GetIdentityAttributes()},
		}
	}
	for name, d := range in.GetData() {
		object, err := decodeObject(d.GetObject())
		if err != nil {
			return nil, fmt.Errorf("data %s: %w", name, err)
		}
		out.Data[name] = &providers.DataType{Object: object, CustomValidate: d.GetCustomValidate()}
	}
	for name, a := range in.GetAsserts() {
		object, err := decodeObject(a.GetObject())
		if err != nil {
			return nil, fmt.Errorf("assert %s: %w", name, err)
		}
		out.Asserts[name] = &providers.AssertType{Object: object, Targets: a.GetTargets()}
	}
	return out, nil
}

func decodeObject(in *proto.Object) (providers.Object, error) {
	out := providers.Object{
		Description:  in.GetDescription(),
		Attributes:   make(map[string]*providers.Attribute, len(in.GetAttributes())),
		ExactlyOneOf: decodeGroups(in.GetExactlyOneOf()),
		AtMostOneOf:  decodeGroups(in.GetAtMostOneOf()),
		AtLeastOneOf: decodeGroups(in.GetAtLeastOneOf()),
	}
	for name, a := range in.GetAttributes() {
		attribute, err := decodeAttribute(a)
		if err != nil {
			return providers.Object{}, fmt.Errorf("attribute %s: %w", name, err)
		}
		out.Attributes[name] = attribute
	}
	return out, nil
}

func decodeAttribute(in *proto.Attribute) (*providers.Attribute, error) {
	if in.GetTier() < 0 || in.GetTier() > proto.Attribute_TIER_FREE {
		return nil, fmt.Errorf("there is no tier %d", in.GetTier())
	}
	out := &providers.Attribute{
		Description: in.GetDescription(), Deprecated: in.GetDeprecated(),
		Required: in.GetRequired(), Optional: in.GetOptional(), Computed: in.GetComputed(), Sensitive: in.GetSensitive(),
		ForceNew: in.GetForceNew(), Normalise: providers.Normaliser(in.GetNormalise()), Enum: in.GetEnum(),
		Stable: in.GetStable(), Completable: in.GetCompletable(), Tier: providers.Tier(in.GetTier()),
	}
	if in.GetDependsOn() != nil {
		out.DependsOn = append([]string{}, in.GetDependsOn().GetNames()...)
	}
	var err error
	if nested := in.GetNested(); nested != nil {
		if nested.GetNesting() < proto.Nested_NESTING_SINGLE || nested.GetNesting() > proto.Nested_NESTING_MAP {
			return nil, fmt.Errorf("there is no nesting %d", nested.GetNesting())
		}
		object, err := decodeObject(nested.GetObject())
		if err != nil {
			return nil, err
		}
		out.Nested = &providers.Nested{
			Nesting: providers.Nesting(nested.GetNesting()), Object: object, Block: nested.GetBlock(),
			MinItems: int(nested.GetMinItems()), MaxItems: int(nested.GetMaxItems()),
		}
	} else if out.Type, err = decodeType(in.GetType()); err != nil {
		return nil, err
	}
	if out.Default, err = NewCodec(out.ValueType()).Decode(in.GetDefault()); err != nil {
		return nil, fmt.Errorf("default: %w", err)
	}
	return out, nil
}

func decodeGroups(groups []*proto.Object_Group) [][]string {
	var out [][]string
	for _, g := range groups {
		out = append(out, g.GetNames())
	}
	return out
}
