resource "file" "a" {
  path = local.p
}
