output "o" {
  value = data.file
}
