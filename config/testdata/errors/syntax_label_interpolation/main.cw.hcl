resource "file" "a${1}" {
}
