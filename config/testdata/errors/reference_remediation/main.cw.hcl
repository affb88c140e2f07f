output "o" {
  value = remediation.default
}
