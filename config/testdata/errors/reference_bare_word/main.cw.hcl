output "o" {
  value = readme
}
