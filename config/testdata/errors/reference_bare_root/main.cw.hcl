output "o" {
  value = locl
}
