package git

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/clockwork-hcl/clockwork/providers"
)

const (
	repositoryType = "git_repository"
	assertAtRef    = "git_at_ref"
	assertClean    = "git_clean"
)

// What "clean" may say.
const (
	cleanError   = "error"
	cleanDiscard = "discard"
)

// An attribute whose tier is not set is out of a model's reach: where the code
// comes from, where it goes, and whether local work may be discarded.

func schema() *providers.Schema {
	return &providers.Schema{
		Provider: &providers.Object{
			Description: "Git checkouts, through the system's git. There is nothing to configure.",
			Attributes:  map[string]*providers.Attribute{},
		},
		Resources: map[string]*providers.ResourceType{
			repositoryType: {
				Object: repository(), CustomPlan: true, PlanAlways: []string{"url"}, CustomValidate: true, CheckInterval: "5m",
			},
		},
		Asserts: map[string]*providers.AssertType{
			assertAtRef: {Object: providers.Object{
				Description: "The checkout is at the commit that was applied.",
				Attributes: map[string]*providers.Attribute{
					"ref": {Type: cty.String, Optional: true,
						Description: "A branch, tag or full commit id that it must be at instead, as far as the checkout itself knows them."},
					"remote": {Type: cty.Bool, Optional: true, Default: cty.False,
						Description: "Asks the remote as well: it fails when the branch has moved there, and is unknown when it cannot be reached."},
				},
			}},
			assertClean: {Object: providers.Object{
				Description: "The working tree has no local changes.",
				Attributes: map[string]*providers.Attribute{
					"untracked": {Type: cty.Bool, Optional: true, Default: cty.True,
						Description: "Whether files count that git does not know, and does not ignore."},
				},
			}},
		},
	}
}

func repository() providers.Object {
	return providers.Object{
		Description: "A checkout of a git repository.",
		Attributes: map[string]*providers.Attribute{
			"url": {Type: cty.String, Required: true,
				Description: "Where it is cloned from: https, http, ssh, git or file, host:path, or a path. A relative path begins in the project's folder."},
			"ref": {Type: cty.String, Optional: true, Tier: providers.TierApproval,
				Description: "The branch, tag or full commit id to check out. A branch is followed. Without it, the remote's default branch is."},
			"path": {Type: cty.String, Required: true, ForceNew: true, Normalise: providers.NormalisePath,
				Description: "Where the checkout is. A relative path begins in the project's folder."},
			"depth": {Type: cty.Number, Optional: true, Tier: providers.TierFree,
				Description: "How many commits of history to have. Without it, all."},
			"submodules": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Whether submodules are checked out too."},
			"clean": {Type: cty.String, Optional: true, Default: cty.StringVal(cleanError), Enum: []string{cleanError, cleanDiscard},
				Description: "What becomes of local changes and commits that are in the way: an error, or they are discarded."},
			"adopt": {Type: cty.Bool, Optional: true, Default: cty.False,
				Description: "Takes over a checkout that is already at the path. Without it, that is an error."},

			"abs_path": {Type: cty.String, Computed: true, DependsOn: []string{"path"},
				Description: "The absolute path."},
			"commit": {Type: cty.String, Computed: true, DependsOn: []string{"url", "ref"},
				Description: "The id of the commit that is checked out."},
			"branch": {Type: cty.String, Computed: true, DependsOn: []string{"url", "ref"},
				Description: "The branch that is checked out; null for a tag or a commit."},
			"local_changes": {Type: cty.List(cty.String), Computed: true, DependsOn: []string{},
				Description: "What was changed by hand, by git's letter and the file's name. Untracked files are among it when clean is \"discard\"."},
		},
	}
}
