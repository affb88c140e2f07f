output "o" {
  value = clockwork.projct
}
