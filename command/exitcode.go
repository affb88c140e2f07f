package command

// The exit codes of every command. There are no others.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2
	exitInterrupted = 130
)

// exitCode is one row of the table that help and the reference print.
type exitCode struct {
	code    int
	meaning string
}

func exitCodes() []exitCode {
	return []exitCode{
		{exitOK, "It worked. For assert: everything passed or could not be checked."},
		{exitError, "It did not work, or provider test found failures. What is wrong was said."},
		{exitChanges, "plan -detailed-exitcode found changes, assert found failures, or incidents replay found that gates judge in another way."},
		{exitInterrupted, "It was interrupted: by Ctrl-C or SIGTERM."},
	}
}
