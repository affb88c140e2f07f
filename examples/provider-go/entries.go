package main

import (
	"context"

	"github.com/clockwork-hcl/clockwork/plugins/sdk"
)

// entries makes properties_entry real.
type entries struct{}

// Create adds an entry. What somebody else has written is left alone.
func (entries) Create(ctx context.Context, c call, want Entry) (*Entry, error) {
	path := c.Client.path(want.File)
	want.Path = sdk.Set(path)
	err := c.Client.edit(ctx, path, func(l lines) (lines, error) {
		switch i := l.index(string(want.Key)); {
		case i < 0:
			return l.with(i, string(want.Key), want.text()), nil
		case l.value(i) == want.text():
			return l, nil // an apply that was killed may have written it
		}
		return nil, sdk.At("key", "Entry exists", "The file %s has an entry %q already. Import it, or choose another key.", want.File, want.Key)
	})
	if err != nil {
		return nil, err // nothing came to be
	}
	return &want, nil
}

// Read returns what there is now, or nil when the entry is gone.
func (entries) Read(_ context.Context, c call, was Entry) (*Entry, error) {
	l, err := load(c.Client.path(was.File))
	if err != nil {
		return nil, err
	}
	i := l.index(string(was.Key))
	if i < 0 {
		return nil, nil
	}
	return was.with(l.value(i)), nil
}

// Update changes the value.
func (entries) Update(ctx context.Context, c call, _, want Entry) (*Entry, error) {
	err := c.Client.edit(ctx, c.Client.path(want.File), func(l lines) (lines, error) {
		return l.with(l.index(string(want.Key)), string(want.Key), want.text()), nil
	})
	if err != nil {
		return nil, err
	}
	return &want, nil
}

// Delete removes the entry. One that is gone is no error.
func (entries) Delete(ctx context.Context, c call, was Entry) error {
	return c.Client.edit(ctx, c.Client.path(was.File), func(l lines) (lines, error) {
		return l.without(l.index(string(was.Key))), nil
	})
}
