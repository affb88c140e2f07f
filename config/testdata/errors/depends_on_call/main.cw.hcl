resource "file" "a" {
  depends_on = [upper("b")]
}
