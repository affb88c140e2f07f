package adversary

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many monitors run at a time: they wait more than they work.
const atOnce = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", atOnce); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
