output "a" {
  value      = 1
  depends_on = [file.b]
}
