output "o" {
  value = each
}
