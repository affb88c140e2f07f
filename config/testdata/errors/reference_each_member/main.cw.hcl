output "o" {
  value = each.kye
}
