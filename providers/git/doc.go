// Package git is the built-in provider of git checkouts. It works through the
// system's git, so that the user's credentials, SSH keys and proxies work, and
// runs it so that nothing can ask, no hook runs, and only known protocols are
// spoken.
//
// A checkout is made beside its place and renamed; a note inside its .git says
// which attempt it is of, so that what a crash leaves behind is found again.
// Nothing that exists only in a checkout is lost unless its configuration says
// that it may be.
//
// Like every provider it may import providers, diag and addr, and nothing else
// of Clockwork.
package git
