resource "file" {
}
