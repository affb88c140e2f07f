output "o" {
  value = self.path
}
