package main

import "github.com/clockwork-hcl/clockwork/plugins/sdk"

// Upgrades reads what older versions of the provider have stored.
func (entries) Upgrades() []sdk.Upgrade {
	return []sdk.Upgrade{
		// Version 0 called the key "name".
		func(attributes map[string]any) error {
			attributes["key"] = attributes["name"]
			return nil
		},
	}
}
