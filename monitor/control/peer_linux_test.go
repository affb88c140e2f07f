package control

import "testing"

func TestMayAsk(t *testing.T) {
	for _, test := range []struct {
		asks uint32
		own  int
		may  bool
	}{{1000, 1000, true}, {0, 1000, true}, {0, 0, true}, {1001, 1000, false}, {1000, 0, false}, {1<<32 - 1, 1000, false}} {
		if err := mayAsk(test.asks, test.own); (err == nil) != test.may {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
