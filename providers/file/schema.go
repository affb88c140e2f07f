package file

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	fileType      = "file"
	directoryType = "directory"
	templateType  = "file_template"
)

// An attribute whose tier is not set is out of a model's reach: where a file
// is, who may read it, and what is taken over are no matter of healing. What a
// file says is.

func schema() *providers.Schema {
	place := providers.Identity{Space: "path", Attributes: []string{"abs_path"}}
	return &providers.Schema{
		Provider: &providers.Object{
			Description: "Files on this machine. There is nothing to configure.",
			Attributes:  map[string]*providers.Attribute{},
		},
		Resources: map[string]*providers.ResourceType{
			fileType:      {Object: fileObject(), CustomPlan: true, PlanAlways: []string{"source"}, CustomValidate: true, Watchable: true, Identity: place},
			directoryType: {Object: directoryObject(), CustomPlan: true, CustomValidate: true, Watchable: true, Identity: place},
			// What a template yields is worked out, so only Plan sees that a file is not that any more.
			templateType: {Object: templateObject(), CustomPlan: true, PlanAlways: []string{"template"}, CustomValidate: true, Watchable: true, Identity: place},
		},
		Data: map[string]*providers.DataType{
			fileType: {Object: dataObject(), CustomValidate: true},
		},
		Asserts: map[string]*providers.AssertType{
			assertExists: {Object: providers.Object{
				Description: "The file or directory is there.",
				Attributes: map[string]*providers.Attribute{
					"mode": {Type: cty.String, Optional: true, Normalise: providers.NormaliseMode,
						Description: `The mode that it must have, such as "0644".`},
				},
			}},
			assertContent: {
				Object: providers.Object{
					Description: "The file's content is as expected.",
					Attributes: map[string]*providers.Attribute{
						"content": {Type: cty.String, Optional: true, Description: "The whole content."},
						"regex": {Type: cty.String, Optional: true,
							Description: "A regular expression (RE2) that is found in the content."},
						"sha256": {Type: cty.String, Optional: true, Normalise: providers.NormaliseCase,
							Description: "The SHA-256 of the content, in hex."},
					},
					ExactlyOneOf: [][]string{{"content", "regex", "sha256"}},
				},
				Targets: []string{fileType, templateType},
			},
		},
	}
}

// placed are the attributes of everything that has a place.
func placed(what, mode string) map[string]*providers.Attribute {
	return map[string]*providers.Attribute{
		"path": {Type: cty.String, Required: true, ForceNew: true, Normalise: providers.NormalisePath,
			Description: "Where the " + what + " is. A relative path begins in the project's folder."},
		"mode": {Type: cty.String, Optional: true, Default: cty.StringVal(mode), Normalise: providers.NormaliseMode,
			Description: "Who may do what with it, as an octal number. The process's umask does not matter."},
		"owner": {Type: cty.String, Optional: true,
			Description: "The user that owns it, by name or id. Without it the owner is left as it is. It takes privilege."},
		"group": {Type: cty.String, Optional: true,
			Description: "The group that owns it, by name or id. Without it the group is left as it is."},
		"directory_mode": {Type: cty.String, Optional: true, Default: cty.StringVal("0755"), Normalise: providers.NormaliseMode,
			Description: "The mode of the folders above it that have to be made. They are left behind when it is destroyed."},
		"adopt": {Type: cty.Bool, Optional: true, Default: cty.False,
			Description: "Takes over what is already at the path. Without it, that is an error."},
		"abs_path": {Type: cty.String, Computed: true, DependsOn: []string{"path"},
			Description: "The absolute path."},
	}
}

func withSums(attrs map[string]*providers.Attribute, dependsOn ...string) map[string]*providers.Attribute {
	attrs["sha256"] = &providers.Attribute{Type: cty.String, Computed: true, DependsOn: dependsOn,
		Description: "The SHA-256 of the content, in hex; null when the content is sensitive."}
	attrs["size"] = &providers.Attribute{Type: cty.Number, Computed: true, DependsOn: dependsOn,
		Description: "The size in bytes; null when the content is sensitive."}
	return attrs
}

func fileObject() providers.Object {
	contents := []string{"content", "content_base64", "sensitive_content", "source"}
	attrs := withSums(placed("file", "0644"), contents...)
	attrs["content"] = &providers.Attribute{Type: cty.String, Optional: true, Completable: true, Tier: providers.TierApproval,
		Description: "The text that the file holds."}
	attrs["content_base64"] = &providers.Attribute{Type: cty.String, Optional: true,
		Description: "The bytes that the file holds, in Base64."}
	attrs["sensitive_content"] = &providers.Attribute{Type: cty.String, Optional: true, Sensitive: true,
		Description: "The text that the file holds, which is never shown. Neither are its size and SHA-256."}
	attrs["source"] = &providers.Attribute{Type: cty.String, Optional: true, Normalise: providers.NormalisePath,
		Description: "A file whose content is copied. A relative path begins in the project's folder."}
	return providers.Object{
		Description:  "A file with the content that is given.",
		Attributes:   attrs,
		ExactlyOneOf: [][]string{contents},
	}
}

func directoryObject() providers.Object {
	attrs := placed("directory", "0755")
	attrs["force"] = &providers.Attribute{Type: cty.Bool, Optional: true, Default: cty.False,
		Description: "Lets the directory be destroyed with all that is in it, unless it was adopted. Without it, only an empty one can be."}
	return providers.Object{Description: "A directory.", Attributes: attrs}
}

func templateObject() providers.Object {
	attrs := withSums(placed("file", "0644"), "template", "vars")
	// It is evaluated, so it is nothing that a model may write.
	attrs["template"] = &providers.Attribute{Type: cty.String, Required: true,
		Description: "The template, in HCL's template language."}
	attrs["vars"] = &providers.Attribute{Type: cty.DynamicPseudoType, Optional: true,
		Description: "The variables that the template can use, by name. Values may be of any type."}
	attrs["content"] = &providers.Attribute{Type: cty.String, Computed: true, DependsOn: []string{"template", "vars"},
		Description: "The text that the template yields, which is what the file holds."}
	return providers.Object{Description: "A file made from a template.", Attributes: attrs}
}

func dataObject() providers.Object {
	return providers.Object{
		Description: "A file that something else made.",
		Attributes: map[string]*providers.Attribute{
			"path": {Type: cty.String, Required: true, Normalise: providers.NormalisePath,
				Description: "Where the file is. A relative path begins in the project's folder."},
			"content": {Type: cty.String, Computed: true,
				Description: "The content; null when it is not text in UTF-8."},
			"content_base64": {Type: cty.String, Computed: true, Description: "The content, in Base64."},
			"sha256":         {Type: cty.String, Computed: true, Description: "The SHA-256 of the content, in hex."},
			"size":           {Type: cty.Number, Computed: true, Description: "The size in bytes."},
			"mode":           {Type: cty.String, Computed: true, Description: `The mode, such as "0644".`},
			"abs_path":       {Type: cty.String, Computed: true, Description: "The absolute path."},
		},
	}
}
