// Package dockertest is what tests need that run against a real Docker Engine:
// a client of it, images that need no registry, names of their own, and the
// clean-up.
//
// The images are stand-ins. One small static program, in standin, plays nginx,
// Redis, PostgreSQL and BusyBox as far as tests need them to, and speaks their
// real protocols. It is loaded under the names that the examples use. An image
// that is there under such a name already, and is no stand-in, stays.
//
// The engine is the one that DOCKER_HOST names, or the local one. Without one,
// tests fail and say what to do; with CW_TEST_NO_DOCKER=1 they are skipped.
//
// It is for tests only. It imports nothing of Clockwork.
package dockertest
