#!/bin/sh
# Plays a project's life with this folder's files: plan, apply, assert; a file
# is edited by hand, plan shows it, apply heals it; it is edited once more, and
# the monitor heals it; destroy. Everything happens in a folder for temporary
# files, and every step is checked.
#
# CLOCKWORK names the binary; without it, clockwork is looked up on PATH.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
clockwork=${CLOCKWORK:-clockwork}
work=$(mktemp -d "${TMPDIR:-/tmp}/clockwork-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$work/project"
# Where the monitor keeps its own files.
CW_STATE_DIR=$work/service
export CW_STATE_DIR
cp "$here"/*.cw.hcl "$here"/*.tmpl "$work/project"
cd "$work/project"

say() {
	printf '\n# %s\n' "$*"
}

fail() {
	echo "The demo failed: $*" >&2
	exit 1
}

# Play runs clockwork, shows what it prints, and wants an exit code.
play() {
	want=$1
	shift
	printf '\n$ clockwork %s\n' "$*"
	code=0
	"$clockwork" "$@" >"$work/output" 2>&1 || code=$?
	cat "$work/output"
	[ "$code" = "$want" ] || fail "clockwork $1 ended with exit code $code, not $want"
}

# Said wants a text in what the last command printed.
said() {
	grep -qF -- "$1" "$work/output" || fail "the output does not say: $1"
}

say "What would be made? Nothing is touched yet."
play 0 plan
said "Plan: 5 to add, 0 to change, 0 to destroy."
[ ! -e site ] || fail "plan made something"

say "Make it so."
play 0 apply -auto-approve
said "Apply complete! Resources: 5 added, 0 changed, 0 destroyed."
grep -q "Ada: 20-02" site/index.html || fail "the page is not what the template says"

say "Is it as it should be?"
play 0 assert
said "All assertions passed"
play 0 plan
said "No changes."

say "Somebody edits a file by hand."
printf '\n$ echo "Nobody here." > site/motd\n'
echo "Nobody here." >site/motd

say "The asserts notice, and plan shows what has changed."
play 2 assert
play 2 plan -detailed-exitcode
said "Plan: 0 to add, 1 to change, 0 to destroy."

say "Apply heals it."
play 0 apply -auto-approve
said "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
play 0 assert
said "All assertions passed"

say "A change on purpose: somebody joins."
cat >people.auto.cwvars <<'END'
people = {
  ada   = { hours = "20-02" }
  grace = { hours = "02-08" }
  linus = { hours = "08-14" }
}
END
play 0 apply -auto-approve
said "Apply complete! Resources: 1 added, 2 changed, 0 destroyed."
play 0 output page
said "site/index.html"

say "Somebody edits a file again. This time nobody is there but the monitor."
printf '\n$ echo "Nobody here." > site/motd\n'
echo "Nobody here." >site/motd
play 0 monitor -once
said "healthy again after"
play 0 assert
said "All assertions passed"
play 0 incidents
said "healed"

say "And away with it all."
play 0 destroy -auto-approve
said "Destroy complete! Resources: 6 destroyed."
[ ! -e site ] || fail "destroy left something behind"

printf '\nThe demo is over: all went as it should.\n'
