package docker

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

// dataTypes are the data sources.
func dataTypes() map[string]dataType {
	return map[string]dataType{
		"docker_container": {object: containerData(), read: readContainer},
		"docker_image":     {object: imageData(), validate: checkImageData, read: readImage},
		"docker_network":   {object: networkData(), read: readNetwork},
	}
}

// found is an attribute that a data source fills in.
func found(ty cty.Type, description string) *providers.Attribute {
	return &providers.Attribute{Type: ty, Computed: true, Description: description}
}

// asked is the attribute that names what is to be read.
func asked(description string) *providers.Attribute {
	return &providers.Attribute{Type: cty.String, Required: true, Description: description}
}

// nothing is what reading yields when it fails.
func nothing(object providers.Object, ds diagnostics) (cty.Value, diagnostics, error) {
	return cty.NullVal(object.Type()), ds, nil
}
