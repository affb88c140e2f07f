output "o" {
  value = var["a"]
}
