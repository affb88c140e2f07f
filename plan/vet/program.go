package vet

import (
	"context"
	"fmt"
	"regexp"
)

// programStays: what is run, and whom it speaks through, is not changed by the way of
// its environment. A command and an entrypoint are out of reach; a variable that does
// the same is for a person to look at, though the policy lists the environment.
func programStays(_ context.Context, v *vetting) (Outcome, error) {
	out := Allow
	var why error
	for _, c := range v.changes {
		_ = c.keys(func(key string) error {
			if decides.MatchString(key) {
				out, why = NeedsApproval, fmt.Errorf("%s sets a variable that decides what is run, or through whom it speaks", c)
			}
			return nil
		})
	}
	return out, why
}

// decides are the names of such variables: of loaders, shells and interpreters, of
// programs that others start, of engines and of proxies.
var decides = regexp.MustCompile(`(?i)^(?:(?:LD|DYLD)_.*|PATH|SHELL|ENV|IFS|BASH_ENV|BASH_FUNC_.*|PROMPT_COMMAND|PAGER|EDITOR|VISUAL|BROWSER|` +
	`NODE_OPTIONS|NODE_PATH|PYTHON(?:PATH|HOME|STARTUP|WARNINGS|BREAKPOINT)|PERL5?(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|(?:_JAVA|JDK_JAVA|JAVA_TOOL)_OPTIONS|JAVA_OPTS|CLASSPATH|` +
	`PHP_INI_SCAN_DIR|PHPRC|LUA_(?:INIT|PATH|CPATH)|R_PROFILE|GCONV_PATH|GIT_(?:SSH|SSH_COMMAND|EXTERNAL_DIFF|EXEC_PATH|ASKPASS|CONFIG.*)|SSH_ASKPASS|` +
	`(?:DOCKER|CONTAINER|BUILDKIT)_HOST|KUBECONFIG|.*_PROXY)$`)
