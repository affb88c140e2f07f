// Package failpoint names the instants at which the crash tests kill the
// process. In an ordinary build a point is nothing; in one made with the build
// tag "failpoint" the process sends itself SIGKILL at the n-th passing of the
// point that CW_FAILPOINT names as "NAME" or "NAME:n".
package failpoint
