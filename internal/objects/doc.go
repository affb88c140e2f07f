// Package objects reads and edits cty objects, as providers do with their
// states and configurations.
package objects
