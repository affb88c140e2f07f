//go:build !race && linux

package survival

// raceDetector says that these tests are built with it.
const raceDetector = false
