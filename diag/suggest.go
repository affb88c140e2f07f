package diag

import (
	"slices"

	"github.com/agext/levenshtein"
)

// Suggest returns the candidate that given was most likely meant to be, or
// "" when none is near enough to be worth naming.
func Suggest(given string, candidates []string) string {
	best, bestDist := "", len(given)/3+2
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := levenshtein.Distance(given, c, nil); d < bestDist && d < len(c) {
			best, bestDist = c, d
		}
	}
	return best
}

// DidYouMean returns ` Did you mean "x"?` for the nearest candidate, with its
// leading space, or "" when none is near.
func DidYouMean(given string, candidates []string) string {
	if s := Suggest(given, candidates); s != "" {
		return ` Did you mean "` + s + `"?`
	}
	return ""
}
