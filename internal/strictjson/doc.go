// Package strictjson tells whether JSON from somebody who is not trusted means
// the same to every reader.
package strictjson
