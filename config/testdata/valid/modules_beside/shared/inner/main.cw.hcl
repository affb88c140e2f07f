resource "acme_x" "z" {
}
