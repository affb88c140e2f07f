package main

import (
	"context"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// Expected are the arguments of the assert entry_is.
type Expected struct {
	Value sdk.Optional[string] `cw:"value,optional" doc:"The value that it must have; what was applied if not set."`
}

// checkEntry looks whether an entry is as it should be. A file that cannot be
// read is an error: nothing is known then, and nothing is healed for it.
func checkEntry(ctx context.Context, c call, args Expected, was Entry) (sdk.Verdict, error) {
	now, err := entries{}.Read(ctx, c, was)
	switch {
	case err != nil:
		return sdk.Verdict{}, err
	case now == nil:
		return sdk.Fail("the entry is missing"), nil
	case now.text() != args.Value.Or(was.text()):
		return sdk.Fail("it has another value"), nil
	}
	return sdk.Pass("it has its value"), nil
}
