// Package sdk is what the program of a third party's provider is written with.
// A provider declares what its objects are made of with structs and tags, and
// makes them real with methods:
//
//	type Entry struct {
//		File  string `cw:"file,required,replace,normalise=path" doc:"The file, relative to the project."`
//		Key   string `cw:"key,required,replace" doc:"The entry's name."`
//		Value string `cw:"value,required" doc:"The entry's value."`
//	}
//
//	func main() {
//		sdk.Serve(sdk.New(sdk.Spec[struct{}, *files]{
//			Name: "properties", Doc: "Entries of properties files.", Connect: open,
//			Resources: []sdk.ResourceType[*files]{sdk.Resource("properties_entry", "One entry.", entries{})},
//		}))
//	}
//
// docs/writing-a-provider.md is the guide, examples/provider-go a whole one, and
// clockwork provider new begins one.
//
// # Tags
//
// The cw tag of a field is the attribute's name and its options, with commas
// between them. One of required, optional and computed must be there; optional
// and computed can be together. cw:"-" is for fields that are no attributes.
//
//	replace          a change of it replaces the object
//	default=VALUE    what it is where the user does not set it ('a,b' with a comma)
//	enum=a|b|c       the texts that are allowed
//	normalise=WORD   how two values are compared: bytes, mode, path, duration, json, case
//	unordered        a slice whose order means nothing
//	set              a slice that is a set to the user
//	block            structs that are written as blocks
//	min=N, max=N     how many structs there must, and can, be
//	sensitive        said of an sdk.Secret, which is so anyway
//	stable           computed, and never another once the object exists
//	from=a|b         computed, and another only when one of these changes
//	plan_always      refers to something outside: Plan is called even if nothing changes
//	tier=WORD        what an AI may do with it: approval, or free; without it, nothing
//	completable      an AI may fill it in, if it is required and missing
//
// The text for the documentation is in the tag doc, or in a method Docs() of the
// struct, which returns it by attribute; the tag deprecated says what to use
// instead. A struct may embed another.
//
// # Types
//
// A plain Go type is a value that is there and known whenever a method gets it:
// for what is required or has a default. An Optional may be null, a Computed
// unknown, a Value both; a Secret does not show what it holds. Strings, bools,
// numbers, structs, slices and maps with string keys can be attributes, and
// cty.Value for anything. A type with a method Validate() error says itself
// which of its values are right.
//
// # What the SDK does by itself
//
// Mistakes in the declarations end the program at its start, with a line for
// each. Connect is called only when something needs a client. What means the
// same as before is spelled as before, and what neither the user nor the
// provider sets is never seen as drift. After a failed update or delete the
// object is read, so that the state is true. Whatever a provider says is
// searched for the secrets of the request.
//
// The package may import plugins, providers and diag, and nothing else of
// Clockwork.
package sdk
