resource "file type" "1a" {
}
