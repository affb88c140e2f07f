// Package providertest is the conformance suite: what the core relies on in
// every provider, as tests. It plays the core's part with the contract alone
// (it validates, plans with providers.Propose, applies, reads, loses answers
// and asks again), so it runs on any providers.Provider, in process or over a
// connection.
//
// A provider's author says in a Config how a valid object of each type is
// written, and how a hand would change or remove it in the world; Run does the
// rest:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Config{
//			New: func(t testing.TB) providers.Provider { return acme.New() },
//			Resources: []providertest.Resource{{Type: "acme_thing", New: newThing}},
//		})
//	}
//
// It is for tests, and for what runs it outside of go test (RunOutside). It may import providers, diag and addr, and nothing
// else of Clockwork.
package providertest
