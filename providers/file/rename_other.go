//go:build !linux && !darwin

package file

// renameNew renames, but not over something: then the error is fs.ErrExist.
func renameNew(from, to string) error { return renameIfNew(from, to) }
